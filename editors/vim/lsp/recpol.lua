-- What Neovim 0.11 and later starts after `vim.lsp.enable("recpol")`: for policies, their tests and their settings.
return {
  cmd = { "recpol", "lsp" },
  filetypes = { "recpol", "yaml" },
  root_dir = function(buffer, start)
    local name = vim.fs.basename(vim.api.nvim_buf_get_name(buffer))
    if vim.bo[buffer].filetype == "recpol" or name == "recpol.yaml" or vim.endswith(name, ".test.yaml") then
      start(vim.fs.root(buffer, { "recpol.yaml", ".git" }))
    end
  end,
}
