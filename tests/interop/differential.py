"""hookctl's verdict against the SDKs', on requests that were changed at random.

For each provider: genuine requests of several events, ages and bodies, changed in one or two of the ways of mutations.py,
and judged by hookctl and by each of its SDKs. hookctl judges many of them in one process, from lines of JSON; so does an
SDK. Any difference that expectations.py does not name is a failure.

    HOOKCTL_INTEROP_CASES=10000     how many requests (200; of providers that are not everyday ones, a quarter)
    HOOKCTL_INTEROP_SEED=7          what the changes depend on (1)
"""

import base64
import json
import os
import random
import time

from expectations import is_expected
from hookctl import Failed
from mutations import MUTATIONS, Case

CASES = int(os.environ.get("HOOKCTL_INTEROP_CASES", "200"))
SEED = os.environ.get("HOOKCTL_INTEROP_SEED", "1")
SHOWN = 8  # of the differences of one SDK
ROUND = 100  # so many are made and judged before others are made, since they age meanwhile
AT_ONCE = 25  # how many hookctl judges in one process

# How old genuine requests are, in seconds: away from every limit, since the clock goes on while they are judged.
AGES = (0, 0, 0, 5, 45, 120, 240, 400, 800, 1_500, 4_000, 9_000, -120, -400, -90_000)

# Bodies that are nobody's events, signed all the same.
BODIES = ('{"a":1}', '{ "a" : "Zoë ☃ \\u00e9", "b": [1.0, 2e3, 12345678901234567890] }\n', "a=1&b=%C3%A9+%2B&a=2", "plain text", "{}", "\r\n")

# Of these nothing is compared.
LEFT_OUT = {
    "paypal": "its SDK fetches a certificate for each request",
    "paddle": "its window of 5 s is over before all are judged",
}


def add_checks(suite, receivers):
    for provider in suite.public:
        judges = [receiver for receiver in receivers if provider in receiver.verifies]
        if judges and provider not in LEFT_OUT:
            suite.tally.add("judged alike", provider, Comparison(suite, judges, provider).run)


class Comparison:
    """One provider: the same requests for hookctl and for each of its SDKs."""

    def __init__(self, suite, judges, provider):
        self.suite, self.judges, self.provider = suite, judges, provider
        self.random = random.Random(f"{SEED} {provider}")
        # The everyday providers in full; the others share most of what could be wrong.
        self.cases = CASES if provider in suite.everyday else CASES // 4

    def run(self):
        problems = [problem for start in range(0, self.cases, ROUND) for problem in self.round(min(ROUND, self.cases - start))]
        if problems:
            raise Failed(f"{len(problems)} of {self.cases} are judged differently:\n" + "\n".join(problems[:SHOWN]))

    def round(self, count):
        bases = list(self.bases())
        cases = [self.case(bases) for _ in range(count)]
        ours = self.hookctl_judges(cases)
        for judge in self.judges:
            theirs = judge.ask("judge", self.provider, [as_question(case) for case in cases])
            if True not in theirs:
                yield f"{judge.title}: it accepts none of them, so nothing is compared"
            yield from self.differences(judge.title, cases, ours, theirs)

    def differences(self, sdk, cases, ours, theirs):
        for case, our, their in zip(cases, ours, theirs):
            stricter = their is True
            if (our == "valid") != stricter and not is_expected(self.provider, sdk, case.labels + case.details, their, stricter):
                said = "accepts" if stricter else f"refuses ({their})"
                yield f"{'+'.join(case.labels)}: hookctl says {our}, {sdk} {said}\n{show(case)}"

    def bases(self):
        """Genuine requests."""
        events, now = self.suite.judged_events(self.provider), time.time()
        for number, age in enumerate(AGES):
            event = events[number % len(events)]
            yield from self.sent(f"age_{age}", event, "--timestamp", int(now - age))  # no second of the future
        for number, body in enumerate(BODIES):
            path = self.suite.hookctl.file(f"{self.provider}.body{number}", body.encode())
            yield from self.sent(f"own_body_{number}", events[0], "--data", path)

    def sent(self, label, event, *options):
        private = self.suite.private[self.provider]
        url = f"https://hooks.example.com/{self.provider}"
        run = self.suite.hookctl.run("send", self.provider, event, "--to", url, "--secret", private, *options, "--dry-run", "--json")
        if run.code != 0 and label.startswith("own_body"):
            return  # a scheme that signs fields cannot sign any body
        line = run.exited(0).one("request")
        body = base64.b64decode(line["body_base64"]) if "body_base64" in line else line.get("body", "").encode()
        yield Case(line["method"], line["url"], [tuple(pair) for pair in line["headers"]], body, [label])

    def case(self, bases):
        case = self.random.choice(bases).copy()
        for name in self.random.sample(list(MUTATIONS), self.random.choice([0, 1, 1, 1, 2])):
            MUTATIONS[name](self.random, case)
            case.labels.append(name)
        return case

    def hookctl_judges(self, cases):
        public = self.suite.hookctl.file(f"{self.provider}.public", self.suite.public[self.provider].encode())
        verdicts = []
        for start in range(0, len(cases), AT_ONCE):
            some = cases[start : start + AT_ONCE]
            path = self.suite.hookctl.file(f"{self.provider}.ndjson", "".join(f"{json.dumps(as_line(c))}\n" for c in some).encode())
            run = self.suite.hookctl.run("verify", path, "--provider", self.provider, "--secret", f"file:{public}", "--json")
            found = [o["verdict"] for o in map(json.loads, run.stdout.splitlines()) if o["kind"] == "verification"]
            run.expect(len(found) == len(some), f"{len(some)} verdicts")
            verdicts += found
        return verdicts


def as_line(case):
    body = base64.b64encode(case.body).decode()
    return {"kind": "request", "method": case.method, "url": case.url, "headers": case.headers, "body_base64": body}


def as_question(case):
    body = base64.b64encode(case.body).decode()
    return {"method": case.method, "url": case.url, "headers": case.headers, "body": body}


def show(case):
    head = "".join(f"    {name}: {value}\n" for name, value in case.headers)
    return f"    {case.method} {case.url}\n{head}    {case.body[:200]!r}"
