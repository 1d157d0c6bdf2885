autocmd BufNewFile,BufRead *.recpol setfiletype recpol
