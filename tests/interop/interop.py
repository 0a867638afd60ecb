"""hookctl against the providers' own SDKs, both ways, and against the vectors.

    interop.py HOOKCTL CACHE [PROVIDER]...      CACHE is where run.sh has installed the SDKs

- What `hookctl send` sends is accepted by every SDK, for every event; and refused, once hookctl has tampered with it.
- What an SDK signs, `hookctl verify` calls valid; and not valid, once a byte of the body has changed.
- What `hookctl send` makes is what the providers' schemas describe (payloads.py), and what others read (readers.py).
- On requests that were changed at random, hookctl and the SDKs agree (differential.py).

The SDKs run in receiver.py and receiver.mjs, which stay for the whole run. Which providers they can verify and sign, they
say themselves: an adapter in python/ or node/ is all that a provider needs.
"""

import json
import os
import subprocess
import sys
import traceback
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import differential
import payloads
import readers
import vectors
from hookctl import Failed, Hookctl, Tally
from providers import FIXTURES, uncovered

HERE = Path(__file__).resolve().parent
TAMPERS = ("body", "signature", "timestamp", "header", "secret")

# How many events of a provider are broken in every way: of these up to so many, of others one. All are sent whole.
EVERYDAY = {
    "discord": 10, "github": 10, "gitlab": 10, "paypal": 10, "sendgrid": 10, "shopify": 10, "slack": 15, "stripe": 10, "twilio": 15,
}  # fmt: skip

SNS_CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"

# What an SDK cannot judge.
NOT_JUDGED = {
    "vonage": ("sms.received",),  # signed by another scheme, of which no library of both languages knows
    "aws-sns": ("UnsubscribeConfirmation",),  # the SDK takes the keys of a notification, against AWS's documentation
}

# A variant covers less than the provider's schemes together.
LESS = {"plivo/v2": ("body",)}

# What hookctl is asked to verify. The bodies are such that parsing and printing them again would change them.
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BODIES = {
    JSON: {
        "compact": '{"id":"evt_1","type":"order.paid","data":{"total":4200,"ok":true}}',
        "indented, with a newline at the end": '{\n  "type": "order.paid",\n  "total": 42.00\n}\n',
        "unicode and escapes": '{ "name":"Zoë \\u00e9 ☃ 𝄞", "path":"a\\/b", "html":"<&>", "big":12345678901234567890 }',
    },
    FORM: {
        "plain": "MessageSid=SM1&From=%2B15005550006&MessageStatus=delivered",
        "empty, unicode, plus and space": "Body=Zo%C3%AB+%E2%98%83+1%2B1%3D2&Empty=&SmsSid=SM2&body=lower",
    },
}
# What a signer asks for, by its own word.
GIVEN = {"json": {JSON: BODIES[JSON]}, "json and form": BODIES, "own": {JSON: {"of its own": ""}}}


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
            raise Failed(f"the {title} receiver did not start:\n{log.read_text()}")
        ready = json.loads(ready)
        self.url, self.verifies, self.signs = f"http://127.0.0.1:{ready['port']}", ready["verifies"], ready["signs"]
        nothing = {"method": "POST", "url": "http://localhost/", "headers": [], "body": ""}
        for name in self.verifies:  # so that its SDK is loaded before anybody waits for an answer
            self.ask("judge", name, [nothing])

    def ask(self, task, provider, question):
        """`sign`: the request as the SDK has signed it. `judge`: for each request true, or why it was refused."""
        with urllib.request.urlopen(f"{self.url}/{task}/{provider}", json.dumps(question).encode(), timeout=120) as answer:
            return json.load(answer)


class Suite:
    everyday = EVERYDAY

    def __init__(self, binary, cache, *providers):
        self.hookctl, self.cache, self.tally = Hookctl(binary), Path(cache).resolve(), Tally()
        self.providers = providers or sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())
        self.private, self.public, self.events = {}, {}, {}

    def learn(self, provider):
        """The development secret of a provider, what its receivers get, and its events."""
        shown = self.hookctl.run("providers", "show", provider, "--json").exited(0)
        about = shown.one("provider")
        shown.expect(about["events"], "some events")
        self.events[provider] = about["events"]
        if about["secret"]:
            private = self.hookctl.run("secret", provider).exited(0).stdout.strip()
            if provider == "aws-sns":  # whose SDK wants the certificate from its own domain
                private = json.dumps({**json.loads(private), "certificate_url": SNS_CERTIFICATE})
            self.public[provider] = self.hookctl.run("secret", provider, "--public").exited(0).stdout.strip()
            self.private[provider] = f"file:{self.hookctl.file(f'{provider}.secret', private.encode())}"

    def judged_events(self, provider):
        return [event for event in self.events[provider] if event not in NOT_JUDGED.get(provider, ())]

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
            provider = name.partition("/")[0]
            group, url, events = f"{name}: {receiver.title} verifies", f"{receiver.url}/{name}", self.judged_events(provider)
            broken = events[:: -(-len(events) // EVERYDAY.get(provider, 1))]
            for event in events:
                self.tally.add(group, event, self.sent_is_accepted, provider, event, url)
                for tamper in [t for t in TAMPERS if event in broken and t not in LESS.get(name, ())]:
                    self.tally.add(group, f"{event}, {tamper}", self.tampered_is_refused, provider, event, url, tamper)
        for provider, given in receiver.signs.items():
            for kind, bodies in GIVEN[given].items():
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
        if tamper in uncovered(provider):
            run.exited(2).expect(tamper in run.stdout + run.stderr, f"an error that says: no {tamper} to tamper with")
        else:
            run.exited(0).expect(run.one("attempt")["status"] == 400, "status 400")

    def signed_is_valid(self, receiver, provider, content_type, title, body):
        wanted = {"url": f"https://hooks.example.com/{provider}", "content_type": content_type, "body": body}
        signed = receiver.ask("sign", provider, wanted)
        headers, intact = {"Content-Type": signed["content_type"], **signed["headers"]}, signed["body"].encode()
        changed = intact[:-2] + bytes([intact[-2] ^ 1]) + intact[-1:]  # the last byte but one: the last may be a newline
        for content, code, verdict in [(intact, 0, "valid"), (changed, 1, "invalid")]:
            name = f"{provider}, signed by {receiver.title}, {title}, {verdict}"
            run = self.hookctl.verify(name, ("POST", signed["url"], headers, content), provider, [self.private[provider]])
            run.exited(code).expect(run.one("verification")["verdict"] == verdict, verdict)

    def run(self):
        for provider in self.providers:
            self.tally.add("secret, providers show", provider, self.learn, provider)
        self.tally.run()
        for provider in self.events:
            self.tally.add("send --list", provider, self.send_list_agrees, provider)
        vectors.add_checks(self.tally, self.hookctl, self.providers)
        payloads.add_checks(self)
        readers.add_checks(self)
        with ExitStack() as running:
            try:
                receivers = list(self.start_receivers(running))
                for receiver in receivers:
                    self.add_checks(receiver)
                differential.add_checks(self, receivers)
            except Exception:
                self.tally.fail("receivers", "they start", traceback.format_exc())
            self.tally.run()
        return self.tally.close("interop")


if __name__ == "__main__":
    sys.exit(Suite(*sys.argv[1:]).run())
