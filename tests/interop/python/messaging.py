"""Chats, calls, messages."""

import time
from urllib.parse import parse_qsl

from .adapter import Signed, signs, verifies


@verifies("discord")
def verify_discord(secret, request):
    from discord_interactions import verify_key

    return verify_key(request.body, request.header("X-Signature-Ed25519"), request.header("X-Signature-Timestamp"), secret)


@verifies("line")
def verify_line(secret, request):
    from linebot.v3.webhook import SignatureValidator

    return SignatureValidator(secret).validate(request.text, request.header("x-line-signature"))


@verifies("messagebird")
def verify_messagebird(secret, request):
    from messagebird.request_validator import RequestValidator

    token = request.header("MessageBird-Signature-JWT")
    return bool(RequestValidator(secret).validate_signature(token, request.url, request.body))


@verifies("meta")
def verify_meta(secret, request):
    from pywa.utils import webhook_updates_validator

    return webhook_updates_validator(secret, request.body, request.header("X-Hub-Signature-256"))


@verifies("plivo")
def verify_plivo(secret, request):
    from plivo.utils import validate_v3_signature

    nonce, signature = request.header("X-Plivo-Signature-V3-Nonce"), request.header("X-Plivo-Signature-V3")
    return validate_v3_signature(request.method, request.url, nonce, secret, signature, request.form)


@verifies("plivo/v2")
def verify_plivo_v2(secret, request):
    from plivo.utils import validate_signature

    nonce, signature = request.header("X-Plivo-Signature-V2-Nonce"), request.header("X-Plivo-Signature-V2")
    return validate_signature(request.url, nonce, signature, secret)


@verifies("sinch")
def verify_sinch(secret, request):
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sinch

    return sinch.validate_sinch_event_signature_with_nonce(secret, request.headers, request.text)


@signs("sinch")
def sign_sinch(secret, request):
    from sinch.domains.authentication.sinch_events.v1 import authentication_validation as sinch

    now, name = str(int(time.time())), "x-sinch-webhook-signature"
    signature = sinch.calculate_sinch_event_signature(sinch.compute_signed_data(request.text, "01NONCE", now), secret)
    return {name: signature, f"{name}-nonce": "01NONCE", f"{name}-timestamp": now, f"{name}-algorithm": "HmacSHA256"}


@verifies("slack")
def verify_slack(secret, request):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(secret).is_valid_request(request.body, request.headers)


@signs("slack", bodies="json and form")
def sign_slack(secret, request):
    from slack_sdk.signature import SignatureVerifier

    timestamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=request.body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


@verifies("telegram")
def verify_telegram(secret, request):
    """python-telegram-bot compares the token in its handler for tornado; only what the handler looks at is given to it."""
    from types import SimpleNamespace

    from telegram.ext._utils.webhookhandler import TelegramHandler
    from tornado.httputil import HTTPHeaders

    given = SimpleNamespace(request=SimpleNamespace(headers=HTTPHeaders(request.headers)), secret_token=secret)
    return TelegramHandler._validate_post(given) is None


@verifies("telnyx")
def verify_telnyx(secret, request):
    from telnyx.lib.webhook_verification import verify_webhook_signature

    return verify_webhook_signature(request.body, request.headers, secret) is None


@verifies("twilio")
def verify_twilio(secret, request):
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    algorithm = get_signature_algorithm(request.header("X-Twilio-Webhooks-Signature-Settings"))
    return RequestValidator(secret).validate(request.url, twilio_params(request), request.header("X-Twilio-Signature"), algorithm)


@signs("twilio", bodies="json and form")
def sign_twilio(secret, request):
    from twilio.request_validator import RequestValidator

    validator, url, params = RequestValidator(secret), request.url, twilio_params(request)
    if isinstance(params, str):
        url, params = f"{url}?bodySHA256={validator.compute_hash(params)}", {}
    return Signed({"X-Twilio-Signature": validator.compute_signature(url, params)}, url=url)


def twilio_params(request):
    """What the SDK wants: the fields of a form, the text of a JSON body."""
    from werkzeug.datastructures import MultiDict

    if request.header("Content-Type").startswith("application/json"):
        return request.text
    return MultiDict(parse_qsl(request.text, keep_blank_values=True))


@verifies("viber")
def verify_viber(secret, request):
    from viberbot import Api
    from viberbot.api.bot_configuration import BotConfiguration

    api = Api(BotConfiguration(name="bot", avatar="", auth_token=secret))
    return api.verify_signature(request.body, request.header("X-Viber-Content-Signature"))


@verifies("vonage")
def verify_vonage(secret, request):
    """The library looks at the token's signature only; that it is of this body is left to the caller, as documented."""
    import hashlib

    import jwt
    from vonage_jwt import verify_signature

    token = request.header("Authorization").removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    return verify_signature(token, secret) and claims["payload_hash"] == hashlib.sha256(request.body).hexdigest()
