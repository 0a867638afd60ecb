// k6: an id, a time and a signature for each request. RATE makes it an open loop, SECONDS says how long.
import http from "k6/http";
import crypto from "k6/crypto";
import exec from "k6/execution";

const { URL: url, SECONDS: seconds, RATE: rate, HOOKCTL_STRIPE_SECRET: secret } = __ENV;
const pad = "x".repeat(1500 - 66);
const open = { executor: "constant-arrival-rate", rate: Number(rate), timeUnit: "1s", preAllocatedVUs: 64, maxVUs: 64 };
const closed = { executor: "constant-vus", vus: 64 };
const loop = rate ? open : closed;

export const options = {
  scenarios: { main: Object.assign({ duration: `${seconds}s`, gracefulStop: "0s" }, loop) },
  discardResponseBodies: true,
  summaryTrendStats: ["p(50)", "p(99)"],
};

export default function () {
  const time = Math.floor(Date.now() / 1000);
  const id = String(exec.scenario.iterationInTest).padStart(22, "0");
  const body = `{"id":"evt_1${id}","created":${time},"pad":"${pad}"}`;
  const signature = crypto.hmac("sha256", secret, `${time}.${body}`, "hex");
  http.post(url, body, {
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      "Stripe-Signature": `t=${time},v1=${signature}`,
    },
  });
}
