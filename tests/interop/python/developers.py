"""Code, clouds, identity."""

from .adapter import signs, verifies


@verifies("atlassian-connect")
def verify_atlassian_connect(secret, request):
    from atlassian_jwt import Authenticator

    class Given(Authenticator):
        def get_shared_secret(self, client_key):
            return secret

    return bool(Given().authenticate(request.method, path_of(request.url), request.headers))


def path_of(url):
    """What is hashed of an address is what follows the app's base URL."""
    from urllib.parse import urlsplit

    return urlsplit(url)._replace(scheme="", netloc="").geturl()


@verifies("github")
def verify_github(secret, request):
    from gidgethub.sansio import Event

    return bool(Event.from_http(request.headers, request.body, secret=secret))


@verifies("github/sha1")
def verify_github_sha1(secret, request):
    from gidgethub.sansio import validate_event

    return validate_event(request.body, signature=request.header("X-Hub-Signature"), secret=secret) is None


@verifies("google-pubsub")
def verify_google_pubsub(secret, request):
    from json import loads

    from google.auth import jwt

    given, token = loads(secret), request.header("Authorization").removeprefix("Bearer ")
    claims = jwt.decode(token, certs=given["certs"], audience=given["audience"])
    return claims["iss"] in ("accounts.google.com", "https://accounts.google.com")


@verifies("workos")
def verify_workos(secret, request):
    from workos.webhooks._verification import verify_header

    signature = request.header("WorkOS-Signature")
    return verify_header(event_body=request.body, event_signature=signature, secret=secret) is None
