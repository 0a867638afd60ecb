// Standard Webhooks, and those who sign as it says.

import { randomUUID } from "node:crypto";

const standard = async (secret) => new (await import("standardwebhooks")).Webhook(secret);
const svix = async (secret) => new (await import("svix")).Webhook(secret);

function verify(webhook, { headers, body }) {
  webhook.verify(body, headers);
  return true;
}

function sign(webhook, prefix, { body }) {
  const [id, now] = [`msg_${randomUUID()}`, new Date()];
  return {
    headers: {
      [`${prefix}-id`]: id,
      [`${prefix}-timestamp`]: String(Math.floor(now / 1000)),
      [`${prefix}-signature`]: webhook.sign(id, now, body),
    },
  };
}

export const verifiers = {
  "standard-webhooks": async (secret, request) => verify(await standard(secret), request),
  // These have no verifier of their own; their documentation names this library.
  gitlab: async (secret, request) => verify(await standard(secret), request),
  supabase: async (secret, request) => verify(await standard(secret.replace("v1,", "")), request),

  svix: async (secret, request) => verify(await svix(secret), request),
  stytch: async (secret, request) => verify(await svix(secret), request),

  async clerk(secret, { url, headers, text }) {
    const { verifyWebhook } = await import("@clerk/backend/webhooks");
    return Boolean(await verifyWebhook(new Request(url, { method: "POST", headers, body: text }), { signingSecret: secret }));
  },

  async openai(secret, { headers, text }) {
    const { default: OpenAI } = await import("openai");
    await new OpenAI({ apiKey: "unused" }).webhooks.verifySignature(text, headers, secret);
    return true;
  },

  async polar(secret, { headers, text }) {
    const { validateEvent } = await import("@polar-sh/sdk/webhooks");
    return Boolean(validateEvent(text, headers, secret));
  },

  async replicate(secret, { headers, text }) {
    const { validateWebhook } = await import("replicate");
    return validateWebhook({ headers, body: text }, secret);
  },

  async resend(secret, { headers, text }) {
    const { Resend } = await import("resend");
    const [id, timestamp, signature] = ["svix-id", "svix-timestamp", "svix-signature"].map((name) => headers[name]);
    return Boolean(new Resend("re_unused").webhooks.verify({ payload: text, headers: { id, timestamp, signature }, webhookSecret: secret }));
  },
};

export const signers = {
  "standard-webhooks": async (secret, wanted) => sign(await standard(secret), "webhook", wanted),
  gitlab: async (secret, wanted) => sign(await standard(secret), "webhook", wanted),
  supabase: async (secret, wanted) => sign(await standard(secret.replace("v1,", "")), "webhook", wanted),
  svix: async (secret, wanted) => sign(await svix(secret), "svix", wanted),
  stytch: async (secret, wanted) => sign(await svix(secret), "svix", wanted),
};
