-- Requests of `bench/serve.py` for wrk: each is sent once, as it stands in the file that the script is given.
local requests, at = {}, 0

function init(arguments)
  local file = io.open(arguments[1], "rb")
  for request in file:read("*a"):gmatch("[^\30]+") do
    requests[#requests + 1] = request
  end
  file:close()
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  io.write(string.format("figures %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
