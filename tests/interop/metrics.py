"""What `/metrics` says, read by the parser of the Prometheus project.

    metrics.py HOOKCTL

Last line: metrics: N passed, N failed
"""

import sys
import urllib.request
from contextlib import ExitStack

from hookctl import Failed, Hookctl, Tally
from prometheus_client.parser import text_string_to_metric_families

EVENTS = ("invoice.paid", "charge.refunded", "payment_intent.succeeded")


class Suite:
    def __init__(self, binary):
        self.hookctl, self.tally = Hookctl(binary), Tally()

    def scrape(self, ui):
        with urllib.request.urlopen(f"{ui}/metrics", timeout=30) as answer:
            kind, text = answer.headers["Content-Type"], answer.read().decode()
        if kind != "text/plain; version=0.0.4; charset=utf-8":
            raise Failed(f"the media type is {kind}")
        return {family.name: family for family in text_string_to_metric_families(text)}

    def send(self, listening):
        for event in EVENTS:
            self.hookctl.run("send", "stripe", event, "--to", listening["address"] + "/webhooks/stripe").exited(0)

    def families(self, families):
        kinds = {
            "hookctl_deliveries": "counter",
            "hookctl_delivery_size_bytes": "histogram",
            "hookctl_delivery_duration_seconds": "histogram",
            "hookctl_store_commit_seconds": "histogram",
            "hookctl_store_queue": "gauge",
            "hookctl_forward_attempts": "counter",
        }
        for name, kind in kinds.items():
            found = families.get(name)
            if found is None or found.type != kind or not found.documentation:
                raise Failed(f"{name} should be a {kind} with a help text: {found}")

    def deliveries(self, families):
        counted = {tuple(sorted(s.labels.items())): s.value for s in families["hookctl_deliveries"].samples}
        expected = {
            (("event_type", event), ("provider", "stripe"), ("status", "200"), ("verdict", "valid")): 1.0 for event in EVENTS
        }
        if counted != expected:
            raise Failed(f"{counted} should be {expected}")

    def histograms(self, families):
        for family in families.values():
            if family.type != "histogram":
                continue
            series = {}
            for sample in family.samples:
                labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
                series.setdefault(labels, []).append(sample)
            for labels, samples in series.items():
                buckets = [(float(s.labels["le"]), s.value) for s in samples if s.name.endswith("_bucket")]
                count = next(s.value for s in samples if s.name.endswith("_count"))
                values = [value for _, value in buckets]
                if buckets != sorted(buckets) or values != sorted(values) or buckets[-1] != (float("inf"), count):
                    raise Failed(f"{family.name}{labels} is no histogram: {buckets}, {count}")

    def run(self):
        with ExitStack() as running:
            listening = self.hookctl.start(running, "listen", "--bind", "127.0.0.1:0", "--ui", "127.0.0.1:0", "--json")
            self.send(listening)
            families = self.scrape(listening["ui"])
            for check in (self.families, self.deliveries, self.histograms):
                self.tally.add("metrics", check.__name__, check, families)
            self.tally.run()
        return self.tally.close("metrics")


if __name__ == "__main__":
    sys.exit(Suite(*sys.argv[1:]).run())
