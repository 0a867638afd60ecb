"""What fixtures/<provider>/provider.toml says of how a provider signs: what of a request its schemes cover."""

import re
import tomllib
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

# Kinds that are programs of their own: they cover the body, and know no time.
PROGRAMS = ("twilio", "plivo", "contentful")

# Parts of a template that are of the body.
OF_BODY = re.compile(r"\{(body|unpacked_body|json:|raw:|item:|form:|fields)")


def definition(provider):
    return tomllib.loads((FIXTURES / provider / "provider.toml").read_text())


def schemes(provider):
    """The schemes that sign what is sent."""
    return [scheme for scheme in definition(provider).get("signature", []) if scheme.get("send", True)]


def covers_body(scheme):
    kind, jwt = scheme["kind"], scheme.get("jwt", {})
    if kind == "jwt":
        signed = " ".join(map(str, jwt.get("claims", {}).values()))
        signed = f"{signed} {scheme.get('content', '{body}')}" if "{content" in signed else signed
    else:
        signed = scheme.get("content", "{body}") if kind != "token" else ""
    if scheme.get("fields", {}).get("of") == "query":
        signed = signed.replace("{fields}", "")
    return kind in PROGRAMS or bool(OF_BODY.search(signed))


def covers_time(scheme):
    jwt = scheme.get("jwt", {"issued": False})
    return "timestamp" in scheme or jwt.get("issued", True) or "lifetime" in jwt


def uncovered(provider):
    """What `send --tamper` refuses to break, since no scheme of the provider covers it."""
    signing = schemes(provider)
    covered = {"body": any(map(covers_body, signing)), "timestamp": any(map(covers_time, signing))}
    return tuple(what for what, is_covered in covered.items() if not is_covered)
