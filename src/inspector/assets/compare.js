// Two deliveries, and what they differ in.

import { ask, fill, h, plain, trouble } from "./page.js";

const pane = document.getElementById("detail");

/** Shows what the second differs in from the first. */
export async function compare(old, latest) {
  fill(pane, h("div", { class: "inner" }, h("p", { class: "dim" }, "Comparing…")));
  try {
    const diff = await ask(`/api/diff/${old}/${latest}`);
    fill(pane, h("div", { class: "inner" }, page(diff, old, latest)));
  } catch (error) {
    fill(pane, h("div", { class: "inner" }, trouble(error)));
  }
}

function page(diff, old, latest) {
  const number = (value, name) => h("input", { type: "number", min: "1", value, "aria-label": name, size: "6" });
  const [one, other] = [number(old, "Old"), number(latest, "New")];
  const go = (event) => {
    event.preventDefault();
    location.hash = `#/diff/${one.value}/${other.value}`;
  };
  const surprises = diff.differences.filter((difference) => !difference.expected);
  const usual = diff.differences.filter((difference) => difference.expected);
  const words = surprises.length === 0 ? "They differ in nothing that counts." : `They differ in ${surprises.length === 1 ? "one place" : `${surprises.length} places`}.`;
  return [
    h("a", { class: "back", href: "#/" }, "← all deliveries"),
    h("h1", {}, h("a", { href: `#/${old}` }, `#${old}`), " and ", h("a", { href: `#/${latest}` }, `#${latest}`)),
    h("form", { class: "actions", onsubmit: go }, one, other, h("button", {}, "Compare")),
    h("p", { class: surprises.length ? "" : "good" }, words),
    surprises.length > 0 && table(surprises),
    usual.length > 0 && h("details", {}, h("summary", {}, `${usual.length} more that are no surprise: signatures, times, ids, lengths`), table(usual)),
  ];
}

function table(differences) {
  const value = (json) => (json === null ? h("span", { class: "dim" }, "–") : h("code", {}, plain(text(json))));
  const rows = differences.map((difference) =>
    h(
      "tr",
      {},
      h("td", {}, h("code", {}, plain(difference.path || difference.part)), h("div", { class: "dim" }, difference.expected ? `${difference.part}, ${difference.expected}` : difference.part)),
      h("td", { class: "bad" }, value(difference.old)),
      h("td", { class: "good" }, value(difference.new)),
    ),
  );
  return h("table", {}, h("thead", {}, h("tr", {}, ["where", "old", "new"].map((name) => h("th", {}, name)))), h("tbody", {}, rows));
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}
