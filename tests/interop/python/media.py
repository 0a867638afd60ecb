"""Sound, pictures, streams."""

from .adapter import verifies


@verifies("cloudinary")
def verify_cloudinary(secret, request):
    import cloudinary
    from cloudinary.utils import verify_notification_signature

    cloudinary.config(api_secret=secret)
    return verify_notification_signature(request.text, request.header("X-Cld-Timestamp"), request.header("X-Cld-Signature"))


@verifies("elevenlabs")
def verify_elevenlabs(secret, request):
    from elevenlabs import ElevenLabs

    client = ElevenLabs(api_key="unused")
    return client.webhooks.construct_event(request.text, request.header("ElevenLabs-Signature"), secret) is not None


@verifies("livekit")
def verify_livekit(secret, request):
    from livekit.api import TokenVerifier, WebhookReceiver

    receiver = WebhookReceiver(TokenVerifier(*secret.split(":")))
    return bool(receiver.receive(request.text, request.header("Authorization")))


@verifies("pusher")
def verify_pusher(secret, request):
    import pusher

    key, secret = secret.split(":")
    client = pusher.Pusher(app_id="1", key=key, secret=secret)
    return bool(client.validate_webhook(request.header("X-Pusher-Key"), request.header("X-Pusher-Signature"), request.text))


@verifies("stream")
def verify_stream(secret, request):
    from stream_chat import StreamChat

    return StreamChat("unused", secret).verify_and_parse_webhook(request.body, request.header("X-Signature")) is not None


@verifies("twitch")
def verify_twitch(secret, request):
    """twitchAPI's own check is a method of its server; only what the method looks at is given to it."""
    import asyncio
    from types import SimpleNamespace

    from multidict import CIMultiDict
    from twitchAPI.eventsub.webhook import EventSubWebhook

    async def text():
        return request.text

    arrived = SimpleNamespace(headers=CIMultiDict(request.headers), text=text)
    return asyncio.run(EventSubWebhook._verify_signature(SimpleNamespace(secret=secret), arrived))
