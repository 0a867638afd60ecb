-- wrk: an id, a time and a signature for each request, by libcrypto through LuaJIT.
local ffi = require("ffi")
ffi.cdef [[
  const void *EVP_sha256(void);
  unsigned char *HMAC(const void *md, const void *key, int key_length,
                      const unsigned char *data, size_t length, unsigned char *out, unsigned int *out_length);
]]
local crypto = ffi.load("libcrypto.so.3")
local sha256, secret = crypto.EVP_sha256(), os.getenv("HOOKCTL_STRIPE_SECRET")
local out, length = ffi.new("unsigned char[32]"), ffi.new("unsigned int[1]")
local pad = string.rep("x", 1500 - 66)
local headers = {
  ["Content-Type"] = "application/json; charset=utf-8",
  ["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
}
local hex = {}
for n = 0, 255 do hex[n] = string.format("%02x", n) end
local count, parts = 0, {}
local start = math.random(0, 2 ^ 30)

function request()
  count = count + 1
  local now = os.time()
  local body = string.format('{"id":"evt_1%022d","created":%d,"pad":"%s"}', start + count, now, pad)
  local signed = now .. "." .. body
  crypto.HMAC(sha256, secret, #secret, signed, #signed, out, length)
  for n = 0, 31 do parts[n + 1] = hex[out[n]] end
  headers["Stripe-Signature"] = "t=" .. now .. ",v1=" .. table.concat(parts)
  return wrk.format("POST", nil, headers, body)
end
