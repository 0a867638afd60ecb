// What hookctl writes for k6, run by Node with stand-ins for k6's modules: every request that the script makes goes to a
// listener that verifies it.
//
//     node k6.mjs HOOKCTL
import { createHmac } from 'node:crypto';
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const hookctl = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'hookctl-k6-'));
const env = { PATH: process.env.PATH, HOME: folder };

// k6's modules, as far as the script uses them. Requests are kept, and answered as the test says.
const stand = (globalThis.stand = { made: [], number: 0, status: () => 200, counts: {} });
stand.hmac = (algorithm, key, data, encoding) =>
  createHmac(algorithm, typeof key === 'string' ? key : Buffer.from(key)).update(data).digest({ hex: 'hex', base64: 'base64', base64rawurl: 'base64url' }[encoding]);
stand.b64decode = (text, form, as) => {
  const bytes = Buffer.from(text, form === 'std' ? 'base64' : 'base64url');
  return as === 's' ? bytes.toString() : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
};
const modules = {
  'k6/http': `export default { request: (method, url, body, params) => { const made = { method, url, body, params }; stand.made.push(made); return { status: stand.status(made) }; } };`,
  'k6/crypto': 'export default { hmac: stand.hmac };',
  'k6/encoding': "export default { b64decode: stand.b64decode, b64encode: (text, form) => Buffer.from(text).toString(form === 'std' ? 'base64' : 'base64url') };",
  'k6/execution': 'export default { scenario: { get iterationInTest() { return stand.number; } } };',
  'k6/metrics': 'class Metric { constructor(name) { this.name = name; stand.counts[name] ??= 0; } add(value) { stand.counts[this.name] += Number(value); } }\nexport { Metric as Counter, Metric as Rate };',
};

async function script(url, flags, secrets) {
  let text = execFileSync(hookctl, ['load', url, '--emit', 'k6', ...flags], { env: { ...env, ...secrets }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  for (const [name, source] of Object.entries(modules)) {
    text = text.replace(`from '${name}'`, `from 'data:text/javascript;base64,${Buffer.from(source).toString('base64')}'`);
  }
  const file = join(folder, `script-${Math.random().toString(36).slice(2)}.mjs`);
  writeFileSync(file, text);
  globalThis.__ENV = secrets;
  stand.made = [];
  stand.counts = {};
  return import(pathToFileURL(file).href);
}

function check(holds, what) {
  if (!holds) {
    throw new Error(what);
  }
}

async function listening(secrets) {
  const child = spawn(hookctl, ['listen', '--bind', '127.0.0.1:0', '--no-ui', '--store', ':memory:', '--require-signature', '--json'], { env: { ...env, ...secrets }, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = JSON.parse((await lines.next()).value);
  return { child, address: first.address };
}

let passed = 0;
const secrets = { stripe: 'whsec_k6', github: 'it is a secret', shopify: 'hush', svix: `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`, slack: '0123456789abcdef0123456789abcdef' };
const variables = Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [`HOOKCTL_${name.toUpperCase()}_SECRET`, secret]));
const { child, address } = await listening(variables);
try {
  for (const provider of Object.keys(secrets)) {
    const { default: iteration, options } = await script(`${address}/webhooks/${provider}`, ['--rate', '500/s', '--duration', '30s', '--invalid', '10%', '--assert', 'p99 < 250ms', '--assert', 'status(5xx) == 0'], variables);
    check(options.scenarios.load.executor === 'constant-arrival-rate' && options.scenarios.load.rate === 500, `${provider}: the pace`);
    check(options.thresholds['http_req_duration{scenario:load}'][0] === 'p(99)<250', `${provider}: the thresholds`);
    for (stand.number = 0; stand.number < 50; stand.number += 1) {
      iteration();
    }
    check(stand.made.length === 50, `${provider}: ${stand.made.length} requests`);
    check(new Set(stand.made.map((made) => made.body)).size === 50, `${provider}: events are the same`);
    for (const { method, url, body, params } of stand.made) {
      const answer = await fetch(url, { method, body, headers: params.headers });
      await answer.arrayBuffer();
      const wanted = params.tags.invalid === 'true' ? 401 : 200;
      check(answer.status === wanted, `${provider}: ${answer.status} instead of ${wanted}: ${JSON.stringify(params.headers)}`);
    }
    check(stand.made.filter((made) => made.params.tags.invalid === 'true').length === 5, `${provider}: a tenth is forged`);
    passed += 1;
  }
  // Mixes are exact, and what was accepted comes again where duplicates were asked for.
  const { default: iteration } = await script(`${address}/webhooks/stripe`, ['--event', 'charge.refunded=7', '--event', 'payment_intent.succeeded=2', '--event', 'github/push=1', '--duplicates', '10%'], variables);
  for (stand.number = 0; stand.number < 100; stand.number += 1) {
    iteration();
  }
  const counts = {};
  stand.made.forEach(({ params }) => { counts[params.tags.event] = (counts[params.tags.event] ?? 0) + 1; });
  check(JSON.stringify(counts, Object.keys(counts).sort()) === JSON.stringify({ 'github/push': 10, 'stripe/charge.refunded': 70, 'stripe/payment_intent.succeeded': 20 }), `the mix is ${JSON.stringify(counts)}`);
  const distinct = new Set(stand.made.map((made) => JSON.parse(made.body).id ?? made.params.headers['X-GitHub-Delivery'])).size;
  check(distinct === 90, `${distinct} of 100 are distinct`);
  passed += 1;
} finally {
  child.kill('SIGTERM');
  rmSync(folder, { recursive: true });
}
console.log(`k6: ${passed} passed`);
