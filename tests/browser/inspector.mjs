// The inspector in Chromium.
//
//     node inspector.mjs HOOKCTL CHROMIUM FOLDER-FOR-SCREENSHOTS
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { hostile } from './hostile.mjs';
import { check, end, serve, Stage } from './stage.mjs';
import { strings } from './strings.mjs';

const [hookctl, executablePath, seen] = process.argv.slice(2);
const stage = new Stage(hookctl);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--host-resolver-rules=MAP rebound.test 127.0.0.1'],
});

/** A page that notes what it should never see. */
async function open(context) {
  const page = await context.newPage();
  page.odd = [];
  page.on('dialog', (dialog) => (page.odd.push(`dialog ${dialog.message()}`), dialog.dismiss()));
  page.on('pageerror', (error) => page.odd.push(`error ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && page.odd.push(`console ${message.text()}`));
  page.on('popup', (popup) => page.odd.push(`popup ${popup.url()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(page.home ?? request.url())) page.odd.push(`request ${request.url()}`);
  });
  return page;
}

/** Shows a part of the page, and waits until it is there. */
async function show(page, hash, selector) {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.waitForSelector(selector);
}

async function uses() {
  const app = await serve((request, answer) => request.resume().on('end', () => answer.writeHead(201, { 'x-app': '<b>' }).end('{"done":true}')));
  const listener = await stage.listen('--ui', '127.0.0.1:0', '--forward-to', `http://127.0.0.1:${app.port}/hooks`);
  const send = (provider, event, ...more) => stage.run('send', provider, event, '--to', `${listener.address}/webhooks/${provider}`, '--store', ':memory:', ...more);
  const context = await browser.newContext({ viewport: { width: 1360, height: 820 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: listener.ui });
  const page = await open(context);
  page.home = listener.ui;
  const picture = (name) => page.screenshot({ path: join(seen, `${name}.png`) });

  await page.goto(`${listener.ui}/?token=${listener.ui_token}`);
  check(page.url() === `${listener.ui}/`, `the token leaves the address: ${page.url()}`);
  await page.waitForSelector('.live.on');
  check((await page.textContent('#list')).includes('hookctl send stripe'), 'an empty list says what to do');
  await picture('empty');

  await send('stripe', 'payment_intent.succeeded');
  await page.waitForSelector('.row >> text=payment_intent.succeeded');
  check(true, 'what comes is shown');
  await send('github', 'push');
  await send('twilio', 'message.received');
  await send('stripe', 'payment_intent.succeeded', '--tamper', 'body');
  await stage.raw(listener.port, 'POST /bytes HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\n\x00\x01\x7f');
  await page.waitForFunction(() => document.querySelectorAll('.row').length === 5);

  await show(page, '#/1', '.json-key');
  check((await page.textContent('#below')).includes('"object": "event"'), 'JSON is laid out');
  await picture('body');
  await show(page, '#/1/headers', 'text=Stripe-Signature');
  await show(page, '#/4/signature', '.lesson');
  check(/signature\s+expected [0-9a-f]+…, found/.test(await page.textContent('.lesson')), 'the signature is explained');
  check((await page.locator('.lesson .bad').count()) > 0, 'in colours');
  await picture('signature');
  await show(page, '#/3', '#below table');
  check((await page.textContent('#below table')).includes('+1'), 'a form is read');
  await show(page, '#/5/bytes', '#below pre');
  check((await page.textContent('#below pre')).startsWith('00000000  00 01 7f'), 'bytes are bytes');
  await show(page, '#/1/attempts', 'details.attempt');
  check((await page.textContent('details.attempt')).includes('x-app: <b>'), 'an answer is shown');
  await picture('attempts');

  await page.click('.actions >> text=Replay');
  await page.waitForSelector('#said:has-text("201 in ")');
  await page.click('.actions >> text=Copy as curl');
  await page.waitForSelector('#said:has-text("copied")');
  check((await page.evaluate(() => navigator.clipboard.readText())).startsWith("curl 'http"), 'the command is copied');
  await show(page, '#/1/edit', 'textarea');
  await page.waitForFunction(() => document.querySelector('textarea').value);
  const body = await page.inputValue('textarea');
  await page.fill('textarea', body.replace('"livemode": false', '"livemode": true'));
  await page.click('form >> text=Send');
  await page.waitForSelector('text=Sent, and recorded as');
  await picture('edited');
  const sent = await stage.run('events', 'list', '--sent');
  check(sent.length === 2 && sent.every((one) => one.status === 201), 'both are recorded');
  const [edited] = await stage.run('events', 'show', String(sent[0].number));
  check(edited.body === body.replace('"livemode": false', '"livemode": true'), 'what was edited was sent, and nothing else');
  check((await stage.run('verify', String(sent[0].number)))[0].verdict === 'valid', 'signed anew');

  await show(page, '#/diff/1/4', 'table');
  check((await page.textContent('#detail')).includes('They differ in'), 'two are compared');
  await picture('compared');
  await show(page, '#/stats', 'svg.plot rect');
  check((await page.textContent('.tiles')).includes('deliveries5'), 'all are counted');
  await picture('statistics');

  await show(page, '#/', '.row');
  await page.fill('#search', '.provider == "github"');
  await page.waitForFunction(() => document.querySelectorAll('.row').length === 1);
  check((await page.textContent('.row')).includes('push'), 'jq filters');
  await page.fill('#search', '.a | (');
  await page.waitForSelector('#list .trouble');
  check((await page.textContent('#list .trouble')).includes('the filter is wrong'), 'a wrong filter is told');
  page.odd = page.odd.filter((odd) => !odd.includes('422'));
  await page.fill('#search', '');
  await page.waitForFunction(() => document.querySelectorAll('.row').length === 5);
  await page.locator('#search').blur();
  for (const [key, hash] of [['j', '#/5'], ['j', '#/4'], ['k', '#/5'], ['h', '#/5/headers'], ['Escape', '#/']]) {
    await page.keyboard.press(key);
    await page.waitForFunction((to) => location.hash === to, hash);
  }
  check(true, 'keys step through the list');
  await page.setViewportSize({ width: 420, height: 800 });
  await show(page, '#/1', '.json-key');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  check(overflow <= 0, `a narrow window is not too narrow: ${overflow}`);
  await picture('narrow');
  check(page.odd.length === 0, `nothing odd: ${page.odd.join('; ')}`);

  // It ends, and begins anew on the same address with another token.
  await listener.end();
  await page.waitForSelector('.live.off');
  const anew = await stage.listen('--ui', new URL(listener.ui).host);
  await page.waitForSelector('#banner:has-text("started anew")', { timeout: 60_000 });
  check(true, 'a page of an ended listener says so');
  await anew.end();
  await context.close();
  app.close();
}

async function escapes() {
  // A target whose answers and errors are as hostile as what it is sent.
  const app = await serve((request, answer) => {
    const string = decodeURIComponent(new URL(request.url, 'http://a').searchParams.get('s') ?? '');
    request.resume().on('end', () => answer.writeHead(200, { 'content-type': 'text/html', 'x-hostile': string.replace(/[^\x20-\x7e]/g, '') }).end(string));
  });
  const listener = await stage.listen('--ui', '127.0.0.1:0', '--store', 'hostile.db', '--forward-to', `http://127.0.0.1:${app.port}/`);
  for (const string of strings) {
    const visible = string.replace(/[^\x21-\x7e]/g, '_');
    const head = Buffer.from(string.replace(/[\r\n\0]/g, ' '));
    const body = JSON.stringify({ type: string, id: string, [string]: string, html: `<p>${string}</p>` });
    const lines = [`POST /webhooks/stripe/${visible.replace(/[?#]/g, '')}?s=${encodeURIComponent(encodeURIComponent(string))}&${visible.replace('#', '')} HTTP/1.1`, 'Host: a', 'Connection: close', 'Content-Type: application/json', `X-${'a'}${visible.replace(/[^A-Za-z0-9!#$%&'*+.^_`|~-]/g, '')}: a`];
    const start = Buffer.from(`${lines.join('\r\n')}\r\nX-Hostile: `);
    const behind = Buffer.from(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const answer = await stage.raw(listener.port, Buffer.concat([start, head, behind]));
    if (!answer.startsWith('HTTP/1.1 200')) {
      // Control bytes are refused in a head; the body must do.
      await stage.raw(listener.port, `POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }
  }
  const count = (await stage.run('events', 'list', '--store', 'hostile.db', '--limit', '1000')).length;
  check(strings.length >= 200 && count === strings.length, `all ${strings.length} hostile deliveries are recorded: ${count}`);
  const context = await browser.newContext();
  const page = await open(context);
  page.home = listener.ui;
  await page.goto(`${listener.ui}/?token=${listener.ui_token}`);
  await page.waitForSelector('.row');
  const own = await page.evaluate(() => document.querySelectorAll('script, img, iframe, object, embed, base, style, link, form, video, audio').length);
  for (let number = 1; number <= count && page.odd.length < 20; number += 1) {
    for (const tab of number % 10 ? ['body', 'headers', 'attempts'] : ['body', 'headers', 'signature', 'attempts', 'bytes', 'edit']) {
      await show(page, `#/${number}/${tab}`, `h1:has-text("#${number} ")`);
      await page.waitForFunction(() => document.querySelector('#below')?.childNodes.length);
    }
    const found = await page.evaluate(() => [document.querySelectorAll('script, img, iframe, object, embed, base, style, link, video, audio').length, document.querySelectorAll('#detail [onerror], #detail [onload], #detail [style], #list [style]').length]);
    if (found[0] > own || found[1] > 0) page.odd.push(`elements by #${number}: ${found}`);
  }
  await show(page, `#/diff/1/2`, 'table');
  await show(page, '#/stats', '.tiles');
  check(page.odd.length === 0, `no hostile string does anything: ${page.odd.slice(0, 5).join('; ')}`);
  await page.screenshot({ path: join(seen, 'hostile.png') });
  await context.close();
  await listener.end();
  app.close();
}

try {
  await uses();
  await escapes();
  await hostile({ browser, stage, open, check });
} catch (error) {
  check(false, error.stack);
}
await browser.close();
stage.remove();
end();
