// Bodies read and written again as Node programs do it: a JSON list of [body, style] on standard input, bodies and results in
// base64; a list of results on standard output.

import { gzipSync } from "node:zlib";
import querystring from "node:querystring";

const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : value && typeof value === "object"
      ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
      : value;

const STYLES = {
  stringify: (body) => JSON.stringify(JSON.parse(body)),
  "stringify, two spaces": (body) => JSON.stringify(JSON.parse(body), null, 2),
  "stringify, tabs": (body) => JSON.stringify(JSON.parse(body), null, "\t"),
  "stringify, sorted": (body) => JSON.stringify(sorted(JSON.parse(body))),
  // A body parser, and a handler that makes a body of what it got.
  "the text in an envelope": (body) => JSON.stringify({ requestId: "r-1", body: body.toString() }),
  "a stream that was read as latin1": (body) => Buffer.from(body.toString("latin1"), "utf8"),
  "trimmed": (body) => body.toString().trim(),
  "a template with a newline": (body) => `${body}\n`,
  "lines of Windows": (body) => body.toString().replace(/\n/g, "\r\n"),
  "normalised to NFD": (body) => body.toString().normalize("NFD"),
  "gzipSync": (body) => gzipSync(body),
  "toString('base64')": (body) => body.toString("base64"),
  "querystring": (body) => querystring.stringify(querystring.parse(body.toString())),
  "URLSearchParams": (body) => new URLSearchParams(body.toString()).toString(),
  "a form as JSON": (body) => JSON.stringify(Object.fromEntries(new URLSearchParams(body.toString()))),
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const results = JSON.parse(input).map(([body, style]) =>
  Buffer.from(STYLES[style](Buffer.from(body, "base64"))).toString("base64"),
);
process.stdout.write(JSON.stringify(results));
