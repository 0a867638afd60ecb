"""Runs the hookctl binary in a sandbox, and keeps the tally of checks."""

import json
import os
import shlex
import subprocess
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

COMMAND_TIMEOUT = 60  # seconds; a command takes a fraction of one


class Failed(Exception):
    """A check that did not hold: what was expected, and the run that shows otherwise."""


class Run:
    """A finished command."""

    def __init__(self, command, code, stdout, stderr):
        self.command, self.code, self.stdout, self.stderr = command, code, stdout, stderr

    def __str__(self):
        return f"$ {shlex.join(self.command)}\nexit code: {self.code}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"

    def expect(self, holds, what):
        if not holds:
            raise Failed(f"expected: {what}\n{self}")

    def exited(self, code):
        self.expect(self.code == code, f"exit code {code}")
        return self

    def one(self, kind):
        """The one JSON object of this kind on standard output."""
        try:
            objects = [json.loads(line) for line in self.stdout.splitlines()]
        except ValueError:
            objects = []
        objects = [o for o in objects if isinstance(o, dict) and o.get("kind") == kind]
        self.expect(len(objects) == 1, f"one JSON object of kind {kind!r}")
        return objects[0]


class Hookctl:
    """The binary, with a home, data folder and store of its own."""

    def __init__(self, binary):
        self.binary = str(Path(binary).resolve())
        self._folder = tempfile.TemporaryDirectory(prefix="hookctl-interop-")
        self.folder = Path(self._folder.name)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "TZ": "UTC",
            "NO_COLOR": "1",
        }

    def command(self, *arguments):
        return [self.binary, "--store", str(self.folder / "hookctl.db"), *map(str, arguments)]

    def run(self, *arguments):
        command = self.command(*arguments)
        try:
            done = subprocess.run(
                command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT
            )
        except subprocess.TimeoutExpired as late:
            return Run(command, f"none within {COMMAND_TIMEOUT} s", *(text_of(part or b"") for part in (late.stdout, late.stderr)))
        return Run(command, done.returncode, text_of(done.stdout), text_of(done.stderr))

    def start(self, running, *arguments):
        """Starts a command that goes on until the stack `running` ends; its first JSON line."""
        process = subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        running.enter_context(process)
        running.callback(process.terminate)
        line = process.stdout.readline()
        if not line:
            raise Failed(f"$ {shlex.join(process.args)}\nprinted nothing and exited with {process.wait()}")
        return json.loads(line)

    def file(self, name, content):
        """A file in the sandbox; its path."""
        path = self.folder / name.replace("/", "-")
        path.write_bytes(content)
        return path

    def verify(self, name, request, provider, secrets, *more):
        """`hookctl verify` of a request, given as (method, url, headers, body)."""
        path = self.file(f"{name}.http", raw_http(*request))
        options = [option for secret in secrets for option in ("--secret", secret)]
        return self.run("verify", path, "--provider", provider, *options, "--url", request[1], *more, "--json")


def text_of(output):
    return output.decode(errors="replace")


def raw_http(method, url, headers, body):
    """The request as it is on the wire, with the Host and Content-Length that it needs."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{name}: {value}" for name, value in headers.items())]
    if not any(name.lower() == "content-length" for name in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Tally:
    """Runs checks, as many at a time as there are cores; prints those that fail, and a line a group."""

    def __init__(self):
        self.checks, self.passed, self.failed = [], 0, 0

    def add(self, group, name, check, *arguments):
        self.checks.append((group, name, check, arguments))

    def fail(self, group, name, failure):
        print(f"--- FAILED {group}: {name}\n{failure}\n", flush=True)
        self.failed += 1

    def run(self):
        groups = {}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (group, name, _, _), failure in zip(self.checks, pool.map(self._one, self.checks)):
                groups.setdefault(group, []).append(failure is None)
                if failure:
                    self.fail(group, name, failure)
        for group, passed in groups.items():
            self.passed += sum(passed)
            print(f"{group:<34} {sum(passed):>4} passed" + ("" if all(passed) else f", {passed.count(False)} failed"))
        self.checks = []

    @staticmethod
    def _one(entry):
        _, _, check, arguments = entry
        try:
            check(*arguments)
        except Failed as failure:
            return str(failure)
        except Exception:
            return traceback.format_exc()
        return None

    def close(self, title):
        """The last line, and the exit code: nothing checked is a failure, too."""
        print(f"{title}: {self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.passed and not self.failed else 1
