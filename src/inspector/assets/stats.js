// What was recorded lately, counted and measured.

import { filters } from "./list.js";
import { ask, day, duration, fill, h, number, plain, query, size, statusClass, time, trouble, verdictClass } from "./page.js";

const pane = document.getElementById("detail");

let round = 0;

/** Shows the statistics of what fits the filters. */
export async function stats() {
  const mine = ++round;
  try {
    const found = await ask(`/api/stats${query(filters())}`);
    if (mine === round && location.hash === "#/stats") fill(pane, h("div", { class: "inner" }, page(found)));
  } catch (error) {
    if (mine === round && location.hash === "#/stats") fill(pane, h("div", { class: "inner" }, trouble(error)));
  }
}

function page(found) {
  if (!found.deliveries) return [h("h1", {}, "Statistics"), h("p", { class: "dim" }, "Nothing fits.")];
  const share = (part) => `${((part / found.deliveries) * 100).toFixed(part && part < found.deliveries / 100 ? 2 : 0)}%`;
  const latency = found.attempts.latency_ms;
  return [
    h("h1", {}, "Statistics"),
    h("p", { class: "dim" }, `${day(found.from)}, ${time(found.from)} to ${day(found.to)}, ${time(found.to)}`),
    h(
      "div",
      { class: "tiles" },
      tile("deliveries", number(found.deliveries)),
      tile("valid", share(found.verdicts.valid), "good"),
      tile("invalid", number(found.verdicts.invalid), found.verdicts.invalid ? "bad" : ""),
      tile("not 2xx", number(found.failed), found.failed ? "bad" : ""),
      tile("repeated", number(found.duplicates)),
      tile("usual size", size(found.bytes.p50)),
      latency && tile("p95 of attempts", duration(latency.p95)),
    ),
    found.over_time && h("div", { class: "card" }, h("h2", {}, "Over time"), overTime(found.over_time)),
    h(
      "div",
      { class: "plots" },
      meter("Verdicts", Object.entries(found.verdicts).map(([name, count]) => [name.replaceAll("_", "-"), count]), (name) => verdictClass(name)),
      meter("Statuses", Object.entries(found.statuses), (name) => (name === "none" ? "warn" : statusClass(Number(name)))),
      meter("Providers", found.providers.map(({ provider, deliveries }) => [provider ?? "unknown", deliveries])),
      Object.keys(found.attempts.errors).length > 0 && meter("Attempts without an answer", Object.entries(found.attempts.errors), () => "bad"),
    ),
    h("h2", {}, "Event types"),
    h("div", { class: "wide-table" }, events(found.events)),
    found.other_events > 0 && h("p", { class: "dim" }, `and ${number(found.other_events)} deliveries of other types`),
  ];
}

function tile(name, value, is = "") {
  return h("div", { class: "tile" }, h("span", {}, name), h("strong", { class: is }, value));
}

function meter(title, pairs, is = () => "") {
  const counted = pairs.filter(([, count]) => count > 0).sort((one, other) => other[1] - one[1]).slice(0, 12);
  const most = Math.max(...counted.map(([, count]) => count), 1);
  const rows = counted.map(([name, count]) => {
    const bar = h("div", { class: `fill ${is(name)}` });
    bar.style.width = `${(count / most) * 100}%`;
    return [h("span", { class: "name", title: plain(name) }, plain(name)), h("div", { class: "track" }, bar), h("span", { class: "count" }, number(count))];
  });
  return h("div", { class: "card" }, h("h2", {}, title), h("div", { class: "meter" }, rows));
}

function overTime({ start, span_s: span, counts }) {
  const [width, height, foot] = [900, 150, 18];
  const most = Math.max(...counts, 1);
  const step = width / counts.length;
  const at = (place) => new Date(Date.parse(start) + place * span * 1000);
  const bars = counts.map((count, place) => {
    const tall = (count / most) * (height - 14);
    const bar = h("rect", { x: place * step + 1, y: height - tall, width: Math.max(step - 2, 1), height: tall, rx: 1.5 });
    bar.append(h("title", {}, `${number(count)} from ${time(at(place))}`));
    return bar;
  });
  const label = (place, anchor) => h("text", { x: place * step, y: height + 14, "text-anchor": anchor }, time(at(place)));
  return h(
    "svg",
    { class: "plot", viewBox: `0 0 ${width} ${height + foot}`, role: "img", "aria-label": `at most ${most} in ${span} seconds` },
    h("line", { x1: 0, x2: width, y1: height, y2: height }),
    h("text", { x: 0, y: 10 }, `${number(most)} in ${span >= 60 ? `${number(span / 60)} min` : `${span} s`}`),
    bars,
    label(0, "start"),
    label(counts.length / 2, "middle"),
    label(counts.length, "end"),
  );
}

function events(all) {
  const head = [["provider"], ["event type"], ["deliveries", "n"], ["valid", "n"], ["not 2xx", "n"], ["repeated", "n"], ["size", "n"], ["p50", "n"], ["p95", "n"]];
  const rows = all.slice(0, 200).map((event) =>
    h(
      "tr",
      {},
      h("td", {}, plain(event.provider ?? "unknown")),
      h("td", {}, plain(event.event_type ?? "–")),
      [event.deliveries, event.verdicts.valid, event.failed, event.duplicates].map((count) => h("td", { class: "n" }, number(count))),
      h("td", { class: "n" }, size(event.bytes.p50)),
      [event.latency_ms?.p50, event.latency_ms?.p95].map((millis) => h("td", { class: "n" }, millis === undefined ? "–" : duration(millis))),
    ),
  );
  return h("table", {}, h("thead", {}, h("tr", {}, head.map(([name, is]) => h("th", { class: is }, name)))), h("tbody", {}, rows));
}
