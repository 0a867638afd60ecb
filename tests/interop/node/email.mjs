// Mail.

export const verifiers = {
  async sendgrid(secret, { headers, body }) {
    const { default: sendgrid } = await import("@sendgrid/eventwebhook");
    const webhook = new sendgrid.EventWebhook();
    const [signature, timestamp] = [sendgrid.EventWebhookHeader.SIGNATURE(), sendgrid.EventWebhookHeader.TIMESTAMP()];
    const key = webhook.convertPublicKeyToECDSA(secret);
    return webhook.verifySignature(key, body, headers[signature.toLowerCase()], headers[timestamp.toLowerCase()]);
  },

  async nylas(secret, { headers, body }) {
    const { default: notification } = await import("nylas/lib/models/webhook-notification.js");
    return notification.default.verifyWebhookSignature(headers["x-nylas-signature"], body, secret);
  },
};

export const signers = {};
