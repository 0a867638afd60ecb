"""What hookctl writes for others, read by others: JUnit, CSV and HTML by Python's own parsers, histograms by the hdrhistogram
package, jobs by Kubernetes' schema.

    python load.py HOOKCTL
"""

import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import kubernetes_validate
import yaml
from hdrh.histogram import HdrHistogram

HOOKCTL = sys.argv[1]
EVIL = "\"'><script>alert(1)</script>]]>&amp;`|\n# \u0001\u202e"
VOID = {"meta", "br", "img", "link", "input"}


def hookctl(*arguments, home, code=0):
    environment = {"PATH": os.environ["PATH"], "HOME": home}
    done = subprocess.run([HOOKCTL, *arguments], env=environment, cwd=home, capture_output=True, text=True)
    assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stderr}"
    return done.stdout


class Page(HTMLParser):
    """A page whose elements are closed, and which refers to nothing elsewhere."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.text = [], []

    def handle_starttag(self, tag, attributes):
        assert tag not in {"script", "iframe", "object", "img", "link", "a"}, tag
        for name, value in attributes:
            assert not name.startswith("on") and name not in {"src", "href"}, name
            assert "url(" not in (value or ""), value
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


def check_forms(report, folder, home):
    """Every form of a report says the same."""
    files = {end: os.path.join(folder, f"out.{end}") for end in ("html", "xml", "csv", "hgrm", "md")}
    saved = os.path.join(folder, "saved.json")
    with open(saved, "w", encoding="utf-8") as file:
        json.dump(report, file)
    flags = [flag for path in files.values() for flag in ("--report", path)]
    hookctl("load", "report", saved, *flags, home=home, code=0 if all(a["pass"] for a in report["asserts"]) else 1)
    text = {end: open(path, encoding="utf-8", newline="").read() for end, path in files.items()}

    page = Page()
    page.feed(text["html"])
    assert not page.open, page.open

    suites = ElementTree.fromstring(text["xml"])
    suite = suites.find("testsuite")
    cases = suite.findall("testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert int(suite.get("tests")) == len(cases) and int(suite.get("failures")) == len(failed)
    assert len(failed) == sum(not one["pass"] for one in report["asserts"])
    properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert int(properties["requests"]) == report["requests"]

    rows = list(csv.DictReader(io.StringIO(text["csv"])))
    assert sum(int(row["answers"]) for row in rows) == sum(report["statuses"].values())
    assert all(None not in row and None not in row.values() for row in rows)

    values = [line.split() for line in text["hgrm"].splitlines()[2:] if line and not line.startswith("#")]
    assert int(values[-1][2]) == sum(report["statuses"].values())


def main():
    with tempfile.TemporaryDirectory() as home:
        listener = subprocess.Popen(
            [HOOKCTL, "listen", "--bind", "127.0.0.1:0", "--no-ui", "--store", ":memory:", "--json"],
            env={"PATH": os.environ["PATH"], "HOME": home}, stdout=subprocess.PIPE, text=True)
        try:
            address = json.loads(listener.stdout.readline())["address"]
            flags = ["--requests", "300", "--concurrency", "3", "--event", "*.created", "--assert", "error_rate < 1%", "--json"]
            report = json.loads(hookctl("load", f"{address}/webhooks/stripe", *flags, home=home).splitlines()[-1])
        finally:
            listener.terminate()
        check_forms(report, home, home)

        histogram = HdrHistogram.decode(report["histogram"])
        assert histogram.get_total_count() == report["requests"]
        for name, percentile in (("p50", 50), ("p90", 90), ("p99", 99), ("p999", 99.9)):
            theirs = histogram.get_value_at_percentile(percentile) / 1e6
            assert abs(theirs - report["latency_ms"][name]) <= 0.002 * theirs, (name, theirs, report["latency_ms"])

        report["target"] = report["version"] = report["started_at"] = EVIL
        report["asserts"].append({"expr": EVIL, "actual": None, "pass": False, "detail": EVIL, "implied": False})
        report["warnings"] = [EVIL]
        for event in report["by_event"]:
            event["provider"] = event["event_type"] = EVIL
        check_forms(report, home, home)

        plans = (["--rate", "4000/s"], ["--concurrency", "9", "--set", "a=$(HOME): 'x'\n- y"], ["--stage", "0..9/s:1m", "--pods", "40"])
        for plan in plans:
            plan = [*plan, "--allow-remote", "--assert", "p99 < 250ms", "--emit", "kubernetes"]
            manifest = hookctl("load", "http://app.example/webhooks/stripe", *plan, home=home)
            documents = list(yaml.safe_load_all(manifest))
            assert [one["kind"] for one in documents] == ["PersistentVolumeClaim", "Job", "Job"]
            for document in documents:
                for version in ("1.31", "1.34"):
                    kubernetes_validate.validate(document, version, strict=True)
    print("load: passed")


main()
