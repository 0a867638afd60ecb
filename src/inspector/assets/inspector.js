// The page: what is shown follows the address behind '#', and what is recorded shows as it comes.

import { compare } from "./compare.js";
import * as detail from "./detail.js";
import * as list from "./list.js";
import { ask, say, Trouble } from "./page.js";
import { stats } from "./stats.js";

const main = document.getElementById("main");
const live = document.getElementById("live");
const banner = document.getElementById("banner");

/** How often what is shown is read again, however much comes. */
const EVERY = 300;

function place() {
  return location.hash.replace(/^#\/?/, "").split("/");
}

function go() {
  const [first, ...rest] = place();
  const isStats = first === "stats";
  main.classList.toggle("wide", isStats);
  main.classList.toggle("has-detail", first !== "");
  for (const link of document.querySelectorAll("[data-view]")) {
    if ((link.dataset.view === "stats") === isStats) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  list.select(Number(first) || null);
  if (isStats) stats();
  else if (first === "diff") compare(Number(rest[0]), Number(rest[1]));
  else if (Number(first)) detail.show(Number(first), rest[0]);
  else detail.clear();
  document.title = Number(first) ? `#${first} · hookctl` : "hookctl";
}

let waiting = null;

function changed() {
  waiting ??= setTimeout(() => {
    waiting = null;
    list.refresh();
    const [first] = place();
    if (first === "stats") stats();
    else if (Number(first)) detail.refresh();
  }, EVERY);
}

function listen() {
  const source = new EventSource("/api/live");
  const state = (is, text) => {
    live.className = `live ${is}`;
    live.textContent = text;
  };
  source.addEventListener("open", () => {
    state("on", "live");
    banner.hidden = true;
  });
  source.addEventListener("changed", changed);
  source.addEventListener("error", async () => {
    state("off", "not connected");
    if (source.readyState !== EventSource.CLOSED) return;
    try {
      await ask("/api/deliveries?search=%230");
    } catch (error) {
      const anew = error instanceof Trouble && error.status === 401;
      banner.textContent = anew ? "hookctl was started anew: open the address that it printed." : "hookctl does not answer: it may have ended.";
      banner.hidden = false;
      if (anew) return;
    }
    setTimeout(listen, 2000);
  });
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const step = (by) => {
    const to = list.beside(by);
    if (to) location.hash = `#/${to}`;
    document.querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
  };
  const tab = (name) => Number(place()[0]) && (location.hash = `#/${place()[0]}/${name}`);
  const acts = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => document.getElementById("search").focus(),
    r: detail.replayShown,
    c: detail.copy,
    b: () => tab("body"),
    h: () => tab("headers"),
    s: () => tab("signature"),
    a: () => tab("attempts"),
    e: () => tab("edit"),
    Escape: () => (location.hash = "#/"),
    "?": () => say("j k: step · /: search · b h s a e: body, headers, signature, attempts, edit · r: replay · c: copy as curl · Esc: back"),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

window.addEventListener("hashchange", go);
document.addEventListener("keydown", key);
list.onFilter(() => {
  list.reload();
  if (place()[0] === "stats") stats();
});
list.reload();
go();
listen();
