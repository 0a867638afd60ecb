// A delivery: what is known of it, its body, headers, signature, attempts and bytes.

import { alike } from "./list.js";
import { form } from "./replay.js";
import { ask, askBytes, askText, day, duration, fill, h, json, number, plain, post, say, size, statusClass, time, trouble, verdictClass, visible, what } from "./page.js";

const pane = document.getElementById("detail");

const TABS = { body: "Body", headers: "Headers", signature: "Signature", attempts: "Attempts", bytes: "Bytes", edit: "Edit and replay" };

/** Bytes that are shown as such. */
const BYTES = 16 * 1024;

let current = null;
let round = 0;

/** Shows a delivery; what is not there any more is said. */
export async function show(one, tab = "body") {
  const mine = ++round;
  // The same one: only what is below its tabs changes.
  if (current?.delivery.number !== one) {
    try {
      const found = await ask(`/api/deliveries/${one}`);
      if (mine !== round) return;
      current = found;
    } catch (error) {
      if (mine === round) fill(pane, h("div", { class: "inner" }, back(), trouble(error)));
      return;
    }
    pane.scrollTop = 0;
  }
  draw(tab in TABS ? tab : "body");
}

/** Nothing is shown. */
export function clear() {
  round += 1;
  current = null;
  fill(pane, h("div", { class: "empty" }, h("p", {}, "Select a delivery."), h("p", { class: "dim" }, "j and k step through them, / searches, ? lists the keys.")));
}

/** Reads the delivery again, since something has changed; nothing that is being typed is lost. */
export async function refresh() {
  const tab = () => location.hash.split("/")[2] ?? "body";
  if (!current || tab() === "edit") return;
  const mine = round;
  const { number: one } = current.delivery;
  try {
    const found = await ask(`/api/deliveries/${one}`);
    // Another one may be on its way, or shown by now.
    if (mine !== round || current?.delivery.number !== one || JSON.stringify(found) === JSON.stringify(current)) return;
    current = found;
    if (tab() !== "edit") draw(tab() in TABS ? tab() : "body");
  } catch {
    // It stays as it was.
  }
}

function back() {
  return h("a", { class: "back", href: "#/" }, "← all deliveries");
}

function draw(tab) {
  const { delivery } = current;
  const below = h("div", { id: "below" });
  const tabs = Object.entries(TABS).map(([name, title]) => {
    const count = name === "attempts" && current.attempts.length ? ` ${current.attempts.length}` : "";
    return h("a", { href: `#/${delivery.number}/${name}`, "aria-current": name === tab && "page" }, title + count);
  });
  fill(pane, h("div", { class: "inner" }, back(), head(), h("nav", { class: "tabs", "aria-label": "Parts" }, tabs), below));
  const parts = { body, headers, signature, attempts, bytes, edit: (into) => form(into, current) };
  parts[tab](below);
}

function head() {
  const { delivery, sentence, repeats, sent } = current;
  const chips = [
    h("span", { class: `chip ${verdictClass(delivery.verdict)}` }, delivery.verdict),
    h("span", { class: `chip ${statusClass(delivery.status)}` }, delivery.status === null ? "no answer" : `${sent ? "answered" : "answer"} ${delivery.status}`),
  ];
  if (sent) chips.push(h("span", { class: "chip" }, "sent by hookctl"));
  if (repeats) chips.push(h("a", { class: "chip", href: `#/diff/${repeats}/${delivery.number}` }, `repeats #${repeats}`));
  if (sentence) chips.push(h("span", { class: "dim" }, sentence));
  const fact = (name, value) => value && [h("dt", {}, name), h("dd", {}, value)];
  return [
    h("h1", {}, h("span", { class: "dim" }, `#${delivery.number} `), what(delivery)),
    h("div", { class: "chips" }, chips),
    h(
      "dl",
      { class: "facts" },
      fact("event id", delivery.event_id && h("code", {}, plain(delivery.event_id))),
      fact(sent ? "sent" : "received", `${day(delivery.received_at)}, ${time(delivery.received_at)}`),
      fact(sent ? "to" : "from", plain(delivery.remote)),
      fact("request", h("code", {}, plain(`${delivery.method} ${delivery.path}${delivery.query === null ? "" : `?${delivery.query}`}`))),
      fact("route", delivery.route && plain(delivery.route)),
      fact("size", size(delivery.bytes)),
      fact("id", h("code", {}, delivery.id)),
    ),
    h("div", { class: "actions" }, actions()),
  ];
}

function actions() {
  const { delivery, targets } = current;
  const earlier = alike(delivery);
  return [
    targets.length > 0 && h("button", { type: "button", class: "main", title: targets.map(plain).join("\n"), onclick: (event) => replay(event.currentTarget) }, "Replay"),
    h("button", { type: "button", onclick: copy }, "Copy as curl"),
    earlier && h("button", { type: "button", onclick: () => (location.hash = `#/diff/${earlier}/${delivery.number}`) }, `Compare with #${earlier}`),
    h("a", { class: "button", href: `/api/deliveries/${delivery.number}/body`, download: `delivery-${delivery.number}.bin` }, "Save body"),
  ];
}

async function replay(button) {
  button.disabled = true;
  try {
    const { attempts: made } = await post(`/api/deliveries/${current.delivery.number}/replay`, {});
    say(made.map((attempt) => `${attempt.status ?? attempt.error} in ${duration(attempt.duration_ms)} from ${plain(attempt.url)}`).join("; ") || "nothing was sent");
  } catch (error) {
    say(error.words ?? String(error));
  }
  button.disabled = false;
}

/** Copies the command that sends it again. */
export async function copy() {
  if (!current) return;
  try {
    await navigator.clipboard.writeText(await askText(`/api/deliveries/${current.delivery.number}/curl`));
    say("copied, with the request's credentials");
  } catch (error) {
    say(error.words ?? "this browser does not let pages copy");
  }
}

/** Replays what is shown, if it can be. */
export function replayShown() {
  pane.querySelector(".actions .main")?.click();
}

function body(into) {
  const { text, form: kind, cut, delivery } = current;
  const type = (delivery.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "").toLowerCase();
  const notes = [];
  if (cut) notes.push(h("p", { class: "dim" }, `Only the beginning of ${size(delivery.bytes)}; all of it can be saved.`));
  if (kind === "none") fill(into, h("p", { class: "dim" }, "No body."));
  else if (kind === "bytes") fill(into, h("p", { class: "dim" }, `${size(delivery.bytes)} that are not text: see `, h("a", { href: `#/${delivery.number}/bytes` }, "its bytes"), "."));
  else if (kind === "json") fill(into, h("pre", {}, json(text)));
  else if (type.startsWith("application/x-www-form-urlencoded") && !cut) fill(into, fields(text), h("h2", {}, "As it came"), h("pre", { class: "wrap" }, visible(text)));
  else fill(into, h("pre", { class: "wrap" }, visible(text)), notes);
}

function fields(text) {
  const rows = [...new URLSearchParams(text)].map(([name, value]) => h("tr", {}, h("td", {}, visible(name)), h("td", { class: "mono" }, visible(value))));
  return h("table", { class: "headers" }, h("tbody", {}, rows));
}

function headers(into) {
  const rows = current.delivery.headers.map(([name, value]) => h("tr", {}, h("td", { class: "mono" }, plain(name)), h("td", { class: "mono" }, visible(value))));
  fill(into, h("table", { class: "headers" }, h("tbody", {}, rows)));
}

async function signature(into) {
  fill(into, h("p", { class: "dim" }, "Looking into it…"));
  try {
    const { lines } = await ask(`/api/deliveries/${current.delivery.number}/lesson`);
    if (!into.isConnected) return;
    if (!lines.length) fill(into, h("p", { class: "dim" }, "Nobody knows who sent this, so there is no signature to check."));
    else fill(into, h("pre", { class: "wrap lesson" }, lines.map((pieces) => [pieces.map(([is, text]) => (is ? h("span", { class: is }, visible(text)) : visible(text))), "\n"])));
  } catch (error) {
    fill(into, trouble(error));
  }
}

function attempts(into) {
  if (!current.attempts.length) {
    fill(into, h("p", { class: "dim" }, current.targets.length ? "It was not passed on." : "It is forwarded nowhere; --forward-to and routes say where deliveries go."));
    return;
  }
  fill(into, current.attempts.map((one) => attempt(one, current.attempts.length <= 3)));
}

/** An attempt; its answer is unfolded, or can be. */
export function attempt(one, open = true) {
  const { response } = one;
  const line = [
    h("strong", { class: one.accepted ? "good" : "bad" }, one.status === null ? one.error : String(one.status)),
    h("code", {}, plain(one.url)),
    h("span", { class: "dim" }, `attempt ${one.attempt}, ${duration(one.duration_ms)}`),
  ];
  if (!response) return h("div", { class: "card attempt" }, line.flatMap((part) => [part, " "]));
  const head = response.headers.map(([name, value]) => `${name}: ${value}\n`).join("");
  const text = response.body ?? (response.body_base64 ? `(${number(Math.floor((response.body_base64.length * 3) / 4))} bytes that are not text)` : "");
  return h("details", { class: "card attempt", open }, h("summary", {}, line), h("pre", { class: "wrap" }, visible(head), "\n", visible(text)));
}

async function bytes(into) {
  fill(into, h("p", { class: "dim" }, "Reading…"));
  try {
    const all = await askBytes(`/api/deliveries/${current.delivery.number}/body`);
    if (!into.isConnected) return;
    const note = all.length > BYTES ? h("p", { class: "dim" }, `The first ${size(BYTES)} of ${size(all.length)}.`) : null;
    fill(into, all.length ? h("pre", {}, dump(all.subarray(0, BYTES))) : h("p", { class: "dim" }, "No body."), note);
  } catch (error) {
    fill(into, trouble(error));
  }
}

function dump(part) {
  const lines = [];
  for (let at = 0; at < part.length; at += 16) {
    const row = [...part.subarray(at, at + 16)];
    const hex = row.map((byte, place) => (place === 8 ? " " : "") + byte.toString(16).padStart(2, "0")).join(" ");
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    lines.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(49)}  ${text}`);
  }
  return lines.join("\n");
}
