"""How an SDK is put behind the receiver: a function a provider, named by a decorator.

    @verifies("acme")               f(secret, request): true, or false, or the SDK's own exception
    @signs("acme", bodies="json")   f(secret, request): the headers that the SDK has signed, or a Signed

`acme/v2` is a variant: a second scheme, or a second library. An SDK is imported in the function that calls it, since not
all of them fit into one environment, and most take a while.
"""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

VERIFIERS, SIGNERS = {}, {}


class Request:
    """What has arrived, or what is to be signed. Header names are in lower case."""

    def __init__(self, method, url, headers, body):
        self.method, self.url, self.headers, self.body = method, url, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        """The fields of a form: a text, or a list of them where a name comes several times."""
        fields = parse_qs(self.text, keep_blank_values=True)
        return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    def header(self, name):
        return self.headers.get(name.lower(), "")


@dataclass
class Signed:
    """A signed request, where the signature is not (only) in headers."""

    headers: dict = field(default_factory=dict)
    url: str = None  # as it was asked for
    body: str = None  # as it was asked for
    content_type: str = None  # as it was asked for


def verifies(name):
    def register(function):
        VERIFIERS[name] = function
        return function

    return register


def signs(name, bodies="json"):
    """`bodies`: what the suite gives it to sign: "json", "json and form", or "own" for one that makes its own."""

    def register(function):
        SIGNERS[name] = (bodies, function)
        return function

    return register
