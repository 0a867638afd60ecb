// What the tests stand on: hookctl in a folder of its own, an app behind it, a browser, and the count of what holds.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

let passed = 0;
let failed = 0;

/** Counts whether something holds, and says what does not. */
export function check(holds, what) {
  if (holds) passed += 1;
  else {
    failed += 1;
    console.log(`not so: ${what}`);
  }
}

/** Prints the count, and ends with it. */
export function end() {
  console.log(`browser: ${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}

/** A server on loopback; returns its port. */
export async function serve(handler) {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  server.unref();
  return { port: server.address().port, close: () => server.close() };
}

/** hookctl with a home, a store and listeners of its own. */
export class Stage {
  constructor(hookctl) {
    this.hookctl = hookctl;
    this.folder = mkdtempSync(join(tmpdir(), 'hookctl-browser-'));
    this.env = { PATH: process.env.PATH, HOME: this.folder, TZ: 'UTC' };
  }

  /** Runs a command, and returns the objects that it prints; what it exits with is not asked. */
  run(...args) {
    const options = { env: this.env, cwd: this.folder, encoding: 'utf8', maxBuffer: 1 << 26 };
    return new Promise((resolve) => {
      const ended = (_, text) => resolve(text.split('\n').filter(Boolean).map((line) => JSON.parse(line)));
      execFile(this.hookctl, [...args, '--json'], options, ended).stdin.end();
    });
  }

  /** Starts a listener; resolves when it listens. */
  async listen(...args) {
    const child = spawn(this.hookctl, ['listen', '--json', '--bind', '127.0.0.1:0', ...args], { env: this.env, cwd: this.folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    const ready = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
    lines.resume();
    child.stdout.resume();
    const ended = new Promise((resolve) => child.on('exit', resolve));
    return { ...ready, port: Number(new URL(ready.address).port), end: () => (child.kill('SIGINT'), ended) };
  }

  /** Sends these bytes to a port; resolves with what comes back until the other side closes. */
  raw(port, bytes) {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
      socket.on('data', (part) => (answer += part));
      socket.on('close', () => resolve(answer));
      socket.on('error', () => resolve(answer));
    });
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
