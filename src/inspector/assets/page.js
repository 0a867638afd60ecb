// What all parts of the page use: making elements, asking hookctl, showing values.
//
// Whatever a sender wrote becomes text, never markup: there is no innerHTML here, and the page's policy forbids it.

const token = document.querySelector('meta[name="hookctl-token"]').content;

/** An element with attributes and children; strings become text. */
export function h(tag, attributes = {}, ...children) {
  const element = tag === "svg" || svgTags.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}
const svgTags = new Set(["rect", "line", "text", "title", "g"]);

/** Puts these children, and no others, into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** What hookctl says is wrong. */
export class Trouble extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }

  /** In words, with what to do about it. */
  get words() {
    return this.hint ? `${this.message}\n${this.hint}` : this.message;
  }
}

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Trouble(0, "hookctl does not answer", "it may have ended");
  }
  if (answer.ok) return answer;
  const text = await answer.text();
  let told = {};
  try {
    told = JSON.parse(text);
  } catch {
    told = { error: text.trim() || `hookctl answered ${answer.status}` };
  }
  throw new Trouble(answer.status, told.error, told.hint);
}

/** Asks for JSON. */
export async function ask(path) {
  return (await request(path)).json();
}

/** Asks for text. */
export async function askText(path) {
  return (await request(path)).text();
}

/** Asks for bytes. */
export async function askBytes(path) {
  return new Uint8Array(await (await request(path)).arrayBuffer());
}

/** Has something done. */
export async function post(path, body) {
  const headers = { "content-type": "application/json", "x-hookctl-token": token };
  return (await request(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

/** A query string of what is set. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== "" && value !== false && value !== null && value !== undefined);
  return set.length ? `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}` : "";
}

// Characters that are not seen, or that turn the direction of others.
const hidden = /\r(?!\n)|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** A text in which hidden characters are seen. */
export function plain(text) {
  return text.replace(hidden, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** The same as nodes, with what was hidden marked. */
export function visible(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(hidden)) {
    if (found.index > from) nodes.push(text.slice(from, found.index));
    nodes.push(h("span", { class: "odd" }, plain(found[0])));
    from = found.index + found[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

const token_of_json = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|\b(true|false|null)\b/g;

/** JSON that is laid out, with its parts in their colours. */
export function json(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(token_of_json)) {
    if (found.index > from) nodes.push(...visible(text.slice(from, found.index)));
    const [all, string, colon, number, word] = found;
    if (string) nodes.push(h("span", { class: colon ? "json-key" : "json-string" }, visible(string)), colon ?? "");
    else nodes.push(h("span", { class: number ? "json-number" : "json-word" }, number ?? word));
    from = found.index + all.length;
  }
  if (from < text.length) nodes.push(...visible(text.slice(from)));
  return nodes;
}

/** A size in words. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** A duration in words. */
export function duration(millis) {
  if (millis < 1) return `${millis.toFixed(2)} ms`;
  return millis < 1000 ? `${millis.toFixed(millis < 10 ? 1 : 0)} ms` : `${(millis / 1000).toFixed(2)} s`;
}

/** Milliseconds with the comma where it belongs; 1234 becomes 1,234. */
export function number(value) {
  return value.toLocaleString("en-GB");
}

/** The time of a day. */
export function time(at) {
  return new Date(at).toLocaleTimeString("en-GB", { hour12: false });
}

/** A day. */
export function day(at) {
  return new Date(at).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** The class of a verdict. */
export function verdictClass(verdict) {
  return { valid: "good", invalid: "bad" }[verdict] ?? "warn";
}

/** The class of a status. */
export function statusClass(status) {
  if (status === null || status === undefined) return "dim";
  return status < 300 ? "good" : status < 400 ? "warn" : "bad";
}

/** What a delivery tells of, in nodes. */
export function what(delivery) {
  if (!delivery.provider) return [plain(`${delivery.method} ${delivery.path}`)];
  return [h("b", {}, plain(delivery.provider)), " ", plain(delivery.event_type ?? `${delivery.method} ${delivery.path}`)];
}

let saying;

/** Says something for a moment. */
export function say(text) {
  const said = document.getElementById("said");
  said.textContent = text;
  clearTimeout(saying);
  saying = setTimeout(() => (said.textContent = ""), 4000);
}

/** Shows what is wrong in the place of what was wanted. */
export function trouble(error) {
  return h("p", { class: "trouble", role: "alert" }, error instanceof Trouble ? error.words : String(error));
}
