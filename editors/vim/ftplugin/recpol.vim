" What editing a policy needs: comments, indentation by two blanks.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal comments=:# commentstring=#\ %s
setlocal expandtab shiftwidth=2 softtabstop=2
setlocal smartindent

let b:undo_ftplugin = "setlocal comments< commentstring< expandtab< shiftwidth< softtabstop< smartindent<"
