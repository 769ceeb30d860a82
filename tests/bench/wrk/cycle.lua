-- Whole lives of posts, each thread a browser: wrk ... -- KEY FILE-OF-TOKENS TOKENS-TO-SKIP

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function init(arguments)
  key = arguments[1]
  local line = 0
  for each in io.lines(arguments[2]) do
    line = line + 1
    if line == number + tonumber(arguments[3]) then token = each end
  end
  cycles, refused, count, step = 0, 0, 0, "enqueue"
  prefix = token:sub(1, 12)
  start = os.time() % 1000000 + 1000000
end

local function ask(method, path, credential, body)
  local headers = { Authorization = "Bearer " .. credential }
  if body then headers["Content-Type"] = "application/json" end
  return wrk.format(method, path, headers, body)
end

-- A permalink that no other post has: X's ids are long numbers.
function post_id()
  return string.format("%d%05d%07d", start, number, count)
end

local lease = '{"jobId":"%s","leaseId":"%s","epoch":%s,'

function request()
  if step == "enqueue" then
    count = count + 1
    return ask("POST", "/v1/jobs/tweet", key, string.format(
      '{"text":"The harbour is calm this morning. Ferry %d of %s leaves at nine.","idempotencyKey":"%s-%d"}',
      count, prefix, prefix, count))
  elseif step == "pull" then
    return ask("GET", "/v1/extension/pull?wait=0", token)
  elseif step == "permit" then
    return ask("POST", "/v1/extension/permit", token, string.format(lease ..
      '"composed":{"account":"%s","textSha256":"%s","mediaCount":0}}', job, lease_id, epoch, prefix, sha))
  elseif step == "ack" then
    return ask("POST", "/v1/extension/ack", token, string.format(lease ..
      '"outcome":"published","stage":"pressed","postUrl":"https://x.com/%s/status/%s",' ..
      '"evidence":{"source":"permalink","account":"%s","text":"%s","seenLive":true}}',
      job, lease_id, epoch, prefix, post_id(), prefix, text))
  else
    return ask("GET", "/v1/jobs/" .. job, key)
  end
end

function response(status, headers, body)
  if status >= 400 then
    refused = refused + 1
    if refused == 1 then print(step, status, body) end
    step = "enqueue"
  elseif step == "enqueue" then
    step = "pull"
  elseif step == "pull" and status == 200 then
    job = body:match('"job":{"id":"([^"]+)"')
    text = body:match('"text":"([^"]+)"')
    sha = body:match('"textSha256":"([^"]+)"')
    lease_id, epoch = body:match('"lease":{"id":"([^"]+)","epoch":(%d+)')
    step = "permit"
  elseif step == "permit" then
    step = "ack"
  elseif step == "ack" then
    step = "read"
  elseif step == "read" then
    cycles = cycles + 1
    step = "enqueue"
  end
end

function done(summary, latency, requests)
  local all, bad = 0, 0
  for _, thread in ipairs(threads) do
    all, bad = all + thread:get("cycles"), bad + thread:get("refused")
  end
  print(string.format('{"done":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"refused":%d}',
    all, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad))
end
