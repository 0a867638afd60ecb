"""Shops, parcels, sales."""

from .adapter import Signed, signs, verifies


@verifies("airtable")
def verify_airtable(secret, request):
    from pyairtable.models.webhook import WebhookNotification

    return bool(WebhookNotification.from_request(request.text, request.header("X-Airtable-Content-MAC"), secret))


@verifies("box")
def verify_box(secret, request):
    from box_sdk_gen.managers.webhooks import WebhooksManager

    return WebhooksManager.validate_message(request.text, request.headers, secret)


@verifies("dropbox-sign")
def verify_dropbox_sign(secret, request):
    from dropbox_sign import EventCallbackHelper, EventCallbackRequest

    return EventCallbackHelper.is_valid(secret, EventCallbackRequest.init(json_field(request)))


def json_field(request):
    """The part `json` of a multipart form."""
    from email.parser import BytesParser
    from json import loads

    kind = request.header("Content-Type")
    if kind == "application/json":
        return request.json
    whole = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    [part] = [p for p in whole.get_payload() if p.get_param("name", header="content-disposition") == "json"]
    return loads(part.get_payload(decode=True))


@verifies("easypost")
def verify_easypost(secret, request):
    from easypost.util import validate_webhook

    # It wants the header as it is spelt.
    return validate_webhook(request.body, {"X-Hmac-Signature": request.header("X-Hmac-Signature")}, secret) is not None


@verifies("hubspot")
def verify_hubspot(secret, request):
    from hubspot.utils.signature import Signature

    return Signature.is_valid(
        signature=request.header("X-HubSpot-Signature-v3"),
        client_secret=secret,
        request_body=request.text,
        http_uri=request.url,
        http_method=request.method,
        signature_version="v3",
        timestamp=request.header("X-HubSpot-Request-Timestamp"),
    )


@signs("hubspot")
def sign_hubspot(secret, request):
    import time

    from hubspot.utils.signature import Signature

    now = str(int(time.time() * 1000))
    signature = Signature.get_signature(secret, request.text, "v3", request.url, "POST", now)
    return Signed({"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": now})
