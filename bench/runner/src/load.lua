-- For wrk. Without arguments: the same request again and again. With them,
--   FILE FIRST PREFIX
-- forms: each line of FILE is "path <tab> cookie <tab> header <tab> body", taken in
-- turn from line FIRST on; the header may be empty, "@" at the end of a body stands for PREFIX and a running number.
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
    prefix = args[3]
    request = next_form
    to_login, limited = 0, 0
    response = function(status, headers)
      local place = headers["Location"] or headers["location"] or ""
      if place:match("/login") then to_login = to_login + 1 end
      if status == 429 then limited = limited + 1 end
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50":%.3f,"p99":%.3f,"max":%.3f,"refused":%d,"limited":%d,"broken":%d}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.status + (thread:get("to_login") or 0), thread:get("limited") or 0, errors.connect + errors.read + errors.write + errors.timeout))
end
