"""What programs do to bodies on their way, and what `hookctl verify` says about it.

    diagnosis.py HOOKCTL

Bodies are signed here, then read and written again by Python and by Node (rewrite.mjs) as handlers do it, and in the styles of
PHP, Go, .NET and Java, whose escapes are made by hand. `verify` must name the cause of each. One process judges them all.
"""

import base64
import codecs
import gzip
import hashlib
import hmac
import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

from hookctl import Failed, Hookctl, Tally

HERE = Path(__file__).resolve().parent
SECRET = "whsec_aG9va2N0bC1pbnRlcm9wLWRpYWdub3Npcw=="
TIME = 1767225600

# ----------------------------------------------------------------------------------------------- how providers sign


def mac(key, content, algorithm="sha256"):
    return hmac.new(key, content, algorithm)


def stripe(body):
    return {"Stripe-Signature": f"t={TIME},v1={mac(SECRET.encode(), b'%d.' % TIME + body).hexdigest()}"}


def github(body):
    return {"X-GitHub-Event": "push", "X-Hub-Signature-256": "sha256=" + mac(SECRET.encode(), body).hexdigest()}


def shopify(body):
    digest = base64.b64encode(mac(SECRET.encode(), body).digest()).decode()
    needed = {"Topic": "orders/paid", "Shop-Domain": "a.example", "API-Version": "2026-01", "Webhook-Id": "w-1"}
    return {**{f"X-Shopify-{name}": value for name, value in needed.items()}, "X-Shopify-Hmac-Sha256": digest}


def slack(body):
    digest = mac(SECRET.encode(), b"v0:%d:" % TIME + body).hexdigest()
    return {"X-Slack-Request-Timestamp": str(TIME), "X-Slack-Signature": f"v0={digest}"}


def svix(body):
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = base64.b64encode(mac(key, b"msg_1.%d." % TIME + body).digest()).decode()
    return {"svix-id": "msg_1", "svix-timestamp": str(TIME), "svix-signature": f"v1,{digest}"}


PROVIDERS = {"stripe": stripe, "github": github, "shopify": shopify, "slack": slack, "svix": svix}

# ------------------------------------------------------------------------------------------------- how programs write

DOCUMENT = {
    "id": "evt_1",
    "type": "order.paid",
    "data": {"name": "Zoë ☃ 𝄞", "url": "https://a.example/?a=1&b=<2>", "note": "it's \"1+1\"", "list": [1, 2.5, None, True], "none": {}},
    "Zone": "é",
}


def escapes(pattern, upper=False):
    """Writes what fits the pattern as \\uXXXX, in UTF-16 as JSON wants it."""

    def escape(match):
        units = match.group().encode("utf-16-be")
        digits = (units[at : at + 2].hex() for at in range(0, len(units), 2))
        return "".join("\\u" + (unit.upper() if upper else unit) for unit in digits)

    return lambda text: re.sub(pattern, escape, text)


compact = {"ensure_ascii": False, "separators": (",", ":")}
plain = lambda document, **more: json.dumps(document, **{**compact, **more})
pretty = lambda document, indent, **more: plain(document, indent=indent, separators=(",", ": "), **more)
beyond_ascii = r"[^\x00-\x7f]"


def jackson(document, depth=0):
    """Jackson's default printer: lists on one line, a space on either side of the colon."""
    space = "  " * (depth + 1)
    if isinstance(document, dict) and document:
        lines = (f"{space}{plain(key)} : {jackson(value, depth + 1)}" for key, value in document.items())
        return "{\n" + ",\n".join(lines) + "\n" + "  " * depth + "}"
    if isinstance(document, list) and document:
        return "[ " + ", ".join(jackson(value, depth) for value in document) + " ]"
    return "{ }" if document == {} else "[ ]" if document == [] else plain(document)


WRITERS = {
    "json.dumps": json.dumps,
    "json.dumps, not ASCII": lambda d: json.dumps(d, ensure_ascii=False),
    "json.dumps, compact": lambda d: json.dumps(d, separators=(",", ":")),
    "json.dumps, indent=2": lambda d: json.dumps(d, indent=2),
    "json.dumps, indent=4": lambda d: json.dumps(d, indent=4),
    "json.dumps, a tab": lambda d: json.dumps(d, indent="\t"),
    "json.dumps, sorted": lambda d: json.dumps(d, sort_keys=True),
    "orjson, requests": plain,
    "PHP's json_encode": lambda d: escapes(beyond_ascii)(plain(d)).replace("/", "\\/"),
    "PHP, pretty": lambda d: escapes(beyond_ascii)(pretty(d, 4)).replace("/", "\\/"),
    "PHP, slashes only": lambda d: plain(d).replace("/", "\\/"),
    "Go": lambda d: escapes("[<>&\u2028\u2029]")(plain(d)),
    "Go, a map": lambda d: escapes("[<>&\u2028\u2029]")(plain(d, sort_keys=True)),
    "Rails": lambda d: escapes("[<>&\u2028\u2029]")(plain(d)),
    ".NET": lambda d: escapes("[<>&'+`\x7f]|" + beyond_ascii, upper=True)(plain(d).replace('\\"', "\\u0022")),
    "Jackson, pretty": jackson,
    "Jackson, ASCII": lambda d: escapes(beyond_ascii, upper=True)(plain(d)),
    "Gson": lambda d: escapes("[<>&='\u2028\u2029]")(plain(d)),
    "Ruby, pretty": lambda d: pretty(d, 2),
}

# ------------------------------------------------------------------------------------------------------------- damages

FORM = b"From=%2B15005550006&Body=Zo%C3%AB+%2f+1%2B1&Empty="
INDENTED = pretty(DOCUMENT, 2).encode()
COMPACT = plain(DOCUMENT).encode()


def python_damages():
    """(cause, what, signed, captured)"""
    for signed in WRITERS:
        for captured in ("json.dumps", "orjson, requests"):
            yield "body-reserialized", f"{signed} -> {captured}", WRITERS[signed](DOCUMENT).encode(), WRITERS[captured](DOCUMENT).encode()
    numbers = '{"whole":10.0,"exact":12345678901234567890,"cents":[1.50,2.5]}'
    yield "body-reserialized", "floats of Python", json.dumps(json.loads(numbers)).encode(), b'{"whole":10,"exact":12345678901234567890,"cents":[1.5,2.5]}'
    yield "body-reserialized", "a repeated key", b'{"a":2,"b":1}', b'{"a":1,"b":1,"a":2}'
    yield "body-newline-added", "print()", COMPACT, COMPACT + b"\n"
    yield "body-newline-lost", "splitlines()", COMPACT + b"\n", COMPACT
    yield "body-trimmed", "a log's indent", COMPACT, b"    " + COMPACT + b" \n"
    yield "body-line-endings", "open(newline=None)", INDENTED.replace(b"\n", b"\r\n"), INDENTED
    yield "body-bom", "utf-8-sig", COMPACT, codecs.BOM_UTF8 + COMPACT
    yield "body-charset", "latin-1", '{"name":"Zoë"}'.encode(), '{"name":"Zoë"}'.encode("latin-1")
    yield "body-charset", "decoded as cp1252", '{"name":"Zoë"}'.encode(), '{"name":"Zoë"}'.encode().decode("cp1252").encode()
    yield "body-compressed", "gzip.compress", COMPACT, gzip.compress(COMPACT)
    yield "body-base64", "b64encode", COMPACT, base64.b64encode(COMPACT)
    yield "body-base64", "urlsafe_b64encode", COMPACT, base64.urlsafe_b64encode(COMPACT)
    yield "body-unicode-form", "NFC", unicodedata.normalize("NFD", COMPACT.decode()).encode(), unicodedata.normalize("NFC", COMPACT.decode()).encode()
    yield "body-wrapped", "a field of a form", COMPACT, b"payload=" + quote(COMPACT, safe="").encode()
    yield "body-form-decoded", "urlencode", urlencode(parse_qsl(FORM.decode(), keep_blank_values=True)).encode(), FORM
    yield "body-parsed-form", "dict(parse_qsl())", FORM.replace(b"%2f", b"%2F"), json.dumps(dict(parse_qsl(FORM.decode(), keep_blank_values=True))).encode()


def node_damages():
    """The same through Node: what was signed, in which style it is rewritten, and whether that is captured or was signed."""
    # The order of keys that were sorted on their way is lost for good.
    asked = [("body-reserialized", style, WRITERS[writer](DOCUMENT).encode(), True) for style in (
        "stringify", "stringify, two spaces", "stringify, tabs",
    ) for writer in ("json.dumps", "PHP's json_encode", "Go", ".NET", "Jackson, pretty")]
    asked += [("body-reserialized", style, WRITERS["json.dumps"](DOCUMENT).encode(), False) for style in (
        "stringify", "stringify, two spaces", "stringify, tabs", "stringify, sorted",
    )]
    asked += [
        ("body-reserialized", "stringify", b'{"price":1.0,"n":3}', True),
        ("body-reserialized", "stringify", b'{"id":1234567890123456789}', True),
        ("body-reserialized", "stringify", b'{"total":1e3,"n":3}', True),
        ("body-reserialized", "stringify", b'{"id":1234567890123456789,"price":10.50}', False),
        ("body-wrapped", "the text in an envelope", INDENTED, True),
        ("body-charset", "a stream that was read as latin1", '{"name":"Zoë"}'.encode(), True),
        ("body-newline-lost", "trimmed", COMPACT + b"\n", True),
        ("body-newline-added", "a template with a newline", COMPACT, True),
        ("body-line-endings", "lines of Windows", INDENTED, True),
        ("body-unicode-form", "normalised to NFD", COMPACT, True),
        ("body-compressed", "gzipSync", COMPACT, True),
        ("body-base64", "toString('base64')", COMPACT, True),
        ("body-form-decoded", "querystring", FORM, False),
        ("body-form-decoded", "URLSearchParams", FORM, False),
        ("body-parsed-form", "a form as JSON", b"From=%2B15005550006&Body=a+b", True),
    ]
    bodies = [[base64.b64encode(body).decode(), style] for _, style, body, _ in asked]
    done = subprocess.run(["node", HERE / "rewrite.mjs"], input=json.dumps(bodies).encode(), capture_output=True, check=True)
    for (cause, style, body, is_captured), other in zip(asked, json.loads(done.stdout)):
        other = base64.b64decode(other)
        yield (cause, f"Node: {style}", body, other) if is_captured else (cause, f"before Node: {style}", other, body)


def main():
    hookctl, tally = Hookctl(sys.argv[1]), Tally()
    cases = []
    for cause, what, signed, captured in [*python_damages(), *node_damages()]:
        if signed != captured:
            cases += [(provider, cause, what, signed, captured) for provider in PROVIDERS]

    def line(provider, signed, captured):
        headers = {"Host": "a.example", "Content-Type": "application/json", **PROVIDERS[provider](signed)}
        capture = {"kind": "capture", "provider": provider, "method": "POST", "url": "https://a.example/hook", "received_at": "2026-01-01T00:00:03Z"}
        return json.dumps({**capture, "headers": list(headers.items()), "body_base64": base64.b64encode(captured).decode()})

    # What is not damaged is valid: the signing above is right.
    lines = [line(provider, COMPACT, COMPACT) for provider in PROVIDERS]
    lines += [line(provider, signed, captured) for provider, _, _, signed, captured in cases]
    path = hookctl.file("captures.jsonl", "".join(one + "\n" for one in lines).encode())
    run = hookctl.run("verify", path, "--secret", SECRET, "--json").exited(1)
    said = [json.loads(one) for one in run.stdout.splitlines()]
    verdicts = [one for one in said if one["kind"] == "verification"]
    run.expect(len(verdicts) == len(lines), f"{len(lines)} verdicts")

    def valid(verdict):
        if verdict["verdict"] != "valid":
            raise Failed(f"expected: valid\n{json.dumps(verdict, indent=2)}")

    def explained(cause, signed, captured, verdict):
        causes = [one["cause"] for one in verdict["diagnosis"]]
        if causes != [cause]:
            raise Failed(f"expected: {cause}\nsigned:   {signed!r}\ncaptured: {captured!r}\n{json.dumps(verdict['diagnosis'], indent=2)}")

    for provider, verdict in zip(PROVIDERS, verdicts):
        tally.add("signed here", provider, valid, verdict)
    for (provider, cause, what, signed, captured), verdict in zip(cases, verdicts[len(PROVIDERS) :]):
        tally.add(cause, f"{provider}: {what}", explained, cause, signed, captured, verdict)
    tally.run()
    return tally.close("diagnosis")


if __name__ == "__main__":
    sys.exit(main())
