"""hookctl against the providers' own SDKs, both ways, and against the vectors.

    interop.py HOOKCTL CACHE        CACHE is where run.sh has installed the SDKs

- What `hookctl send` sends is accepted by every SDK, for every event; and refused, once hookctl has tampered with it.
- What an SDK signs, `hookctl verify` calls valid; and not valid, once a byte of the body has changed.

The SDKs run in receiver.py and receiver.mjs. Which providers they can verify and sign, they say themselves.
"""

import json
import os
import subprocess
import sys
import traceback
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import vectors
from hookctl import Failed, Hookctl, Tally

HERE = Path(__file__).resolve().parent
TAMPERS = ("body", "signature", "timestamp", "header", "secret")

# What hookctl is asked to verify. The bodies are such that parsing and printing them again would change them.
JSON_BODIES = {
    "compact": '{"id":"evt_1","type":"order.paid","data":{"total":4200,"ok":true}}',
    "indented, with a newline at the end": '{\n  "type": "order.paid",\n  "total": 42.00\n}\n',
    "unicode and escapes": '{ "name":"Zoë \\u00e9 ☃ 𝄞", "path":"a\\/b", "html":"<&>", "big":12345678901234567890 }',
}
FORM_BODIES = {
    "plain": "MessageSid=SM1&From=%2B15005550006&MessageStatus=delivered",
    "empty, unicode, plus and space": "Body=Zo%C3%AB+%E2%98%83+1%2B1%3D2&Empty=&SmsSid=SM2&body=lower",
}
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass
class Provider:
    uncovered: tuple = ()  # what the scheme does not cover, so that hookctl refuses to tamper with it
    key_pair: bool = False  # receivers get the public part
    form: bool = False  # sends forms beside JSON


PROVIDERS = {
    "discord": Provider(key_pair=True),
    "github": Provider(uncovered=("timestamp",)),
    "gitlab": Provider(),
    "paypal": Provider(key_pair=True),
    "sendgrid": Provider(key_pair=True),
    "shopify": Provider(uncovered=("timestamp",)),
    "slack": Provider(form=True),
    "standard-webhooks": Provider(),
    "stripe": Provider(),
    "svix": Provider(),
    "twilio": Provider(uncovered=("timestamp",), form=True),
}


class Receiver:
    """A receiver program, and the SDKs in it."""

    def __init__(self, running, title, command, secrets, log):
        self.title = title
        process = subprocess.Popen(
            command, env={**os.environ, "NO_PROXY": "*"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log.open("wb")
        )
        running.enter_context(process)  # closes its standard input, which ends it, and waits
        process.stdin.write(json.dumps(secrets).encode() + b"\n")
        process.stdin.flush()
        ready = process.stdout.readline()
        if not ready:
            raise Failed(f"the {title} receiver for {', '.join(secrets)} did not start:\n{log.read_text()}")
        ready = json.loads(ready)
        self.url, self.verifies, self.signs = f"http://127.0.0.1:{ready['port']}", ready["verifies"], ready["signs"]

    def sign(self, provider, url, content_type, body):
        """The URL and all headers of a request that the SDK has signed."""
        wanted = json.dumps({"url": url, "content_type": content_type, "body": body}).encode()
        with urllib.request.urlopen(f"{self.url}/sign/{provider}", wanted, timeout=30) as answer:
            signed = json.load(answer)
        return signed["url"], {"Content-Type": content_type, **signed["headers"]}


class Suite:
    def __init__(self, binary, cache):
        self.hookctl, self.cache, self.tally = Hookctl(binary), Path(cache).resolve(), Tally()
        self.private, self.public, self.events = {}, {}, {}

    def learn(self, provider):
        """The development secret of a provider, what its receivers get, and its events."""
        shown = self.hookctl.run("providers", "show", provider, "--json").exited(0)
        events = shown.one("provider")["events"]
        shown.expect(events, "some events")
        private = public = self.hookctl.run("secret", provider).exited(0).stdout.strip()
        if PROVIDERS[provider].key_pair:
            public = self.hookctl.run("secret", provider, "--public").exited(0).stdout.strip()
        self.events[provider], self.public[provider] = events, public
        self.private[provider] = f"file:{self.hookctl.file(f'{provider}.secret', private.encode())}"

    def send_list_agrees(self, provider):
        run = self.hookctl.run("send", provider, "--list").exited(0)
        listed = [line.split()[0] for line in run.stdout.splitlines() if line.strip()]
        run.expect(sorted(listed) == sorted(self.events[provider]), f"these events, one a line: {self.events[provider]}")

    def start_receivers(self, running):
        """The receivers with all SDKs, and for PayPal a listener, whose inspector serves the certificate."""
        ours = {name: secret for name, secret in self.public.items() if name != "paypal"}
        receivers = [
            ("PyPI", [self.cache / "python/bin/python", HERE / "receiver.py"], ours),
            ("npm", ["node", self.cache / "node/receiver.mjs"], ours),
        ]
        if "paypal" in self.public:
            listening = self.hookctl.start(running, "listen", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--json")
            ui, paypal = urlsplit(listening["ui"]), json.loads(self.public["paypal"])
            paypal["certificates_at"] = f"{ui.scheme}://{ui.netloc}"
            paypal["ca_file"] = str(self.hookctl.file("paypal-ca.pem", paypal["ca_pem"].encode()))
            receivers.append(("PyPI", [self.cache / "python-paypal/bin/python", HERE / "receiver.py"], {"paypal": paypal}))
        for number, (title, command, secrets) in enumerate(receivers):
            yield Receiver(running, title, command, secrets, self.hookctl.folder / f"receiver-{number}.log")

    def add_checks(self, receiver):
        for name in receiver.verifies:
            provider = name.split("/")[0]
            group, url = f"{name}: {receiver.title} verifies", f"{receiver.url}/{name}"
            for event in self.events[provider]:
                self.tally.add(group, event, self.sent_is_accepted, provider, event, url)
                for tamper in TAMPERS:
                    self.tally.add(group, f"{event}, {tamper}", self.tampered_is_refused, provider, event, url, tamper)
        for provider in receiver.signs:
            kinds = {JSON: JSON_BODIES, **({FORM: FORM_BODIES} if PROVIDERS[provider].form else {})}
            for kind, bodies in kinds.items():
                for title, body in bodies.items():
                    group = f"{provider}: {receiver.title} signs"
                    self.tally.add(group, f"{kind}, {title}", self.signed_is_valid, receiver, provider, kind, title, body)

    def send(self, provider, event, url, *more):
        return self.hookctl.run("send", provider, event, "--to", url, "--secret", self.private[provider], *more, "--json")

    def sent_is_accepted(self, provider, event, url):
        run = self.send(provider, event, url)
        run.exited(0).expect(run.one("attempt")["status"] == 200, "status 200")

    def tampered_is_refused(self, provider, event, url, tamper):
        run = self.send(provider, event, url, "--tamper", tamper, "--expect", "400")
        if tamper in PROVIDERS[provider].uncovered:
            run.exited(2).expect(tamper in run.stdout + run.stderr, f"an error that says: no {tamper} to tamper with")
        else:
            run.exited(0).expect(run.one("attempt")["status"] == 400, "status 400")

    def signed_is_valid(self, receiver, provider, content_type, title, body):
        url, headers = receiver.sign(provider, f"https://hooks.example.com/{provider}", content_type, body)
        intact = body.encode()
        changed = intact[:-2] + bytes([intact[-2] ^ 1]) + intact[-1:]  # the last byte but one: the last may be a newline
        for content, code, verdict in [(intact, 0, "valid"), (changed, 1, "invalid")]:
            name = f"{provider}, signed by {receiver.title}, {title}, {verdict}"
            run = self.hookctl.verify(name, ("POST", url, headers, content), provider, [self.private[provider]])
            run.exited(code).expect(run.one("verification")["verdict"] == verdict, verdict)

    def run(self):
        for provider in PROVIDERS:
            self.tally.add("secret, providers show", provider, self.learn, provider)
        self.tally.run()
        for provider in self.events:
            self.tally.add("send --list", provider, self.send_list_agrees, provider)
        vectors.add_checks(self.tally, self.hookctl)
        with ExitStack() as running:
            try:
                for receiver in self.start_receivers(running):
                    self.add_checks(receiver)
            except Exception:
                self.tally.fail("receivers", "they start", traceback.format_exc())
            self.tally.run()
        return self.tally.close("interop")


if __name__ == "__main__":
    sys.exit(Suite(*sys.argv[1:]).run())
