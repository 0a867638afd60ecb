// The list: the newest deliveries that fit the filters, kept up with what comes.

import { ask, day, fill, h, number, plain, query, statusClass, time, trouble, verdictClass, what } from "./page.js";

const list = document.getElementById("list");
const inputs = ["search", "provider", "verdict", "failed", "sent"].map((id) => document.getElementById(id));

let shown = [];
let next = null;
let note = null;
let selected = null;
let round = 0;
let fetching = false;
let again = false;

/** What the filters say. */
export function filters() {
  return Object.fromEntries(inputs.map((input) => [input.id, input.type === "checkbox" ? input.checked : input.value.trim()]));
}

/** Calls back when a filter has changed. */
export function onFilter(changed) {
  let waiting;
  document.getElementById("filters").addEventListener("submit", (event) => event.preventDefault());
  for (const input of inputs) {
    input.addEventListener(input.type === "search" ? "input" : "change", () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, input.type === "search" ? 250 : 0);
    });
  }
}

/** Offers these providers, whichever was chosen. */
function offer(names) {
  const select = document.getElementById("provider");
  const known = new Set([...select.options].map((option) => option.value));
  for (const name of names) {
    if (name && !known.has(name)) select.append(h("option", { value: name }, plain(name)));
  }
}

/** Reads the list anew. */
export async function reload() {
  const mine = ++round;
  try {
    const found = await ask(`/api/deliveries${query(filters())}`);
    if (mine !== round) return;
    ({ deliveries: shown, next, note } = found);
    offer(shown.map((delivery) => delivery.provider));
    draw();
  } catch (error) {
    if (mine === round) fill(list, h("div", { class: "more" }, trouble(error)));
  }
}

/** Puts what has come since on top. */
export async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  const mine = round;
  try {
    // Those that were not answered yet may be by now.
    const settled = shown.find((delivery, at) => at > 20 || delivery.status !== null);
    const after = settled ? settled.number : 0;
    const found = await ask(`/api/deliveries${query({ ...filters(), after })}`);
    if (mine !== round) return;
    // So many at once: there may be others between these and those that are shown.
    if (found.deliveries.length >= 100 || !shown.length) {
      await reload();
      return;
    }
    const known = new Set(shown.map((delivery) => delivery.number));
    const fresh = new Set(found.deliveries.map((delivery) => delivery.number).filter((one) => !known.has(one)));
    shown = [...found.deliveries, ...shown.filter((delivery) => delivery.number <= after)];
    offer(found.deliveries.map((delivery) => delivery.provider));
    draw(fresh);
  } catch {
    // The next word of a change tries again; that hookctl is gone is said elsewhere.
  } finally {
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

async function older(button) {
  button.disabled = true;
  const mine = round;
  try {
    const found = await ask(`/api/deliveries${query({ ...filters(), before: next })}`);
    if (mine !== round) return;
    shown = [...shown, ...found.deliveries];
    ({ next, note } = found);
    draw();
  } catch (error) {
    button.replaceWith(trouble(error));
  }
}

/** Marks a delivery as the one that is looked at. */
export function select(one) {
  selected = one;
  for (const row of list.querySelectorAll(".row")) mark(row);
}

function mark(row) {
  if (Number(row.dataset.number) === selected) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
}

/** The number so many rows further down than the selected one. */
export function beside(by) {
  const at = shown.findIndex((delivery) => delivery.number === selected);
  const to = at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by));
  return shown[to]?.number;
}

/** The one before a delivery that tells of the same. */
export function alike(delivery) {
  const same = (other) => other.number < delivery.number && other.provider === delivery.provider && other.event_type === delivery.event_type;
  return (shown.find(same) ?? shown.find((other) => other.number < delivery.number))?.number;
}

function draw(fresh = new Set()) {
  const top = list.scrollTop;
  const rows = [];
  let last = null;
  for (const delivery of shown) {
    const its = day(delivery.received_at);
    if (its !== last) rows.push(h("div", { class: "day" }, its));
    last = its;
    rows.push(row(delivery, fresh.has(delivery.number)));
  }
  if (!shown.length) rows.push(nothing());
  if (note) rows.push(h("p", { class: "more warn" }, note));
  if (next) {
    const how = shown.length >= 100 ? "Older deliveries" : `Searched down to #${number(next)}: search further`;
    rows.push(h("div", { class: "more" }, h("button", { type: "button", onclick: (event) => older(event.currentTarget) }, how)));
  }
  fill(list, rows);
  // What is read stays where it is.
  list.scrollTop = top > 0 && fresh.size ? top + fresh.size * (list.querySelector(".row")?.offsetHeight ?? 0) : top;
}

function row(delivery, fresh) {
  const marks = [h("span", { class: `chip ${verdictClass(delivery.verdict)}` }, delivery.verdict)];
  if (delivery.duplicate_of) marks.unshift(h("span", { class: "chip", title: "repeats an earlier one" }, "repeated"), " ");
  const made = h(
    "a",
    { class: fresh ? "row fresh" : "row", href: `#/${delivery.number}`, "data-number": delivery.number },
    h("span", { class: "time", title: delivery.received_at }, time(delivery.received_at)),
    h("span", { class: "what" }, what(delivery)),
    h("span", {}, marks),
    h("span", { class: `status ${statusClass(delivery.status)}` }, delivery.status === null ? "–" : String(delivery.status)),
  );
  mark(made);
  return made;
}

function nothing() {
  const filtered = Object.entries(filters()).some(([name, value]) => name !== "sent" && value);
  if (filtered) return h("div", { class: "empty" }, h("p", {}, next ? "Nothing fits so far." : "Nothing fits."));
  return h("div", { class: "empty" }, h("p", {}, "No delivery yet. To see one:"), h("p", {}, h("code", {}, "hookctl send stripe payment_intent.succeeded")));
}
