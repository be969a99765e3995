// Small helpers for the DOM. No function in this page makes HTML from a string: all text goes into text nodes.

const SVG = "http://www.w3.org/2000/svg";

/** Returns the element with this id. */
const $ = (id) => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name === "text") element.textContent = value;
    else if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Creates an element. `text` sets its text; a function such as `onclick` becomes a listener. */
function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Creates an SVG element. */
function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

const ICONS = {
  alert: "M12 8v5M12 16.5v.01M12 3.5l9.5 16.5h-19z",
  attach: "M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.5-8.6a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6",
  brain: "M9.5 18.5h5M10 21.5h4M12 2.5a6.5 6.5 0 0 0-4 11.6c.9.8 1.5 1.6 1.5 2.9h5c0-1.3.6-2.1 1.5-2.9a6.5 6.5 0 0 0-4-11.6z",
  chart: "M4 20V10M10 20V4M16 20v-7M22 20H2",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chevron: "M9 6l6 6-6 6",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  down: "M12 5v14M6 13l6 6 6-6",
  download: "M12 4v11M7 10.5l5 5 5-5M4 20h16",
  edit: "M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  fold: "M4 6h16M4 18h16M12 9v6M9.5 12.5l2.5 2.5 2.5-2.5",
  hand: "M12 8v4.5M12 16v.01M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8z",
  keyboard: "M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M8 14h8",
  menu: "M4 7h16M4 12h16M4 17h16",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  more: "M5 12v.01M12 12v.01M19 12v.01",
  plus: "M12 5v14M5 12h14",
  redo: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19",
  system: "M3 5h18v11H3zM8 20h8M12 16v4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

/** Creates a decorative icon. The control around it has the name. */
function icon(name) {
  return s("svg", { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));
}

/** Creates a button that shows only an icon. */
function iconButton(name, label, onclick, attributes = {}) {
  return h("button", { type: "button", class: "ghost", "aria-label": label, title: label, onclick, ...attributes }, icon(name));
}

/** Copies text, also where the clipboard needs a secure context that this page does not have. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "sr" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** Creates a button that copies the text that `text()` returns, and confirms it. */
function copyButton(label, text) {
  const button = iconButton("copy", label, async () => {
    await copyText(text());
    button.replaceChildren(icon("check"));
    announce("Copied");
    setTimeout(() => button.replaceChildren(icon("copy")), 1500);
  });
  return button;
}

/** Lets the browser save text as a file. */
function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Lets a screen reader read a text when it is free. */
function announce(text) {
  $("live").textContent = text.length > 2000 ? `${text.slice(0, 2000)} …` : text;
}

const NUMBER = new Intl.NumberFormat("en");

function dollars(value) {
  if (value === 0) return "$0";
  return value < 0.01 ? `$${value.toPrecision(2)}` : `$${value.toFixed(value < 1 ? 3 : 2)}`;
}

function duration(ms) {
  if (ms < 1) return "< 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

function short(number) {
  return number < 10_000 ? NUMBER.format(number) : `${(number / 1000).toFixed(number < 100_000 ? 1 : 0)}k`;
}

/** Returns an unguessable id in the form of a UUID. `crypto.randomUUID` would need a secure context. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
