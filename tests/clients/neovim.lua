-- Opens a policy under Neovim's own client and says what arrives, as lines `@ NAME JSON`. Runs in 0.7 and later.
local said = function(name, value)
  io.stdout:write("\n@ " .. name .. " " .. vim.fn.json_encode(value) .. "\n")
end
local newer = vim.fn.has("nvim-0.8") == 1
local newest = vim.fn.has("nvim-0.11") == 1

local ok, problem = pcall(function()
  local policy = os.getenv("POLICY")
  vim.cmd("edit " .. vim.fn.fnameescape(policy))
  said("filetype", vim.bo.filetype)
  local version = vim.version()
  said("version", string.format("Neovim %d.%d.%d", version.major, version.minor, version.patch))
  local id = vim.lsp.start_client({
    name = "recpol",
    cmd = vim.fn.json_decode(os.getenv("SERVER")),
    root_dir = vim.fn.fnamemodify(policy, ":h"),
  })
  vim.lsp.buf_attach_client(0, id)
  local client = vim.lsp.get_client_by_id(id)
  assert(vim.wait(20000, function() return client.initialized end, 10), "the server did not start")
  local ask = function(method, params)
    local answer
    if newest then
      answer = client:request_sync(method, params, 10000, 0)
    else
      answer = client.request_sync(method, params, 10000, 0)
    end
    assert(answer and not answer.err, method .. ": " .. vim.inspect(answer))
    return answer.result
  end
  local document = { uri = vim.uri_from_bufnr(0) }
  local line_of = function(text) return vim.fn.search("\\V" .. text, "nw") end
  local line = function(text) return vim.fn.getline(line_of(text)) end

  vim.wait(10000, function() return #vim.diagnostic.get(0) > 0 end, 20)
  said("diagnostics", vim.tbl_map(function(one) return one.code or one.user_data.lsp.code end, vim.diagnostic.get(0)))

  local all = { start = { line = 0, character = 0 }, ["end"] = { line = 99, character = 0 } }
  for _, hint in ipairs(ask("textDocument/inlayHint", { textDocument = document, range = all })) do
    local label = type(hint.label) == "string" and hint.label or hint.label[1].value
    if hint.position.line + 1 == line_of("agent: connect") then said("hint", vim.trim(label)) end
  end
  for _, lens in ipairs(ask("textDocument/codeLens", { textDocument = document })) do
    if lens.range.start.line + 1 == line_of("never record") then said("lens", lens.command.title) end
  end

  vim.api.nvim_win_set_cursor(0, { line_of("phase card"), 16 })
  local position = vim.lsp.util.make_position_params(0, newest and client.offset_encoding or nil)
  local hover = ask("textDocument/hover", position)
  said("hover", hover ~= nil and hover.contents.value:find("phase", 1, true) ~= nil)

  vim.lsp.buf.rename("pan")
  vim.wait(5000, function() return line_of("@pan to calls") > 0 end, 20)
  said("renamed", { line("phase card"), line("record agent") })

  local at = line_of("store spare") - 1
  local actions = ask("textDocument/codeAction", {
    textDocument = document,
    range = { start = { line = at, character = 0 }, ["end"] = { line = at, character = 8 } },
    context = { diagnostics = {} },
  })
  for _, action in ipairs(actions) do
    if action.title == "delete it" then
      vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
      break
    end
  end
  said("action", line_of("store spare") == 0)

  local first = line_of("on ice {")
  vim.api.nvim_buf_set_lines(0, first - 1, first + 1, false, { "on ice     {", "answer" })
  if newer then vim.lsp.buf.format({ timeout_ms = 10000 }) else vim.lsp.buf.formatting_sync(nil, 10000) end
  first = line_of("on ice {")
  said("formatted", { vim.fn.getline(first), vim.fn.getline(first + 1) })
  said("tokens", #ask("textDocument/semanticTokens/full", { textDocument = document }).data > 100)
  if newest then client:stop(true) else client.stop(true) end
end)
if not ok then said("failed", tostring(problem)) end
vim.cmd("qa!")
