// A page of somebody else, in the browser of a person who has the inspector open: nothing of what it tries is answered, read
// or done.
import { serve } from './stage.mjs';

/** What such a page tries; resolves with what it could read, or saw happen. */
async function tries(ui) {
  const won = [];
  const posts = [
    ['text/plain', '{}'],
    ['application/json', '{}'],
    ['application/x-www-form-urlencoded', 'a=b'],
  ];
  const paths = ['/', '/assets/page.js', '/api/deliveries', '/api/deliveries/1', '/api/deliveries/1/body', '/api/stats', '/api/live'];
  for (const path of paths) {
    for (const mode of ['cors', 'no-cors']) {
      for (const credentials of ['include', 'omit']) {
        try {
          const answer = await fetch(ui + path, { mode, credentials });
          if (answer.type !== 'opaque') won.push(`read ${path} ${mode} ${credentials}: ${answer.status}`);
        } catch {
          // Refused, as it should be.
        }
      }
    }
  }
  for (const [type, body] of posts) {
    for (const mode of ['cors', 'no-cors']) {
      try {
        const answer = await fetch(`${ui}/api/deliveries/1/replay`, { method: 'POST', mode, credentials: 'include', headers: { 'content-type': type }, body });
        if (answer.type !== 'opaque') won.push(`posted ${type} ${mode}: ${answer.status}`);
      } catch {
        // As well.
      }
    }
  }
  const loads = (tag, attribute, url) =>
    new Promise((resolve) => {
      const element = document.createElement(tag);
      element.onload = () => resolve(true);
      element.onerror = () => resolve(false);
      setTimeout(() => resolve(false), 1500);
      element[attribute] = url;
      document.body.append(element);
    });
  if (await loads('script', 'src', `${ui}/assets/page.js`)) won.push('loaded a script');
  if (await loads('img', 'src', `${ui}/assets/icon.svg`)) won.push('loaded a picture');
  const frame = document.createElement('iframe');
  frame.src = `${ui}/`;
  document.body.append(frame);
  await new Promise((resolve) => setTimeout(resolve, 700));
  try {
    if (frame.contentDocument?.querySelector('#list')) won.push('framed the page');
  } catch {
    // Another origin.
  }
  const form = document.createElement('form');
  const target = document.createElement('iframe');
  target.name = 'target';
  form.method = 'post';
  form.action = `${ui}/api/deliveries/1/replay`;
  form.enctype = 'text/plain';
  form.target = 'target';
  document.body.append(target, form);
  form.submit();
  const opens = (source) =>
    new Promise((resolve) => {
      source.onopen = () => resolve(true);
      source.onerror = () => resolve(false);
      setTimeout(() => resolve(false), 1500);
    });
  if (await opens(new EventSource(`${ui}/api/live`, { withCredentials: true }))) won.push('opened the events');
  if (await opens(new WebSocket(`${ui.replace('http', 'ws')}/api/live`))) won.push('opened a socket');
  return won;
}

export async function hostile({ browser, stage, open, check }) {
  const app = await serve((request, answer) => request.resume().on('end', () => answer.writeHead(200).end()));
  const listener = await stage.listen('--ui', '127.0.0.1:0', '--store', 'guarded.db', '--forward-to', `http://127.0.0.1:${app.port}/`);
  await stage.raw(listener.port, 'POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx');
  const elsewhere = await serve((request, answer) => answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>other</title><body>'));
  const context = await browser.newContext();
  const page = await open(context);
  await page.goto(`${listener.ui}/?token=${listener.ui_token}`);
  await page.waitForSelector('.row');
  const port = new URL(listener.ui).port;
  check((await context.cookies()).length === 1, 'the browser knows the token');

  // On this machine, whose pages share the cookie; by another name of it; under a name that was rebound to it.
  for (const origin of [`http://127.0.0.1:${elsewhere.port}`, `http://localhost:${elsewhere.port}`, `http://rebound.test:${elsewhere.port}`]) {
    const other = await context.newPage();
    // What it cannot read, it must not have been answered either.
    const answered = [];
    other.on('response', (response) => {
      const refused = [401, 403, 421].includes(response.status());
      if (new URL(response.url()).port === port && !refused) answered.push(`${response.request().method()} ${response.url()} ${response.status()}`);
    });
    await other.goto(origin);
    for (const ui of [listener.ui, `http://localhost:${port}`, `http://rebound.test:${port}`]) {
      const won = await other.evaluate(tries, ui);
      check(won.length === 0, `${origin} gets nothing from ${ui}: ${won.join('; ')}`);
    }
    const answer = await other.goto(`http://rebound.test:${port}/?token=${listener.ui_token}`);
    check(answer.status() === 421, `a rebound name is no name of it: ${answer.status()}`);
    const popup = await other.evaluate((ui) => Boolean(window.open(ui)?.document?.querySelector?.('#list')), listener.ui).catch(() => false);
    check(!popup, 'no window of it can be looked into');
    check(answered.length === 0, `${origin} is refused each time: ${answered.slice(0, 5).join('; ')}`);
    await other.close();
  }
  const sent = await stage.run('events', 'list', '--sent', '--store', 'guarded.db');
  check(sent.length === 0, `nothing was sent again: ${sent.length}`);
  check((await page.reload()).status() === 200, 'its own page goes on');
  await context.close();
  await listener.end();
  elsewhere.close();
  app.close();
}
