"""Ways to change a signed request: some leave it genuine, most do not, and of some it is a question.

Each takes the generator and a request, and changes it. Its name is the label under which expectations.py speaks of it.
"""

import json
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

# Headers that carry no proof anywhere, and that a server looks at itself.
PLAIN = ("host", "content-length", "content-type", "user-agent", "accept", "connection", "accept-encoding")


@dataclass
class Case:
    """A request, and what was done to it."""

    method: str
    url: str
    headers: list  # of (name, value)
    body: bytes
    labels: list = field(default_factory=list)
    details: list = field(default_factory=list)  # which header was changed, and to what

    def copy(self):
        return replace(self, headers=list(self.headers), labels=list(self.labels), details=list(self.details))


MUTATIONS = {}


def mutation(function):
    MUTATIONS[function.__name__] = function
    return function


def proof(random, case):
    """The place of a header that may carry proof."""
    places = [at for at, (name, _) in enumerate(case.headers) if name.lower() not in PLAIN]
    return random.choice(places) if places else None


def change_value(random, case, change):
    at = proof(random, case)
    if at is not None:
        name, value = case.headers[at]
        case.headers[at] = (name, change(value))
        case.details.append(f"{name.lower()}: {case.headers[at][1]}")


# Headers as such.


@mutation
def header_order(random, case):
    random.shuffle(case.headers)


@mutation
def header_case(random, case):
    change = random.choice([str.lower, str.upper, str.title])
    case.headers = [(change(name), value) for name, value in case.headers]


@mutation
def header_added(random, case):
    case.headers.insert(random.randrange(len(case.headers) + 1), ("X-Unrelated", "t=1,v1=00"))


@mutation
def header_dropped(random, case):
    at = proof(random, case)
    if at is not None:
        del case.headers[at]


@mutation
def header_twice(random, case):
    at = proof(random, case)
    if at is not None:
        case.headers.insert(random.choice([0, len(case.headers)]), case.headers[at])


@mutation
def header_twice_wrong(random, case):
    at = proof(random, case)
    if at is not None:
        name, value = case.headers[at]
        case.headers.insert(random.choice([0, at + 1]), (name, flipped(random, value)))


@mutation
def header_empty(random, case):
    change_value(random, case, lambda _: "")


# The text of a value.


@mutation
def value_flipped(random, case):
    change_value(random, case, lambda value: flipped(random, value))


@mutation
def value_cut(random, case):
    change_value(random, case, lambda value: value[: random.randrange(len(value) + 1)])


@mutation
def value_longer(random, case):
    change_value(random, case, lambda value: value + random.choice(["0", "=", ",", "a", ",v1=", " 0"]))


@mutation
def value_upper(random, case):
    change_value(random, case, str.upper)


@mutation
def value_spaced(random, case):
    change_value(random, case, lambda value: value.replace(random.choice([",", "=", ";", ":"]), random.choice([", ", " ,", "= "]), 1))


@mutation
def value_reordered(random, case):
    def reorder(value):
        separator = "," if "," in value else " "
        parts = value.split(separator)
        random.shuffle(parts)
        return separator.join(parts)

    change_value(random, case, reorder)


@mutation
def value_without_prefix(random, case):
    change_value(random, case, lambda value: value.split(random.choice(["=", ",", " "]), 1)[-1])


@mutation
def value_of_other_version(random, case):
    change_value(random, case, lambda value: value.replace("v1", "v9").replace("v0", "v9").replace("sha256=", "sha512=").replace("h1=", "h9="))


@mutation
def value_unpadded(random, case):
    change_value(random, case, lambda value: value.rstrip("="))


@mutation
def value_of_url_alphabet(random, case):
    change_value(random, case, lambda value: value.replace("+", "-").replace("/", "_"))


@mutation
def value_number_rewritten(random, case):
    """A number as others would write the same one."""
    rewrite = random.choice([lambda d: f"0{d}", lambda d: f"{d}.0", lambda d: f"+{d}", lambda d: f"{d}000"])
    change_value(random, case, lambda value: rewrite(value) if value.isdigit() else value)


@mutation
def value_number_moved(random, case):
    step = random.choice([-86_400_000, -301, -1, 1, 86_400])
    change_value(random, case, lambda value: str(int(value) + step) if value.isdigit() else flipped(random, value))


# The body.


@mutation
def body_flipped(random, case):
    if case.body:
        at = random.randrange(len(case.body))
        case.body = case.body[:at] + bytes([case.body[at] ^ 1 << random.randrange(7)]) + case.body[at + 1 :]


@mutation
def body_cut(random, case):
    case.body = case.body[: random.randrange(len(case.body) + 1)]


@mutation
def body_empty(random, case):
    case.body = b""


@mutation
def body_newline(random, case):
    case.body = case.body[:-1] if case.body.endswith(b"\n") else case.body + random.choice([b"\n", b"\r\n", b" "])


@mutation
def body_bom(random, case):
    case.body = b"\xef\xbb\xbf" + case.body


@mutation
def body_printed_again(random, case):
    try:
        content = json.loads(case.body)
    except ValueError:
        return
    separators, ascii = random.choice([(",", ":"), (", ", ": ")]), random.choice([True, False])
    case.body = json.dumps(content, separators=separators, ensure_ascii=ascii, sort_keys=random.choice([True, False])).encode()


# The request line.


@mutation
def url_query_added(random, case):
    added = random.choice(["a=1", "a", "data.id=1", "z=%C3%A9"])
    case.url += ("&" if "?" in case.url else "?") + added
    case.details.append(f"query: {added}")


@mutation
def url_path_changed(random, case):
    url = urlsplit(case.url)
    case.url = url._replace(path=random.choice([url.path + "/", url.path.upper(), url.path + "x", "/"])).geturl()


@mutation
def method_changed(random, case):
    case.method = random.choice(["PUT", "PATCH", "DELETE"])


def flipped(random, value):
    """Another letter for a letter, another digit for a digit."""
    places = [at for at, c in enumerate(value) if c.isalnum() and c.isascii()]
    if not places:
        return value
    at = random.choice(places)
    return value[:at] + ("0" if value[at] != "0" else "1") + value[at + 1 :]
