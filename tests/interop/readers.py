"""What `hookctl send` makes, read by libraries that make the same of every provider's events.

- django-anymail reads mail providers' events: each must have a type that it knows, a recipient and a time.
- pywa reads WhatsApp's: messages and their statuses.
"""

import base64
import json

from hookctl import Failed

# Of whom anymail reads which view.
MAIL = {
    "brevo": "brevo.BrevoTrackingWebhookView",
    "mailersend": "mailersend.MailerSendTrackingWebhookView",
    "mailgun": "mailgun.MailgunTrackingWebhookView",
    "mailtrap": "mailtrap.MailtrapTrackingWebhookView",
    "mandrill": "mandrill.MandrillCombinedWebhookView",
    "postmark": "postmark.PostmarkTrackingWebhookView",
    "resend": "resend.ResendTrackingWebhookView",
    "sendgrid": "sendgrid.SendGridTrackingWebhookView",
    "sparkpost": "sparkpost.SparkPostTrackingWebhookView",
}

# What it wants to be told beforehand.
SETTINGS = {
    "WEBHOOK_SECRET": "unused:unused",
    "MAILGUN_WEBHOOK_SIGNING_KEY": "unused",
    "MANDRILL_WEBHOOK_KEY": "unused",
    "MAILERSEND_SIGNING_SECRET": "unused",
    "MAILTRAP_WEBHOOK_SECRET": "unused",
    "RESEND_SIGNING_SECRET": f"whsec_{'A' * 32}",
}

# Events that it does not know: newer than it, of other things than mail, or mail that came in.
UNKNOWN = {
    "brevo": ("unsubscribed",),
    "mailgun": ("stored",),
    "mandrill": ("delivered",),
    "postmark": ("Inbound",),
    "resend": ("contact.", "domain.", "email.failed", "email.received", "email.scheduled", "email.suppressed"),
}

WHATSAPP = {
    "messages": "Message",
    "message.sent": "MessageStatus",
    "message.delivered": "MessageStatus",
    "message.read": "MessageStatus",
    "message.failed": "MessageStatus",
    "message_template_status_update": "TemplateStatusUpdate",
}


def add_checks(suite):
    for provider in MAIL.keys() & suite.events.keys():
        for event in suite.events[provider]:
            if not event.startswith(UNKNOWN.get(provider, ())):
                suite.tally.add(f"{provider}: anymail reads", event, mail_is_read, suite.hookctl, provider, event)
    for event in suite.events.get("meta", ()):
        if event in WHATSAPP:
            suite.tally.add("meta: pywa reads", event, whatsapp_is_read, suite.hookctl, event)


def mail_is_read(hookctl, provider, event):
    import anymail.webhooks
    from django.conf import settings
    from django.test import RequestFactory
    from django.utils.module_loading import import_string

    if not settings.configured:
        settings.configure(ANYMAIL=SETTINGS, SECRET_KEY="unused", USE_TZ=True)
    line = hookctl.run("send", provider, event, "--dry-run", "--json").exited(0).one("request")
    body = base64.b64decode(line["body_base64"]) if "body_base64" in line else line["body"].encode()
    content_type = dict(line["headers"])["Content-Type"]
    request = RequestFactory().generic("POST", "/webhook", body, content_type=content_type)
    found = list(import_string(f"{anymail.webhooks.__name__}.{MAIL[provider]}")().parse_events(request))
    if not found:
        raise Failed("it finds no event")
    for one in found:
        missing = [key for key in ("recipient", "timestamp") if not getattr(one, key)]
        if one.event_type == "unknown" or missing:
            raise Failed(f"it finds {one.event_type}, and no {missing}:\n{body[:2000]!r}")


def whatsapp_is_read(hookctl, event):
    import pywa

    line = hookctl.run("send", "meta", event, "--dry-run", "--json").exited(0).one("request")
    client = pywa.WhatsApp(phone_id="1", token="unused")
    getattr(pywa.types, WHATSAPP[event]).from_update(client=client, update=json.loads(line["body"]))
