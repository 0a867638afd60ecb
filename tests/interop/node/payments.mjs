// Payments and banks.

async function stripe() {
  const { default: Stripe } = await import("stripe");
  return new Stripe("sk_test_unused");
}

async function braintree(secret) {
  const { default: braintree } = await import("braintree");
  const [publicKey, privateKey] = secret.split(":");
  return new braintree.BraintreeGateway({ environment: braintree.Environment.Sandbox, merchantId: "m", publicKey, privateKey });
}

let moralis; // its settings can be registered once

export const verifiers = {
  async adyen(secret, { headers, text }) {
    const { default: adyen } = await import("@adyen/api-library");
    const validator = new adyen.hmacValidator();
    if (headers.hmacsignature) return validator.validateHMACSignature(secret, headers.hmacsignature, text);
    return validator.validateHMAC(JSON.parse(text).notificationItems[0].NotificationRequestItem, secret);
  },

  async braintree(secret, { form }) {
    return Boolean(await (await braintree(secret)).webhookNotification.parse(form.bt_signature, form.bt_payload));
  },

  async cashfree(secret, { headers, text }) {
    const { Cashfree } = await import("cashfree-pg");
    const cashfree = new Cashfree(Cashfree.SANDBOX, "unused", secret);
    return Boolean(cashfree.PGVerifyWebhookSignature(headers["x-webhook-signature"], text, headers["x-webhook-timestamp"]));
  },

  async chargebee(secret, { headers }) {
    const { basicAuthValidator } = await import("chargebee");
    await basicAuthValidator((name, password) => `${name}:${password}` === secret)(headers);
    return true;
  },

  async "coinbase-commerce"(secret, { headers, text }) {
    const { default: coinbase } = await import("coinbase-commerce-node");
    return Boolean(coinbase.Webhook.verifyEventBody(text, headers["x-cc-webhook-signature"], secret));
  },

  async gocardless(secret, { headers, text }) {
    const { parse } = await import("gocardless-nodejs/webhooks");
    return Boolean(parse(text, secret, headers["webhook-signature"]));
  },

  async mercadopago(secret, { headers, query }) {
    const { WebhookSignatureValidator } = await import("mercadopago");
    const [xSignature, xRequestId] = [headers["x-signature"], headers["x-request-id"]];
    WebhookSignatureValidator.validate({ xSignature, xRequestId, dataId: query["data.id"], secret });
    return true;
  },

  async moralis(secret, { headers, text }) {
    const { Streams } = await import("@moralisweb3/streams");
    const { Core } = await import("@moralisweb3/common-core");
    if (!moralis) {
      const core = Core.create();
      moralis = Streams.create(core);
      core.registerModules([moralis]);
      core.config.set("streamsSecret", secret);
    }
    return moralis.verifySignature({ body: JSON.parse(text), signature: headers["x-signature"] });
  },

  async paddle(secret, { headers, text }) {
    const { Paddle } = await import("@paddle/paddle-node-sdk");
    return new Paddle("unused").webhooks.isSignatureValid(text, secret, headers["paddle-signature"]);
  },

  // Plaid has no verifier of its own; its documentation shows these steps with a JOSE library.
  async plaid(secret, { headers, body }) {
    const { createHash } = await import("node:crypto");
    const { importJWK, jwtVerify } = await import("jose");
    const key = await importJWK(JSON.parse(secret), "ES256");
    const { payload } = await jwtVerify(headers["plaid-verification"], key, { algorithms: ["ES256"], maxTokenAge: "5 min" });
    return payload.request_body_sha256 === createHash("sha256").update(body).digest("hex");
  },

  async razorpay(secret, { headers, text }) {
    const { default: Razorpay } = await import("razorpay");
    return Razorpay.validateWebhookSignature(text, headers["x-razorpay-signature"], secret);
  },

  async square(secret, { url, headers, text }) {
    const { WebhooksHelper } = await import("square");
    const signatureHeader = headers["x-square-hmacsha256-signature"];
    return WebhooksHelper.verifySignature({ requestBody: text, signatureHeader, signatureKey: secret, notificationUrl: url });
  },

  async stripe(secret, { headers, body }) {
    return Boolean((await stripe()).webhooks.constructEvent(body, headers["stripe-signature"], secret));
  },
};

export const signers = {
  async stripe(secret, { body }) {
    return { headers: { "Stripe-Signature": (await stripe()).webhooks.generateTestHeaderString({ payload: body, secret }) } };
  },

  async braintree(secret) {
    const form = (await braintree(secret)).webhookTesting.sampleNotification("subscription_charged_successfully", "sub-1");
    return { body: String(new URLSearchParams(form)), content_type: "application/x-www-form-urlencoded", headers: {} };
  },

  async "coinbase-commerce"(secret, { body }) {
    const { default: coinbase } = await import("coinbase-commerce-node");
    return { headers: { "X-CC-Webhook-Signature": coinbase.Webhook.computeSignature(body, secret) } };
  },
};
