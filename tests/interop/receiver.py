"""The providers' Python SDKs behind one HTTP server: what they accept, what they sign.

    POST /<provider>[/<variant>]    200 if the SDK says the request is genuine, 400 with its reason if it refuses
    POST /sign/<provider>           {"url", "content_type", "body"} -> {"url", "content_type", "headers", "body"}, signed by the SDK
    POST /judge/<provider>          [{"method", "url", "headers", "body"}] (bodies in base64) -> [true or the reason], in order

The first line of standard input is a JSON object, provider -> what its receivers are given (a secret, a public key). The
first line of standard output is JSON too: the port, what can be verified, and what can be signed with which bodies. It
runs until standard input ends. The SDKs are in python/.
"""

import base64
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from python.adapter import SIGNERS, VERIFIERS, Request, Signed


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        url = f"http://{headers['host']}{self.path}"
        task, _, name = urlsplit(self.path).path.strip("/").partition("/")
        if task == "sign":
            status, answer = 200, self.sign(name, json.loads(body))
        elif task == "judge":
            status, answer = 200, [self.verify(name, asked(given)) for given in json.loads(body)]
        else:
            answer = self.verify(urlsplit(self.path).path.strip("/"), Request(self.command, url, headers, body))
            status = 200 if answer is True else 400
        self.answer(status, json.dumps(answer).encode())

    def verify(self, name, request):
        try:
            valid = VERIFIERS[name](self.server.secrets[name.split("/")[0]], request)
            return True if valid else "refused"
        # Whatever an SDK raises is its way to refuse. That the SDK itself works is known from the requests it accepts.
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    def sign(self, name, wanted):
        request = Request("POST", wanted["url"], {"content-type": wanted["content_type"]}, wanted["body"].encode())
        signed = SIGNERS[name][1](self.server.secrets[name], request)
        signed = signed if isinstance(signed, Signed) else Signed(signed)
        return {**wanted, **{key: value for key, value in vars(signed).items() if value is not None}}

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass

    do_GET = do_POST = do_PUT = do_HEAD = handle_request


def asked(given):
    headers = {"host": urlsplit(given["url"]).netloc}
    for name, value in given["headers"]:  # of a header that comes twice, a server of WSGI makes one
        headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
    return Request(given["method"], given["url"], headers, base64.b64decode(given["body"]))


def main():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.secrets = json.loads(sys.stdin.readline())
    ready = {
        "port": server.server_port,
        "verifies": sorted(name for name in VERIFIERS if name.split("/")[0] in server.secrets),
        "signs": {name: bodies for name, (bodies, _) in sorted(SIGNERS.items()) if name in server.secrets},
    }
    print(json.dumps(ready), flush=True)
    sys.stdout = sys.stderr  # some SDKs print why they refuse
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
