// hookctl listen --source beside smee-client on the same channel, as the users of smee.io run it:
//
//     node source.mjs HOOKCTL SMEE_CLIENT [SMEE_SERVER]
//
// SMEE_CLIENT is the folder of the package. SMEE_SERVER is a checkout of github.com/probot/smee.io, which is on no registry, with
// its packages installed: the server itself, on a free port of loopback. The same is tried with a channel of our own that says
// what that server says: headers in lower case beside the parsed body, `ready` first, a number for every event.
// Last line: source: N passed, N failed

import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [binary, clientFolder, serverFolder] = process.argv.slice(2).map((path) => resolve(path))
const { default: SmeeClient } = await import(pathToFileURL(join(clientFolder, 'index.js')))
const home = mkdtempSync(join(tmpdir(), 'hookctl-source-'))
const environment = { PATH: process.env.PATH, HOME: home, TZ: 'UTC', NO_COLOR: '1' }

let passed = 0
let failed = 0
function check (what, holds, seen) {
  if (holds) passed++
  else { failed++; console.log(`--- FAILED ${what}\n${JSON.stringify(seen)}`) }
}

/// A channel as smee.io has it.
async function ourChannel () {
  const readers = new Set()
  const server = createServer((request, answer) => {
    if (request.headers.accept === 'text/event-stream') {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
      let count = 0
      const say = (data, event) => answer.write(`id: ${count++}\n${event ? `event: ${event}\n` : ''}data: ${JSON.stringify(data)}\n\n`)
      readers.add(say)
      answer.on('close', () => readers.delete(say))
      return say({}, 'ready')
    }
    const pieces = []
    request.on('data', (piece) => pieces.push(piece)).on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString())
      const query = Object.fromEntries(new URL(request.url, 'http://x').searchParams)
      for (const say of readers) say({ ...request.headers, body, query, timestamp: Date.now() })
      answer.end()
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/abcdefgh`, close: () => { server.closeAllConnections(); server.close() } }
}

/// A channel of the server of smee.io. It knows one port, and all addresses: here it gets a free one, of loopback.
async function theirChannel () {
  for (const name of ['main.min.css', 'main.min.js']) { // which are built for its page, and read at its start
    const file = join(serverFolder, 'public', name)
    if (!existsSync(file)) writeFileSync(file, '')
  }
  const loopback = `import net from 'node:net'
    const { listen } = net.Server.prototype
    net.Server.prototype.listen = function (at, ...more) { return listen.call(this, { ...at, host: '127.0.0.1', port: 0 }, ...more) }`
  const preload = `data:text/javascript,${encodeURIComponent(loopback)}`
  const server = spawn(process.execPath, ['--import', preload, 'index.js'], { cwd: serverFolder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: server.stdout })) {
    const at = line.match(/^Server listening at (http:\S+)/)
    if (at) {
      server.stdout.resume()
      const made = await fetch(`${at[1]}/new`, { redirect: 'manual' })
      return { url: made.headers.get('location'), close: () => server.kill() }
    }
  }
  throw new Error('the server of smee.io did not start')
}

/// A listener, and its objects as they come.
function listen (...more) {
  const store = join(home, `${more.length}-${Math.random()}.db`)
  const args = ['listen', '--json', '--bind', '127.0.0.1:0', '--no-ui', '--show', 'all', '--store', store, ...more]
  const process = spawn(binary, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  const waiting = []
  const objects = []
  createInterface({ input: process.stdout }).on('line', (line) => {
    const object = JSON.parse(line)
    const at = waiting.findIndex(({ kind }) => kind === object.kind)
    if (at < 0) objects.push(object)
    else waiting.splice(at, 1)[0].resolve(object)
  })
  const next = (kind) => {
    const at = objects.findIndex((object) => object.kind === kind)
    if (at >= 0) return Promise.resolve(objects.splice(at, 1)[0])
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${kind} came`)), 30_000)
      waiting.push({ kind, resolve: (object) => { clearTimeout(late); resolve(object) } })
    })
  }
  return { next, stop: () => process.kill() }
}

/// Runs hookctl to its end; the code.
function run (args, input) {
  const process = spawn(binary, args, { env: environment, stdio: ['pipe', 'ignore', 'inherit'] })
  process.stdin.end(input)
  return new Promise((resolve) => process.on('close', resolve))
}

/// What hookctl and smee-client make of the same deliveries on a channel.
async function beside (name, open) {
  const { url, close } = await open()
  const [ours, theirs] = [listen('--source', url), listen('--provider', 'github')]
  let events
  try {
    check(`${name}: the source is open`, (await ours.next('source')).state === 'open')
    const address = (await theirs.next('listening')).address
    const client = new SmeeClient({ source: url, target: `${address}/webhooks/github`, logger: { info () {}, error: console.error } })
    events = await client.start()
    await new Promise((resolve) => { if (events.readyState === 1) resolve(); else events.addEventListener('open', resolve) })

    // What the channel writes for this body are the bytes that were sent; for that one they are not.
    for (const [title, body, exact] of [
      ['compact JSON', '{"zen":"Keep it logically awesome.","hook":{"id":1,"active":true},"n":1.5}', true],
      ['JSON with spaces', '{ "zen" : "Keep it", "n": 1.50 }', false]
    ]) {
      const sent = ['send', 'github', 'ping', '--to', url, '--data', '-', '--json', '--store', ':memory:']
      check(`${name}, ${title}: sent`, await run(sent, body) === 0)
      const [our, their] = [await ours.next('delivery'), await theirs.next('delivery')]
      check(`${name}, ${title}: the body of the channel arrives`, JSON.stringify(JSON.parse(our.body)) === JSON.stringify(JSON.parse(body)), our)
      check(`${name}, ${title}: our verdict`, (our.verdict === 'valid') === exact, our)
      check(`${name}, ${title}: their verdict is no better`, exact || their.verdict !== 'valid', their)
      check(`${name}, ${title}: the same event`, our.event_type === their.event_type && our.event_id === their.event_id, [our, their])
      if (exact) check(`${name}, ${title}: byte for byte`, our.body === body, our)
      else check(`${name}, ${title}: it is said`, (await ours.next('source')).state === 'altered')
    }
  } catch (error) {
    check(`${name}: the channel works`, false, String(error))
  } finally {
    events?.close()
    for (const listener of [ours, theirs]) listener.stop()
    close()
  }
}

await beside('our channel', ourChannel)
if (serverFolder) await beside('smee.io', theirChannel)
else console.log('source: the server of smee.io is not here')
rmSync(home, { recursive: true, force: true })
console.log(`source: ${passed} passed, ${failed} failed`)
process.exit(failed || !passed ? 1 : 0)
