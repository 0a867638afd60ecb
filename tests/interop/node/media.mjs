// Sound, pictures, streams.

export const verifiers = {
  async cloudinary(secret, { headers, text }) {
    const { default: cloudinary } = await import("cloudinary");
    cloudinary.v2.config({ api_secret: secret });
    return cloudinary.v2.utils.verifyNotificationSignature(text, headers["x-cld-timestamp"], headers["x-cld-signature"]);
  },

  async livekit(secret, { headers, text }) {
    const { WebhookReceiver } = await import("livekit-server-sdk");
    return Boolean(await new WebhookReceiver(...secret.split(":")).receive(text, headers.authorization));
  },

  async mux(secret, { headers, text }) {
    const { default: Mux } = await import("@mux/mux-node");
    await new Mux({ tokenId: "unused", tokenSecret: "unused" }).webhooks.verifySignature(text, headers, secret);
    return true;
  },

  async pusher(secret, { headers, text }) {
    const { default: Pusher } = await import("pusher");
    const [key, secretKey] = secret.split(":");
    return new Pusher({ appId: "1", key, secret: secretKey, cluster: "eu" }).webhook({ headers, rawBody: text }).isValid();
  },

  async stream(secret, { headers, body }) {
    const { StreamChat } = await import("stream-chat");
    return Boolean(new StreamChat("unused", secret).verifyAndParseWebhook(body, headers["x-signature"]));
  },
};

export const signers = {};
