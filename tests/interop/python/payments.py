"""Payments and banks."""

from urllib.parse import urlsplit

from .adapter import Signed, signs, verifies


@verifies("adyen")
def verify_adyen(secret, request):
    from Adyen.util import is_valid_hmac_notification, is_valid_hmac_payload

    if request.header("HmacSignature"):
        return is_valid_hmac_payload(request.header("HmacSignature"), secret, request.body)
    return is_valid_hmac_notification(request.json, secret)


@verifies("braintree")
def verify_braintree(secret, request):
    return braintree(secret).webhook_notification.parse(request.form["bt_signature"], request.form["bt_payload"])


@signs("braintree", bodies="own")
def sign_braintree(secret, request):
    from urllib.parse import urlencode

    form = braintree(secret).webhook_testing.sample_notification("subscription_charged_successfully", "sub-1")
    return Signed(body=urlencode(form), content_type="application/x-www-form-urlencoded")


def braintree(secret):
    import braintree

    public, private = secret.split(":")
    sandbox = braintree.Environment.Sandbox
    return braintree.BraintreeGateway(braintree.Configuration(sandbox, merchant_id="m", public_key=public, private_key=private))


@verifies("gocardless")
def verify_gocardless(secret, request):
    from gocardless_pro import webhooks

    return bool(webhooks.parse(request.body, secret, request.header("Webhook-Signature")))


@verifies("mercadopago")
def verify_mercadopago(secret, request):
    from mercadopago.webhook import WebhookSignatureValidator

    signature, id = request.header("x-signature"), request.header("x-request-id")
    return WebhookSignatureValidator.validate(signature, id, request.query.get("data.id"), secret) is None


@verifies("paddle")
def verify_paddle(secret, request):
    from types import SimpleNamespace

    from paddle_billing.Notifications import Secret, Verifier

    # It wants the header as it is spelt.
    given = SimpleNamespace(headers={"Paddle-Signature": request.header("Paddle-Signature")}, body=request.body)
    return Verifier().verify(given, Secret(secret))


@verifies("paypal")
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


@verifies("paystack")
def verify_paystack(secret, request):
    from pypaystack2 import PaystackClient

    return PaystackClient(secret_key=secret).is_verified_webhook_payload(request.body, request.header("x-paystack-signature"))


@verifies("razorpay")
def verify_razorpay(secret, request):
    import razorpay

    client = razorpay.Client(auth=("unused", "unused"))
    return client.utility.verify_webhook_signature(request.text, request.header("X-Razorpay-Signature"), secret)


@verifies("square")
def verify_square(secret, request):
    from square.utils.webhooks_helper import verify_signature

    signature = request.header("x-square-hmacsha256-signature")
    return verify_signature(
        request_body=request.text, signature_header=signature, signature_key=secret, notification_url=request.url
    )


@verifies("stripe")
def verify_stripe(secret, request):
    import stripe

    return bool(stripe.Webhook.construct_event(request.body, request.header("Stripe-Signature"), secret))


@signs("stripe")
def sign_stripe(secret, request):
    import stripe

    return {"Stripe-Signature": stripe.WebhookSignature.generate_signature_header(request.text, secret)}
