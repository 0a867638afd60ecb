// autocannon: AUTOCANNON_FOLDER URL SECONDS [sign]
const [folder, url, seconds, sign] = process.argv.slice(2);
const autocannon = require(folder);
const { createHmac } = require("node:crypto");

const secret = process.env.HOOKCTL_STRIPE_SECRET;
const pad = "x".repeat(1500 - 66);
let count = 0;
const body = (id, time) => `{"id":"evt_1${String(id).padStart(22, "0")}","created":${time},"pad":"${pad}"}`;
const headers = {
  "content-type": "application/json; charset=utf-8",
  "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
  "stripe-signature": `t=1767225600,v1=${"0".repeat(64)}`,
};
const request = { method: "POST", body: body(0, 1767225600), headers };
if (sign) {
  request.setupRequest = (one) => {
    const time = Math.floor(Date.now() / 1000);
    one.body = body(++count, time);
    const signature = createHmac("sha256", secret).update(`${time}.${one.body}`).digest("hex");
    one.headers["stripe-signature"] = `t=${time},v1=${signature}`;
    return one;
  };
}
autocannon({ url, connections: 64, duration: Number(seconds), requests: [request] }, (error) => {
  process.exit(error ? 1 : 0);
});
