"""The providers' Python SDKs behind one HTTP server: what they accept, what they sign.

    POST /<provider>[/<variant>]    200 if the SDK says the request is genuine, 400 with its reason if it refuses
    POST /sign/<provider>           {"url", "content_type", "body"} -> {"url", "headers"}, signed by the SDK

The first line of standard input is a JSON object, provider -> what its receivers are given (a secret, a public key). The
first line of standard output is JSON too: the port, and the names that can be verified and signed. It runs until
standard input ends. An SDK is loaded only for a provider that was given, since not all of them fit into one environment.
"""

import json
import sys
import threading
import time
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Request:
    def __init__(self, method, url, headers, body):
        self.method, self.url, self.headers, self.body = method, url, headers, body

    @property
    def text(self):
        return self.body.decode()

    def header(self, name):
        return self.headers.get(name.lower(), "")


# Verifiers: true, or false, or the SDK's own exception.


def verify_discord(secret, request):
    from discord_interactions import verify_key

    return verify_key(request.body, request.header("X-Signature-Ed25519"), request.header("X-Signature-Timestamp"), secret)


def verify_github(secret, request):
    from gidgethub.sansio import Event

    return bool(Event.from_http(request.headers, request.body, secret=secret))


def verify_github_sha1(secret, request):
    from gidgethub.sansio import validate_event

    return validate_event(request.body, signature=request.header("X-Hub-Signature"), secret=secret) is None


def verify_paypal(secret, request):
    """The SDK's whole check: it fetches the certificate, follows its chain, looks at its name, verifies the signature.

    Only two things are not PayPal's own: the root that is trusted, and the address that certificates are fetched from.
    """
    from paypalrestsdk import WebhookEvent

    WebhookEvent._WebhookEvent__cert_chain_path = [secret["ca_file"]]
    return WebhookEvent.verify(
        request.header("PAYPAL-TRANSMISSION-ID"),
        request.header("PAYPAL-TRANSMISSION-TIME"),
        secret["webhook_id"],
        request.text,
        secret["certificates_at"] + urlsplit(request.header("PAYPAL-CERT-URL")).path,
        request.header("PAYPAL-TRANSMISSION-SIG"),
        request.header("PAYPAL-AUTH-ALGO"),
    )


def verify_sendgrid(secret, request):
    from sendgrid.helpers.eventwebhook import EventWebhook, EventWebhookHeader

    signature, timestamp = request.header(EventWebhookHeader.SIGNATURE), request.header(EventWebhookHeader.TIMESTAMP)
    return EventWebhook(secret).verify_signature(request.text, signature, timestamp)


def verify_slack(secret, request):
    from slack_sdk.signature import SignatureVerifier

    return SignatureVerifier(secret).is_valid_request(request.body, request.headers)


def verify_standard_webhooks(secret, request):
    from standardwebhooks import Webhook

    return Webhook(secret).verify(request.body, request.headers, json_parse=False) is None


def verify_stripe(secret, request):
    import stripe

    return bool(stripe.Webhook.construct_event(request.body, request.header("Stripe-Signature"), secret))


def verify_svix(secret, request):
    from svix.webhooks import Webhook

    return Webhook(secret).verify(request.body, request.headers) is None


def verify_twilio(secret, request):
    from twilio.request_validator import RequestValidator, get_signature_algorithm

    algorithm = get_signature_algorithm(request.header("X-Twilio-Webhooks-Signature-Settings"))
    return RequestValidator(secret).validate(request.url, twilio_params(request), request.header("X-Twilio-Signature"), algorithm)


def twilio_params(request):
    """What the SDK wants: the fields of a form, the text of a JSON body."""
    from werkzeug.datastructures import MultiDict

    if request.header("Content-Type").startswith("application/json"):
        return request.text
    return MultiDict(parse_qsl(request.text, keep_blank_values=True))


# Signers: the URL and the headers that the SDK's signature needs.


def sign_slack(secret, request):
    from slack_sdk.signature import SignatureVerifier

    timestamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=request.body)
    return request.url, {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


def sign_standard_webhooks(secret, request):
    from standardwebhooks import Webhook

    return request.url, signed_webhook(Webhook(secret), "webhook", request)


def sign_stripe(secret, request):
    import stripe

    return request.url, {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(request.text, secret)}


def sign_svix(secret, request):
    from svix.webhooks import Webhook

    return request.url, signed_webhook(Webhook(secret), "svix", request)


def signed_webhook(webhook, prefix, request):
    id, now = f"msg_{uuid.uuid4().hex}", datetime.now(timezone.utc)
    return {
        f"{prefix}-id": id,
        f"{prefix}-timestamp": str(int(now.timestamp())),
        f"{prefix}-signature": webhook.sign(id, now, request.text),
    }


def sign_twilio(secret, request):
    from twilio.request_validator import RequestValidator

    validator, url, params = RequestValidator(secret), request.url, twilio_params(request)
    if isinstance(params, str):
        url, params = f"{url}?bodySHA256={validator.compute_hash(params)}", {}
    return url, {"X-Twilio-Signature": validator.compute_signature(url, params)}


VERIFIERS = {
    "discord": verify_discord,
    "github": verify_github,
    "github/sha1": verify_github_sha1,
    "gitlab": verify_standard_webhooks,
    "paypal": verify_paypal,
    "sendgrid": verify_sendgrid,
    "slack": verify_slack,
    "standard-webhooks": verify_standard_webhooks,
    "stripe": verify_stripe,
    "svix": verify_svix,
    "twilio": verify_twilio,
}
SIGNERS = {
    "gitlab": sign_standard_webhooks,
    "slack": sign_slack,
    "standard-webhooks": sign_standard_webhooks,
    "stripe": sign_stripe,
    "svix": sign_svix,
    "twilio": sign_twilio,
}


def given(table, secrets):
    return sorted(name for name in table if name.split("/")[0] in secrets)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{headers['host']}{self.path}"
        name = urlsplit(self.path).path.strip("/")
        try:
            if name.startswith("sign/"):
                status, answer = 200, self.sign(name.removeprefix("sign/"), json.loads(body))
            else:
                status, answer = self.verify(name, Request(self.command, url, headers, body))
        except KeyError as missing:
            status, answer = 404, {"error": f"no {missing}"}
        self.answer(status, json.dumps(answer).encode())

    def verify(self, name, request):
        verifier, secret = VERIFIERS[name], self.server.secrets[name.split("/")[0]]
        try:
            valid, reason = verifier(secret, request), None
        # Whatever an SDK raises is its way to refuse. That the SDK itself works is known from the requests it accepts.
        except Exception as error:
            valid, reason = False, f"{type(error).__name__}: {error}"
        return (200 if valid else 400), {"valid": valid, "reason": reason}

    def sign(self, name, wanted):
        request = Request("POST", wanted["url"], {"content-type": wanted["content_type"]}, wanted["body"].encode())
        url, headers = SIGNERS[name](self.server.secrets[name], request)
        return {"url": url, "headers": headers}

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = handle_request


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.secrets = json.loads(sys.stdin.readline())
    ready = {
        "port": server.server_port,
        "verifies": given(VERIFIERS, server.secrets),
        "signs": given(SIGNERS, server.secrets),
    }
    print(json.dumps(ready), flush=True)
    sys.stdout = sys.stderr  # some SDKs print why they refuse
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
