"""Mail."""

from urllib.parse import urlsplit

from .adapter import verifies


@verifies("sendgrid")
def verify_sendgrid(secret, request):
    from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

    signature, timestamp = request.header(EventWebhookHeader.SIGNATURE), request.header(EventWebhookHeader.TIMESTAMP)
    return EventWebhook(secret).verify_signature(request.text, signature, timestamp)


@verifies("mailgun")
def verify_mailgun(secret, request):
    from mailgun.security import SecurityGuard

    signed = request.json["signature"] if request.header("Content-Type").startswith("application/json") else request.form
    return SecurityGuard.verify_webhook(secret, signed["token"], signed["timestamp"], signed["signature"])


# Django's Anymail knows those of which no library of their own verifies anything.


@verifies("mandrill")
def verify_mandrill(secret, request):
    return anymail("mandrill.MandrillCombinedWebhookView", request, webhook_key=secret)


@verifies("mailtrap")
def verify_mailtrap(secret, request):
    return anymail("mailtrap.MailtrapTrackingWebhookView", request, tracking_secret=secret)


@verifies("mailersend")
def verify_mailersend(secret, request):
    return anymail("mailersend.MailerSendTrackingWebhookView", request, signing_secret=secret)


def anymail(view, request, **settings):
    """Runs a view's own check of a request, which raises where it refuses."""
    from django.conf import settings as django

    if not django.configured:
        django.configure(ALLOWED_HOSTS=["*"])
    from django.test import RequestFactory
    from django.utils.module_loading import import_string

    url = urlsplit(request.url)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    path, kind = f"{url.path}?{url.query}".rstrip("?"), request.header("Content-Type")
    given = RequestFactory().generic(request.method, path, request.body, kind, secure=url.scheme == "https", **headers)
    return import_string(f"anymail.webhooks.{view}")(**settings).run_validators(given) is None
