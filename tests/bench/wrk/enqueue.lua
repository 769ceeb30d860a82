-- Posts, each under its own idempotency key: wrk ... -- KEY PREFIX

local count = 0

function init(arguments)
  prefix = arguments[2]
  wrk.method = "POST"
  wrk.path = "/v1/jobs/tweet"
  wrk.headers["clawpost-api-key"] = arguments[1]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  return wrk.format(nil, nil, nil, string.format(
    '{"text":"The harbour is calm this morning. Ferry number %s-%d leaves at nine, and the cafe on the pier is open.",' ..
    '"idempotencyKey":"%s-%d"}', prefix, count, prefix, count))
end

function done(summary, latency, requests)
  print(string.format('{"done":%d,"seconds":%f,"p50_ms":%f,"p99_ms":%f,"refused":%d}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, summary.errors.status + summary.errors.connect +
    summary.errors.read + summary.errors.write + summary.errors.timeout))
end
