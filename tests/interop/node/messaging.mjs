// Chats, calls, messages.

import { parse } from "node:querystring";

const twilio = async () => (await import("twilio")).default;

export const verifiers = {
  async discord(secret, { headers, body }) {
    const { default: discord } = await import("discord-interactions");
    return discord.verifyKey(body, headers["x-signature-ed25519"] ?? "", headers["x-signature-timestamp"] ?? "", secret);
  },

  // Intercom has no verifier of its own: a library for this header.
  async intercom(secret, { headers, text }) {
    const { default: XHubSignature } = await import("x-hub-signature");
    return new XHubSignature("sha1", secret).verify(headers["x-hub-signature"], text);
  },

  async line(secret, { headers, body }) {
    const { validateSignature } = await import("@line/bot-sdk");
    return validateSignature(body, secret, headers["x-line-signature"]);
  },

  async messagebird(secret, { url, headers, body }) {
    const { createSecretKey } = await import("node:crypto");
    const { default: messagebird } = await import("messagebird/lib/webhook-signature-jwt.js");
    const key = createSecretKey(Buffer.from(secret));
    return messagebird.verify(url, body, headers["messagebird-signature-jwt"], key);
  },

  async meta(secret, { headers, text }) {
    const { default: XHubSignature } = await import("x-hub-signature");
    return new XHubSignature("sha256", secret).verify(headers["x-hub-signature-256"], text);
  },

  async plivo(secret, { url, method, headers, form }) {
    const { default: plivo } = await import("plivo");
    const [nonce, signature] = ["x-plivo-signature-v3-nonce", "x-plivo-signature-v3"].map((name) => headers[name]);
    return plivo.validateV3Signature(method, url, nonce, secret, signature, form);
  },

  async "plivo/v2"(secret, { url, headers }) {
    const { default: plivo } = await import("plivo");
    const [nonce, signature] = ["x-plivo-signature-v2-nonce", "x-plivo-signature-v2"].map((name) => headers[name]);
    return plivo.validateSignature(url, nonce, signature, secret);
  },

  async slack(secret, { headers, text }) {
    const { default: bolt } = await import("@slack/bolt");
    return bolt.verifySlackRequest({ signingSecret: secret, headers, body: text }) === undefined;
  },

  async telegram(secret, { headers, text }) {
    const { Bot, webhookCallback } = await import("grammy");
    const bot = new Bot("1:unused", { botInfo: { id: 1, is_bot: true, first_name: "bot", username: "bot" } });
    const given = new Request("http://localhost", { method: "POST", headers, body: text });
    return (await webhookCallback(bot, "std/http", { secretToken: secret })(given)).ok;
  },

  async telnyx(secret, { headers, text }) {
    const { TelnyxWebhook } = await import("telnyx/lib/webhooks");
    await new TelnyxWebhook(secret).verify(text, headers);
    return true;
  },

  async twilio(secret, { url, headers, text, form }) {
    const [sdk, signature] = [await twilio(), headers["x-twilio-signature"]];
    return isJson(headers["content-type"])
      ? sdk.validateRequestWithBody(secret, signature, url, text)
      : sdk.validateRequest(secret, signature, url, form);
  },

  async twitch(secret, { headers, text }) {
    const { EventSubMiddleware } = await import("@twurple/eventsub-http");
    const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => headers[`twitch-eventsub-message-${name}`]);
    // The library's own check is a method of its server, which looks at nothing else of it.
    return EventSubMiddleware.prototype._verifyData.call({ _secret: secret }, id, timestamp, text, signature);
  },

  async viber(secret, { headers, body }) {
    const { default: Validator } = await import("viber-bot/lib/message/message-validator.js");
    return new Validator({ debug() {} }, secret).validateMessage(headers["x-viber-content-signature"], body);
  },

  // The library looks at the token's signature only; that it is of this body is left to the caller, as documented.
  async vonage(secret, { headers, body }) {
    const { createHash } = await import("node:crypto");
    const { verifySignature } = await import("@vonage/jwt");
    const token = headers.authorization.replace("Bearer ", "");
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
    return verifySignature(token, secret) && claims.payload_hash === createHash("sha256").update(body).digest("hex");
  },

  async zoom(secret, { headers, text }) {
    const { AccountsS2SAuthClient, AwsLambdaReceiver } = await import("@zoom/rivet/accounts");
    const receiver = new AwsLambdaReceiver({ webhooksSecretToken: secret });
    receiver.init({ eventEmitter: { emit() {} } });
    return (await receiver.start()({ headers, body: text, isBase64Encoded: false }, {})).statusCode === 200;
  },
};

export const signers = {
  async twilio(secret, { url, content_type, body }) {
    const [sdk, json] = [await twilio(), isJson(content_type)];
    const signed = json ? `${url}?bodySHA256=${sdk.getExpectedBodyHash(body)}` : url;
    const fields = json ? {} : { ...parse(body) };
    return { url: signed, headers: { "X-Twilio-Signature": sdk.getExpectedTwilioSignature(secret, signed, fields) } };
  },
};

function isJson(contentType) {
  return (contentType ?? "").startsWith("application/json");
}
