-- Deliveries for wrk: bodies and signatures from a file, each request under a delivery id of its own.
-- Arguments after `--`: the file (a line each: signature, space, body) and a word that begins the ids.

local heads, bodies, word = {}, {}, ""
local sent = 0

function init(arguments)
  word = arguments[2]
  for line in io.lines(arguments[1]) do
    local space = line:find(" ", 1, true)
    local body = line:sub(space + 1)
    bodies[#bodies + 1] = body
    heads[#heads + 1] = "POST /git HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
      .. "User-Agent: GitHub-Hookshot/bench\r\nX-GitHub-Event: issue_comment\r\nAccept: */*\r\n"
      .. "X-Hub-Signature-256: " .. line:sub(1, space - 1)
      .. "\r\nContent-Length: " .. #body .. "\r\nX-GitHub-Delivery: "
  end
end

function request()
  local place = sent % #bodies + 1
  sent = sent + 1
  return string.format("%s%s-%08x-%08x\r\n\r\n%s", heads[place], word, math.random(0, 4294967295), sent, bodies[place])
end

function done(summary, latency)
  local lost = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "errors": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6,
    lost.connect + lost.read + lost.write + lost.status + lost.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
