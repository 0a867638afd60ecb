// What hookctl exports as HAR, judged by har-validator, which knows nothing of hookctl.
//
//     node har.mjs HOOKCTL
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import validate from 'har-validator/lib/promise.js';

const folder = mkdtempSync(join(tmpdir(), 'hookctl-har-'));
const env = { PATH: process.env.PATH, HOME: folder };
const run = (...args) => execFileSync(process.argv[2], args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
const at = (file) => join(folder, file);

// A signed event, a form, bytes that are no text, a request without a body, a target that is no path, an answer with a body.
const requests = {
  'odd.http': 'POST /a?x=%27&x=2&token=t HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\nX-Raw: \xff\r\nContent-Length: 3\r\n\r\n\xff\0{',
  'empty.http': 'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  'star.http': 'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n',
  'form.http': 'POST /f HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\na=1&b=2',
};
const answered = {
  kind: 'capture', id: 'dlv_0198f2a0c0007000800000000000000a', received_at: '2026-01-02T03:04:05.678Z', method: 'POST', target: '/hook',
  headers: [['Host', 'h'], ['Content-Type', 'application/json']], body: '{"a":1}', status: 201,
  answer: { headers: [['Content-Type', 'text/plain'], ['Set-Cookie', 'a=b']], body: 'taken', duration_ms: 1.5 },
};
try {
  for (const [name, text] of Object.entries(requests)) {
    writeFileSync(at(name), Buffer.from(text, 'latin1'));
    run('events', 'import', name);
  }
  writeFileSync(at('answered.ndjson'), `${JSON.stringify(answered)}\n`);
  run('events', 'import', 'answered.ndjson');
  writeFileSync(at('sent.http'), run('send', 'stripe', 'charge.refunded', '--dry-run'));
  run('events', 'import', 'sent.http');
  for (const more of [[], ['--redact'], ['--provider', 'stripe']]) {
    run('events', 'export', '--format', 'har', '-o', 'out.har', '--force', ...more);
    const archive = JSON.parse(readFileSync(at('out.har'), 'utf8'));
    await validate.har(archive).catch((failure) => {
      throw new Error(`no HAR with ${more}: ${JSON.stringify(failure.errors, null, 1)}`);
    });
    const count = archive.log.entries.length;
    if (count !== (more[0] === '--provider' ? 1 : 6)) {
      throw new Error(`${count} entries with ${more}`);
    }
    // The validator finds what is wrong: without this, it could be asleep.
    delete archive.log.entries[0].request.httpVersion;
    if (await validate.har(archive).then(() => true, () => false)) {
      throw new Error('the validator takes anything');
    }
  }
  console.log('HAR                                  3 passed');
} finally {
  rmSync(folder, { recursive: true });
}
