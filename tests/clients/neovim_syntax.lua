-- The group of each word that `WORDS` lists, as Neovim's syntax has it: `@ wrong` lists those that differ.
local file = assert(io.open(os.getenv("WORDS")))
local words = vim.fn.json_decode(file:read("a"))
file:close()
local wrong = {}
for path, list in pairs(words) do
  vim.cmd("edit " .. vim.fn.fnameescape(path))
  vim.cmd("syntax sync fromstart")
  for _, word in ipairs(list) do
    local group = vim.fn.synIDattr(vim.fn.synID(word[1], word[2], 0), "name")
    if group ~= word[3] then
      table.insert(wrong, { vim.fn.fnamemodify(path, ":t"), word[1], word[2], word[3], group })
    end
  end
end
io.stdout:write("@ wrong " .. vim.fn.json_encode(wrong) .. "\n")
vim.cmd("qa!")
