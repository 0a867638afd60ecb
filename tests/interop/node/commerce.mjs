// Shops, parcels, sales, documents.

const hubspot = async () => (await import("@hubspot/api-client")).default.Signature;

export const verifiers = {
  async box(secret, { headers, text }) {
    const { WebhooksManager } = await import("box-node-sdk/managers/webhooks");
    return WebhooksManager.validateMessage(text, headers, secret);
  },

  async contentful(secret, { url, method, headers, text }) {
    const { verifyRequest } = await import("@contentful/node-apps-toolkit");
    const { pathname, search } = new URL(url);
    return verifyRequest(secret, { method, path: pathname + search, headers, body: text });
  },

  async "dropbox-sign"(secret, { headers, body }) {
    const { EventCallbackHelper, EventCallbackRequest } = await import("@dropbox/sign");
    const kind = headers["content-type"];
    const whole = new Response(body, { headers: { "Content-Type": kind } });
    const event = kind === "application/json" ? await whole.json() : JSON.parse((await whole.formData()).get("json"));
    return EventCallbackHelper.isValid(secret, EventCallbackRequest.init(event));
  },

  async easypost(secret, { headers, body }) {
    const { default: EasyPost } = await import("@easypost/api");
    return Boolean(new EasyPost("unused").Utils.validateWebhook(body, headers, secret));
  },

  async hubspot(secret, { url, method, headers, text }) {
    const timestamp = Number(headers["x-hubspot-request-timestamp"]);
    const signature = headers["x-hubspot-signature-v3"];
    const given = { signatureVersion: "v3", method, url, clientSecret: secret, requestBody: text, signature, timestamp };
    return (await hubspot()).isValid(given);
  },

  async notion(secret, { headers, text }) {
    const { verifyWebhookSignature } = await import("@notionhq/client");
    return verifyWebhookSignature({ body: text, signature: headers["x-notion-signature"], verificationToken: secret });
  },

  async sanity(secret, { headers, text }) {
    const { isValidSignature } = await import("@sanity/webhook");
    return isValidSignature(text, headers["sanity-webhook-signature"], secret);
  },

  async shopify(secret, { text, raw }) {
    await import("@shopify/shopify-api/adapters/node");
    const { ApiVersion, LogSeverity, shopifyApi } = await import("@shopify/shopify-api");
    const shopify = shopifyApi({
      apiSecretKey: secret,
      apiKey: "unused",
      apiVersion: Object.values(ApiVersion).at(-1),
      hostName: "localhost",
      isEmbeddedApp: false,
      logger: { level: LogSeverity.Error },
    });
    const result = await shopify.webhooks.validate({ rawBody: text, rawRequest: raw.request, rawResponse: raw.response });
    if (!result.valid) throw new Error([result.reason, ...(result.missingHeaders ?? [])].join(" "));
    return true;
  },
};

export const signers = {
  async contentful(secret, { url, content_type, body }) {
    const { signRequest } = await import("@contentful/node-apps-toolkit");
    const { pathname, search } = new URL(url);
    const given = { method: "POST", path: pathname + search, headers: { "Content-Type": content_type }, body };
    return { headers: signRequest(secret, given, Date.now()) };
  },

  async hubspot(secret, { url, body }) {
    const timestamp = Date.now();
    const signature = (await hubspot()).getSignature("POST", "v3", { url, clientSecret: secret, requestBody: body, timestamp });
    return { headers: { "X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": String(timestamp) } };
  },

  async notion(secret, { body }) {
    const { signWebhookPayload } = await import("@notionhq/client");
    return { headers: { "X-Notion-Signature": await signWebhookPayload({ body, verificationToken: secret }) } };
  },

  async sanity(secret, { body }) {
    const { encodeSignatureHeader } = await import("@sanity/webhook");
    return { headers: { "sanity-webhook-signature": await encodeSignatureHeader(body, Date.now(), secret) } };
  },
};
