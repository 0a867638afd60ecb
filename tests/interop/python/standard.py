"""Standard Webhooks, and those who sign as it says."""

import uuid
from datetime import datetime, timezone

from .adapter import signs, verifies


def signed_webhook(webhook, prefix, request):
    id, now = f"msg_{uuid.uuid4().hex}", datetime.now(timezone.utc)
    return {
        f"{prefix}-id": id,
        f"{prefix}-timestamp": str(int(now.timestamp())),
        f"{prefix}-signature": webhook.sign(id, now, request.text),
    }


# GitLab and Supabase have no verifier of their own; their documentation names this library.
@verifies("gitlab")
@verifies("standard-webhooks")
def verify_standard_webhooks(secret, request):
    from standardwebhooks import Webhook

    return Webhook(secret).verify(request.body, request.headers, json_parse=False) is None


@signs("gitlab")
@signs("standard-webhooks")
def sign_standard_webhooks(secret, request):
    from standardwebhooks import Webhook

    return signed_webhook(Webhook(secret), "webhook", request)


@verifies("supabase")
def verify_supabase(secret, request):
    from standardwebhooks import Webhook

    return Webhook(secret.removeprefix("v1,")).verify(request.body, request.headers, json_parse=False) is None


@signs("supabase")
def sign_supabase(secret, request):
    from standardwebhooks import Webhook

    return signed_webhook(Webhook(secret.removeprefix("v1,")), "webhook", request)


# Stytch has no verifier of its own; its documentation names this library.
@verifies("stytch")
@verifies("svix")
def verify_svix(secret, request):
    from svix.webhooks import Webhook

    return Webhook(secret).verify(request.body, request.headers) is None


@signs("stytch")
@signs("svix")
def sign_svix(secret, request):
    from svix.webhooks import Webhook

    return signed_webhook(Webhook(secret), "svix", request)


@verifies("resend")
def verify_resend(secret, request):
    import resend

    headers = {name: request.header(f"svix-{name}") for name in ("id", "timestamp", "signature")}
    return resend.Webhooks.verify({"payload": request.text, "headers": headers, "webhook_secret": secret}) is not None


@verifies("openai")
def verify_openai(secret, request):
    import openai

    client = openai.OpenAI(api_key="unused", webhook_secret=secret)
    return client.webhooks.verify_signature(request.body, request.headers) is None


@verifies("replicate")
def verify_replicate(secret, request):
    from replicate.webhook import Webhooks, WebhookSigningSecret

    key = WebhookSigningSecret(key=secret)
    return Webhooks.validate(headers=request.headers, body=request.text, secret=key, tolerance=300) is None
