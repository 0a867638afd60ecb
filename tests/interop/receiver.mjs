// The providers' npm SDKs behind one HTTP server: what they accept, what they sign. It speaks as receiver.py does.

import { randomUUID } from "node:crypto";
import http from "node:http";
import { parse } from "node:querystring";
import { createInterface } from "node:readline";

import * as octokit from "@octokit/webhooks-methods";
import sendgrid from "@sendgrid/eventwebhook";
import "@shopify/shopify-api/adapters/node";
import { ApiVersion, LogSeverity, shopifyApi } from "@shopify/shopify-api";
import bolt from "@slack/bolt";
import discord from "discord-interactions";
import standardwebhooks from "standardwebhooks";
import Stripe from "stripe";
import svix from "svix";
import twilio from "twilio";

const stripe = new Stripe("sk_test_unused");

// Verifiers: true, or false, or the SDK's own error. A request is {url, headers, body, raw}.

const verifiers = {
  discord: (secret, { headers, body }) =>
    discord.verifyKey(body, headers["x-signature-ed25519"] ?? "", headers["x-signature-timestamp"] ?? "", secret),

  github: (secret, { headers, body }) => octokit.verify(secret, body.toString(), headers["x-hub-signature-256"]),

  gitlab: (secret, request) => verifyWebhook(new standardwebhooks.Webhook(secret), request),

  sendgrid(secret, { headers, body }) {
    const webhook = new sendgrid.EventWebhook();
    const [signature, timestamp] = [sendgrid.EventWebhookHeader.SIGNATURE(), sendgrid.EventWebhookHeader.TIMESTAMP()];
    const key = webhook.convertPublicKeyToECDSA(secret);
    return webhook.verifySignature(key, body, headers[signature.toLowerCase()], headers[timestamp.toLowerCase()]);
  },

  async shopify(secret, { body, raw }) {
    const shopify = shopifyApi({
      apiSecretKey: secret,
      apiKey: "unused",
      apiVersion: Object.values(ApiVersion).at(-1),
      hostName: "localhost",
      isEmbeddedApp: false,
      logger: { level: LogSeverity.Error },
    });
    const result = await shopify.webhooks.validate({ rawBody: body.toString(), rawRequest: raw.request, rawResponse: raw.response });
    if (!result.valid) throw new Error([result.reason, ...(result.missingHeaders ?? [])].join(" "));
    return true;
  },

  slack: (secret, { headers, body }) =>
    bolt.verifySlackRequest({ signingSecret: secret, headers, body: body.toString() }) === undefined,

  "standard-webhooks": (secret, request) => verifyWebhook(new standardwebhooks.Webhook(secret), request),

  stripe: (secret, { headers, body }) => Boolean(stripe.webhooks.constructEvent(body, headers["stripe-signature"], secret)),

  svix: (secret, request) => verifyWebhook(new svix.Webhook(secret), request),

  twilio(secret, { url, headers, body }) {
    const signature = headers["x-twilio-signature"];
    return isJson(headers["content-type"])
      ? twilio.validateRequestWithBody(secret, signature, url, body.toString())
      : twilio.validateRequest(secret, signature, url, { ...parse(body.toString()) });
  },
};

function verifyWebhook(webhook, { headers, body }) {
  webhook.verify(body, headers);
  return true;
}

// Signers: the URL and the headers that the SDK's signature needs.

const signers = {
  github: async (secret, { url, body }) => ({
    url,
    headers: { "X-GitHub-Event": "push", "X-GitHub-Delivery": randomUUID(), "X-Hub-Signature-256": await octokit.sign(secret, body) },
  }),

  gitlab: (secret, wanted) => signWebhook(new standardwebhooks.Webhook(secret), "webhook", wanted),

  "standard-webhooks": (secret, wanted) => signWebhook(new standardwebhooks.Webhook(secret), "webhook", wanted),

  stripe: (secret, { url, body }) => ({
    url,
    headers: { "Stripe-Signature": stripe.webhooks.generateTestHeaderString({ payload: body, secret }) },
  }),

  svix: (secret, wanted) => signWebhook(new svix.Webhook(secret), "svix", wanted),

  twilio(secret, { url, content_type, body }) {
    const json = isJson(content_type);
    const signed = json ? `${url}?bodySHA256=${twilio.getExpectedBodyHash(body)}` : url;
    const signature = twilio.getExpectedTwilioSignature(secret, signed, json ? {} : { ...parse(body) });
    return { url: signed, headers: { "X-Twilio-Signature": signature } };
  },
};

function signWebhook(webhook, prefix, { url, body }) {
  const [id, now] = [`msg_${randomUUID()}`, new Date()];
  const headers = {
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(now / 1000)),
    [`${prefix}-signature`]: webhook.sign(id, now, body),
  };
  return { url, headers };
}

function isJson(contentType) {
  return (contentType ?? "").startsWith("application/json");
}

// The server.

async function handle(secrets, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const name = request.url.split("?")[0].slice(1);

  if (name.startsWith("sign/")) {
    const provider = name.slice("sign/".length);
    if (!(provider in signers)) return [404, { error: `no signer ${provider}` }];
    return [200, await signers[provider](secrets[provider], JSON.parse(body))];
  }
  if (!(name in verifiers)) return [404, { error: `no verifier ${name}` }];
  try {
    const url = `http://${request.headers.host}${request.url}`;
    const valid = await verifiers[name](secrets[name], { url, headers: request.headers, body, raw: { request, response } });
    return [valid ? 200 : 400, { valid }];
  } catch (error) {
    // Whatever an SDK throws is its way to refuse. That the SDK itself works is known from the requests it accepts.
    return [400, { valid: false, reason: `${error.name}: ${error.message}` }];
  }
}

function serve(secrets) {
  const given = (table) => Object.keys(table).filter((name) => name in secrets);
  const server = http.createServer(async (request, response) => {
    const [status, answer] = await handle(secrets, request, response).catch((error) => [500, { error: error.stack }]);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1", () => {
    const ready = { port: server.address().port, verifies: given(verifiers), signs: given(signers) };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    console.log = console.error; // some SDKs print why they refuse
  });
}

const input = createInterface({ input: process.stdin });
input.once("line", (line) => serve(JSON.parse(line)));
input.once("close", () => process.exit());
