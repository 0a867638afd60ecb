// A delivery as a form: changed here, and sent to wherever one wants.

import { attempt } from "./detail.js";
import { askText, fill, h, post, size, trouble } from "./page.js";

/** What is longer is not edited in a page. */
const LONGEST = 1024 * 1024;

/** Builds the form for a delivery. */
export function form(into, whole) {
  const { delivery, targets } = whole;
  const editable = whole.form !== "bytes" && !whole.cut && delivery.bytes <= LONGEST;
  const to = h("input", { type: "url", value: targets[0] ?? "", placeholder: "http://127.0.0.1:3000/webhooks", required: true });
  const method = h("input", { value: delivery.method, "aria-label": "Method", spellcheck: "false" });
  const path = h("input", { value: delivery.path + (delivery.query === null ? "" : `?${delivery.query}`), "aria-label": "Path and query", spellcheck: "false" });
  const rows = h("div", {}, delivery.headers.map(([name, value], at) => field(name, value, at)));
  const sign = h(
    "select",
    { "aria-label": "Signature" },
    h("option", { value: "fresh" }, "sign what is sent"),
    h("option", { value: "keep" }, "keep the recorded signature"),
  );
  sign.value = delivery.provider && delivery.verdict === "valid" ? "fresh" : "keep";
  const text = h("textarea", { "aria-label": "Body", spellcheck: "false" });
  const result = h("div", { "aria-live": "polite" });
  const send = h("button", { class: "main" }, "Send");
  let original = null;

  if (editable) load();
  async function load() {
    try {
      // As it came, not as it is laid out. A field makes every line end in LF; what is not changed is not sent from here.
      text.value = await askText(`/api/deliveries/${delivery.number}/body`);
      original = text.value;
    } catch (error) {
      fill(result, trouble(error));
    }
  }

  async function submit(event) {
    event.preventDefault();
    send.disabled = true;
    fill(result);
    const edit = { headers: [...rows.children].map((row) => row.field()) };
    if (method.value !== delivery.method) edit.method = method.value;
    edit.target = path.value;
    if (original !== null && text.value !== original) edit.body = text.value;
    try {
      const { deliveries, attempts } = await post(`/api/deliveries/${delivery.number}/replay`, { to: to.value, sign: sign.value, edit });
      const links = deliveries.map((one) => [" ", h("a", { href: `#/${one}` }, `#${one}`)]);
      fill(result, h("h2", {}, "Sent, and recorded as", links), attempts.map((one) => attempt(one)));
    } catch (error) {
      fill(result, trouble(error));
    }
    send.disabled = false;
    result.scrollIntoView({ block: "nearest" });
  }

  fill(
    into,
    h(
      "form",
      { class: "form", onsubmit: submit },
      h("label", {}, h("span", {}, "To"), to),
      h("div", { class: "pair" }, method, path),
      h("div", {}, h("h2", {}, "Headers"), rows, h("button", { type: "button", onclick: () => rows.append(field("", "", null)) }, "Add a header")),
      editable ? h("label", {}, h("span", {}, "Body"), text) : h("p", { class: "dim" }, `The body (${size(delivery.bytes)}) is sent as it came: it is no text, or too long to be edited here.`),
      h("div", { class: "actions" }, sign, send),
    ),
    result,
  );
}

/** A header field; one that is not changed keeps its recorded value, which is masked here if it is a credential. */
function field(name, value, at) {
  const names = h("input", { value: name, "aria-label": "Name", spellcheck: "false", class: "mono" });
  const values = h("input", { value, "aria-label": "Value", spellcheck: "false", class: "mono" });
  const row = h("div", { class: "field" }, names, values, h("button", { type: "button", title: "Leave it out", "aria-label": "Leave it out", onclick: () => row.remove() }, "×"));
  row.field = () => (at !== null && values.value === value ? { name: names.value, from: at } : { name: names.value, value: values.value });
  return row;
}
