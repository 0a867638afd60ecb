"""Every request of fixtures/*/vectors/requests.jsonl through `hookctl verify`: the verdict must be the known one.

    vectors.py HOOKCTL        alone; interop.py runs it, too
"""

import base64
import json
import sys

from hookctl import Hookctl, Tally
from providers import FIXTURES


def add_checks(tally, hookctl, providers):
    for path in sorted(FIXTURES.glob("*/vectors/requests.jsonl")):
        provider = path.parts[-3]
        if provider not in providers:
            continue
        for line in path.read_text().splitlines():
            vector = json.loads(line)
            tally.add(f"{provider}: vectors", vector["id"], verdict_is_known, hookctl, provider, vector)


def verdict_is_known(hookctl, provider, vector):
    body = base64.b64decode(vector["body_base64"]) if "body_base64" in vector else vector.get("body", "").encode()
    request = (vector["method"], vector["url"], vector["headers"], body)
    secrets = [
        as_argument(hookctl, f"{vector['id']}.secret{number}", secret)
        for number, secret in enumerate([vector["secret"], *vector.get("more_secrets", [])])
    ]
    run = hookctl.verify(vector["id"], request, provider, secrets, "--at", vector["now"])
    verdict = run.one("verification")["verdict"]
    if vector["expect"] == "valid":
        run.exited(0).expect(verdict == "valid", "valid")
    else:
        run.exited(1).expect(verdict in ("invalid", "unsigned"), f"invalid or unsigned ({vector['reason']}: {vector['note']})")


def as_argument(hookctl, name, secret):
    """Text with line breaks or braces is given as a file."""
    if any(character in secret for character in "\n{"):
        return f"file:{hookctl.file(name, secret.encode())}"
    return secret


def main(binary):
    tally = Tally()
    add_checks(tally, Hookctl(binary), [path.name for path in FIXTURES.iterdir()])
    tally.run()
    return tally.close("vectors")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
