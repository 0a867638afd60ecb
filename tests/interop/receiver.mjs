// The providers' npm SDKs behind one HTTP server: what they accept, what they sign. It speaks as receiver.py does.
//
// The SDKs are in node/: objects of verifiers and signers by the provider's name (`acme/v2` for a variant). A verifier is
// given the secret and {method, url, headers, body, text, form, query, raw}; it answers true or false, or throws the SDK's
// own error. A signer is given the secret and {url, content_type, body}; it answers what is to replace of them, and the
// signed headers. An SDK is imported in the function that calls it: most take a while.

import http from "node:http";
import { parse } from "node:querystring";
import { createInterface } from "node:readline";

const fields = await Promise.all(
  ["commerce", "developers", "email", "media", "messaging", "payments", "standard"].map((field) => import(`./node/${field}.mjs`)),
);
const verifiers = Object.assign({}, ...fields.map((field) => field.verifiers));
const signers = Object.assign({}, ...fields.map((field) => field.signers));
// What a signer is given to sign, where that is not JSON.
const bodies = { twilio: "json and form", braintree: "own" };

function given(method, url, headers, body, raw) {
  const text = body.toString();
  const query = Object.fromEntries(new URL(url).searchParams);
  return { method, url, headers, body, text, query, form: { ...parse(text) }, raw };
}

async function verify(secrets, name, request) {
  try {
    return (await verifiers[name](secrets[name.split("/")[0]], request)) ? true : "refused";
  } catch (error) {
    // Whatever an SDK throws is its way to refuse. That the SDK itself works is known from the requests it accepts.
    return `${error?.name}: ${error?.message}`;
  }
}

async function handle(secrets, request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const name = request.url.split("?")[0].slice(1);
  const [task, ...rest] = name.split("/");

  if (task === "sign") {
    const [provider, wanted] = [rest.join("/"), JSON.parse(body)];
    return [200, { ...wanted, ...(await signers[provider](secrets[provider], wanted)) }];
  }
  if (task === "judge") {
    const answers = [];
    for (const { method, url, headers, body: encoded } of JSON.parse(body)) {
      const content = Buffer.from(encoded, "base64");
      const all = together([["Host", new URL(url).host], ...headers]);
      const arrived = { request: { method, url, headers: all }, response: {} };
      answers.push(await verify(secrets, rest.join("/"), given(method, url, all, content, arrived)));
    }
    return [200, answers];
  }
  const url = `http://${request.headers.host}${request.url}`;
  const answer = await verify(secrets, name, given(request.method, url, request.headers, body, { request, response }));
  return [answer === true ? 200 : 400, answer];
}

// Headers as Node gives them: names in lower case, of several with one name one.
function together(pairs) {
  const headers = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
  }
  return headers;
}

function serve(secrets) {
  const known = (table) => Object.keys(table).filter((name) => name.split("/")[0] in secrets);
  const server = http.createServer(async (request, response) => {
    const [status, answer] = await handle(secrets, request, response).catch((error) => [500, { error: error.stack }]);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1", () => {
    const signs = Object.fromEntries(known(signers).map((name) => [name, bodies[name] ?? "json"]));
    process.stdout.write(`${JSON.stringify({ port: server.address().port, verifies: known(verifiers), signs })}\n`);
    console.log = console.debug = console.error; // some SDKs print why they refuse
  });
}

const input = createInterface({ input: process.stdin });
input.once("line", (line) => serve(JSON.parse(line)));
input.once("close", () => process.exit());
