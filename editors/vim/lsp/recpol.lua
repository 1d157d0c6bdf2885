-- What Neovim 0.11 and later starts for policies after `vim.lsp.enable("recpol")`.
return {
  cmd = { "recpol", "lsp" },
  filetypes = { "recpol" },
  root_markers = { "recpol.yaml", ".git" },
}
