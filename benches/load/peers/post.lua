-- wrk: the same request again and again.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json; charset=utf-8"
wrk.headers["User-Agent"] = "Stripe/1.0 (+https://stripe.com/docs/webhooks)"
wrk.headers["Stripe-Signature"] = "t=1767225600,v1=" .. string.rep("0123456789abcdef", 4)
wrk.body = '{"id":"evt_1Abcdefghijklmnopqrstuv","created":1767225600,"pad":"' .. string.rep("x", 1500 - 66) .. '"}'
