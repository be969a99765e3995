// Draws the inline parts of Markdown: emphasis, code, links. Text of a model is untrusted: it becomes text nodes, and links
// lead only to http and https addresses. Pictures become links, because loading one would tell its server what was said.

const SPECIAL = /[\\`*_~[!<\n]|https?:\/\//g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;

/** Returns the address if it is a complete http or https URL. */
function safeUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}

function link(url) {
  return h("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", title: url.href });
}

/** Appends the inline Markdown `text` to `parent`. With `open`, the text is still arriving: its end closes what is open. */
function drawInline(parent, text, { open = false, links = true, depth = 0 } = {}) {
  let plain = "";
  let at = 0;
  const missing = new Set(); // delimiters without an end in the rest of the text, so that each is looked for once
  let unclosed = 0; // brackets without an end; after some of them, brackets are only text
  const add = (node) => {
    if (plain) parent.append(plain);
    plain = "";
    parent.append(node);
  };
  const nested = (element, inner, more = {}) => {
    if (depth < MAX_DEPTH) drawInline(element, inner, { open: false, links, depth: depth + 1, ...more });
    else element.append(inner);
    add(element);
  };

  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    if (!found) break;
    plain += text.slice(at, found.index);
    at = found.index;
    const next = code() ?? emphasis() ?? linkOrImage() ?? address() ?? other();
    at = next;
  }
  plain += text.slice(at);
  if (plain) parent.append(plain);

  function code() {
    if (text[at] !== "`") return null;
    let size = 1;
    while (text[at + size] === "`") size++;
    const mark = "`".repeat(size);
    let end = missing.has(mark) ? -1 : at + size;
    while (end !== -1) {
      end = text.indexOf(mark, end);
      if (end === -1 || (text[end - 1] !== "`" && text[end + size] !== "`")) break;
      while (text[end] === "`") end++;
    }
    if (end === -1) {
      missing.add(mark);
      if (!open || size > 2) {
        plain += mark;
        return at + size;
      }
      add(h("code", { text: text.slice(at + size) }));
      return text.length;
    }
    const inner = text.slice(at + size, end).replaceAll("\n", " ");
    add(h("code", { text: /^ .*\S.* $/.test(inner) ? inner.slice(1, -1) : inner }));
    return end + size;
  }

  function emphasis() {
    const sign = text[at];
    if (sign !== "*" && sign !== "_" && sign !== "~") return null;
    let size = 1;
    while (text[at + size] === sign && size < 3) size++;
    if (sign === "~" && size !== 2) return null;
    const before = text[at - 1] ?? " ";
    const after = text[at + size] ?? " ";
    if (/\s/.test(after) || (sign === "_" && WORD.test(before))) {
      plain += sign.repeat(size);
      return at + size;
    }
    const mark = sign.repeat(size);
    let end = missing.has(mark) ? -1 : at + size + 1;
    while (end !== -1) {
      end = text.indexOf(mark, end);
      if (end === -1) break;
      const ends = !/[\s\\]/.test(text[end - 1]) && !(sign === "_" && WORD.test(text[end + size] ?? " "));
      if (ends && (size > 1 || (text[end + 1] !== sign && text[end - 1] !== sign))) break;
      end += size;
      while (size === 1 && text[end] === sign) end++;
    }
    if (end === -1) {
      missing.add(mark);
      if (!open || size !== 2) {
        plain += mark;
        return at + size;
      }
    }
    const inner = end === -1 ? text.slice(at + size) : text.slice(at + size, end);
    const element = h(sign === "~" ? "del" : size === 1 ? "em" : "strong");
    if (size === 3) {
      const em = h("em");
      drawInline(em, inner, { links, depth: depth + 1 });
      element.append(em);
      add(element);
    } else {
      nested(element, inner, { open: end === -1 });
    }
    return end === -1 ? text.length : end + size;
  }

  function linkOrImage() {
    const image = text[at] === "!" && text[at + 1] === "[";
    if (!(image || text[at] === "[") || !links || unclosed > 20) return null;
    const begin = at + (image ? 2 : 1);
    const end = closing(begin, "[", "]");
    const close = end !== -1 && text[end + 1] === "(" ? closing(end + 2, "(", ")") : null;
    if (end === -1 || close === -1) unclosed++;
    if (close === null || close === -1) return null;
    const target = text.slice(end + 2, close).trim().split(/\s/, 1)[0].replace(/^<|>$/g, "");
    const url = safeUrl(target);
    if (!url) {
      plain += text.slice(at, close + 1);
      return close + 1;
    }
    const label = text.slice(begin, end);
    nested(link(url), image ? `Picture: ${label || url.host}` : label || url.host, { links: false });
    return close + 1;
  }

  /** Returns the index of the bracket that closes the one before `from`, within 4,000 characters. */
  function closing(from, opens, closes) {
    let level = 1;
    for (let i = from; i < Math.min(text.length, from + 4000); i++) {
      if (text[i] === "\\") i++;
      else if (text[i] === opens) level++;
      else if (text[i] === closes && --level === 0) return i;
    }
    return -1;
  }

  function address() {
    const angled = text[at] === "<";
    const begin = angled ? at + 1 : at;
    if (!/^https?:\/\//.test(text.slice(begin, begin + 8)) || !links) return null;
    let end = begin;
    while (end < text.length && !/[\s<>"`]/.test(text[end])) end++;
    if (!angled) {
      while (/[.,:;!?'*_~]/.test(text[end - 1])) end--;
      if (text[end - 1] === ")" && !text.slice(begin, end).includes("(")) end--;
    } else if (text[end] !== ">") {
      return null;
    }
    const url = safeUrl(text.slice(begin, end));
    if (!url) return null;
    const element = link(url);
    element.textContent = text.slice(begin, end);
    add(element);
    return angled ? end + 1 : end;
  }

  function other() {
    if (text[at] === "\n") {
      plain = plain.trimEnd();
      add(h("br"));
      return at + 1;
    }
    if (text[at] === "\\") {
      if (text[at + 1] === "\n") return at + 1;
      if (PUNCTUATION.test(text[at + 1] ?? "")) {
        plain += text[at + 1];
        return at + 2;
      }
    }
    const lineBreak = /^<br ?\/?>/i.exec(text.slice(at, at + 6));
    if (lineBreak) {
      add(h("br"));
      return at + lineBreak[0].length;
    }
    plain += text[at];
    return at + 1;
  }
}
