-- For wrk. Without arguments: the same request again and again. With them,
--   FILE FIRST TAKEN PREFIX
-- forms: each line of FILE is "path <tab> cookie <tab> header <tab> body", taken in
-- turn from line FIRST on; the header may be empty, "@" at the end of a body stands for PREFIX and a running number.
-- An answer counts as refused unless its status matches TAKEN, or if it says to log in.
-- The last line that is printed is JSON.

local lines, at, sent, prefix = {}, 0, 0, ""
local thread

function setup(only)
  thread = only
end

local function next_form()
  at = at % #lines + 1
  sent = sent + 1
  local line = lines[at]
  local body = line.body
  if line.counts then body = body .. prefix .. sent end
  return wrk.format("POST", line.path, line.headers, body)
end

function init(args)
  if args[1] then
    for text in io.lines(args[1]) do
      local path, cookie, header, body = text:match("^(.-)\t(.-)\t(.-)\t(.*)$")
      local counts = body:sub(-1) == "@"
      if counts then body = body:sub(1, -2) end
      local headers = { ["Cookie"] = cookie, ["Content-Type"] = "application/x-www-form-urlencoded" }
      local name, value = header:match("^(.-): (.*)$")
      if name then headers[name] = value end
      for name, value in pairs(wrk.headers) do headers[name] = value end
      lines[#lines + 1] = { path = path, headers = headers, body = body, counts = counts }
    end
    at = tonumber(args[2]) % #lines
    local taken = "^" .. args[3] .. "$"
    prefix = args[4]
    request = next_form
    refused = 0
    response = function(status, headers)
      local place = headers["Location"] or headers["location"] or ""
      if not tostring(status):match(taken) or place:match("/login") then refused = refused + 1 end
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"refused":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    thread:get("refused") or errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
