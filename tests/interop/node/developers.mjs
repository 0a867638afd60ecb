// Code, clouds, identity.

import { createHash, randomUUID } from "node:crypto";

const octokit = () => import("@octokit/webhooks-methods");

export const verifiers = {
  async "atlassian-connect"(secret, { url, method, headers, query }) {
    const { default: jwt } = await import("atlassian-jwt");
    const token = headers.authorization.replace("JWT ", "");
    const claims = jwt.decodeSymmetric(token, secret, "HS256");
    const asked = { method, pathname: new URL(url).pathname, query };
    return claims.qsh === jwt.createQueryStringHash(asked, false, "") && claims.exp > Date.now() / 1000;
  },

  async "aws-sns"(secret, { text }) {
    const { default: Validator } = await import("sns-validator");
    const { certificate_pem: pem } = JSON.parse(secret);
    // The SDK downloads the certificate; here it is given one instead.
    const { default: https } = await import("node:https");
    const message = JSON.parse(text);
    https.get = (_, answer) => {
      const response = { statusCode: 200, on: (name, f) => (f(name === "data" ? pem : undefined), response) };
      answer(response);
      return { on() {} };
    };
    return new Promise((resolve, reject) => {
      new Validator().validate(message, (error) => (error ? reject(error) : resolve(true)));
    });
  },

  github: async (secret, { headers, text }) => (await octokit()).verify(secret, text, headers["x-hub-signature-256"]),

  async "google-pubsub"(secret, { headers }) {
    const { OAuth2Client } = await import("google-auth-library");
    const { audience, certs } = JSON.parse(secret);
    const token = headers.authorization.replace("Bearer ", "");
    const issuers = ["https://accounts.google.com", "accounts.google.com"];
    return Boolean(await new OAuth2Client().verifySignedJwtWithCertsAsync(token, certs, audience, issuers));
  },

  async linear(secret, { headers, body, text }) {
    const { LinearWebhookClient } = await import("@linear/sdk/webhooks");
    return new LinearWebhookClient(secret).verify(body, headers["linear-signature"], JSON.parse(text).webhookTimestamp);
  },

  // Netlify has no verifier of its own; its documentation shows these steps with a library for JWTs.
  async netlify(secret, { headers, body }) {
    const { default: jwt } = await import("jsonwebtoken");
    const claims = jwt.verify(headers["x-webhook-signature"], secret, { issuer: "netlify", algorithms: ["HS256"] });
    return claims.sha256 === createHash("sha256").update(body).digest("hex");
  },

  async workos(secret, { headers, text }) {
    const { WorkOS } = await import("@workos-inc/node");
    const given = { payload: JSON.parse(text), sigHeader: headers["workos-signature"], secret };
    return new WorkOS("sk_unused").webhooks.verifyHeader(given);
  },
};

export const signers = {
  async github(secret, { body }) {
    const signature = await (await octokit()).sign(secret, body);
    return { headers: { "X-GitHub-Event": "push", "X-GitHub-Delivery": randomUUID(), "X-Hub-Signature-256": signature } };
  },
};
