// Draws blocks of Markdown and keeps them up to date while text arrives. A block whose source is unchanged is not touched.

/** Draws the blocks of one container: an answer, a quote, an item of a list. */
class BlockList {
  constructor(parent, depth = 0) {
    this.parent = parent;
    this.depth = depth;
    this.drawn = [];
  }

  /** Makes the container show `blocks`. With `open`, the last one is still arriving. */
  show(blocks, { open = false, tight = false } = {}) {
    blocks.forEach((block, index) => {
      const old = this.drawn[index];
      const isOpen = open && index === blocks.length - 1;
      if (old && old.raw === block.raw && old.open === isOpen) return;
      if (old && old.type === block.type && old.view.update?.(block, isOpen)) {
        Object.assign(old, { raw: block.raw, open: isOpen });
        return;
      }
      const view = this.draw(block, isOpen, tight);
      if (old) old.view.node.replaceWith(view.node);
      else this.parent.append(view.node);
      this.drawn[index] = { type: block.type, raw: block.raw, open: isOpen, view };
    });
    for (const extra of this.drawn.splice(blocks.length)) extra.view.node.remove();
  }

  draw(block, open, tight) {
    switch (block.type) {
      case "code":
        return new CodeView(block);
      case "list":
        return new ListView(block, open, this.depth);
      case "table":
        return new TableView(block, open);
      case "quote": {
        const node = h("blockquote");
        const inner = new BlockList(node, this.depth + 1);
        const update = (next, isOpen) => {
          showNested(inner, next.text, { open: isOpen });
          return true;
        };
        update(block, open);
        return { node, update };
      }
      case "rule":
        return { node: h("hr") };
      default: {
        const level = Math.min((block.level ?? 0) + 2, 6); // the page has h1 and h2
        const node = h(block.type === "heading" ? `h${level}` : tight ? "span" : "p");
        drawInline(node, block.text, { open });
        return { node };
      }
    }
  }
}

/** Draws Markdown inside a block. Below the limit of the depth, it stays as it is. */
function showNested(list, text, options) {
  const blocks = list.depth < MAX_DEPTH ? parseBlocks(text) : [{ type: "paragraph", raw: text, text }];
  list.show(blocks, options);
}

class ListView {
  constructor(block, open, depth) {
    this.depth = depth;
    this.ordered = block.ordered;
    this.loose = block.loose;
    this.items = [];
    this.node = h(block.ordered ? "ol" : "ul", { start: block.ordered && block.first !== 1 && String(block.first) });
    this.update(block, open);
  }

  update(block, open) {
    if (block.ordered !== this.ordered || block.loose !== this.loose) return false;
    block.items.forEach((raw, index) => {
      const isOpen = open && index === block.items.length - 1;
      let item = this.items[index];
      if (item && item.raw === raw && item.open === isOpen) return;
      const task = /^\[([ xX])\](?: |$)/.exec(raw);
      if (!item || item.task !== task?.[1]) {
        const node = h("li", { class: task && "task" });
        if (task) {
          const done = task[1] !== " ";
          node.append(h("span", { class: "box", role: "img", "aria-label": done ? "done" : "open" }, done && icon("check")));
        }
        const content = h("div");
        node.append(content);
        if (item) item.node.replaceWith(node);
        else this.node.append(node);
        item = { node, task: task?.[1], list: new BlockList(content, this.depth + 1) };
        this.items[index] = item;
      }
      Object.assign(item, { raw, open: isOpen });
      showNested(item.list, task ? raw.slice(task[0].length) : raw, { open: isOpen, tight: !this.loose });
    });
    for (const extra of this.items.splice(block.items.length)) extra.node.remove();
    return true;
  }
}

class TableView {
  constructor(block, open) {
    this.aligned = block.aligned;
    this.rows = [];
    this.head = h("thead");
    this.body = h("tbody");
    this.node = h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" },
      h("table", {}, this.head, this.body));
    this.update(block, open);
  }

  update(block, open) {
    if (block.aligned.join() !== this.aligned.join()) return false;
    block.rows.forEach((raw, index) => {
      if (this.rows[index]?.raw === raw) return;
      const cells = cellsOf(raw);
      const row = h("tr");
      this.aligned.forEach((align, column) => {
        const cell = index === 0 ? h("th", { class: align, scope: "col" }) : h("td", { class: align });
        drawInline(cell, cells[column] ?? "", { open: open && index === block.rows.length - 1 });
        row.append(cell);
      });
      if (this.rows[index]) this.rows[index].node.replaceWith(row);
      else (index === 0 ? this.head : this.body).append(row);
      this.rows[index] = { raw, node: row };
    });
    for (const extra of this.rows.splice(block.rows.length)) extra.node.remove();
    return true;
  }
}

class CodeView {
  constructor(block) {
    this.language = block.language;
    this.text = document.createTextNode("");
    this.code = h("code", {}, this.text);
    const label = block.language ? `Code in ${block.language}` : "Code";
    this.node = h("figure", { class: "code" },
      h("figcaption", {}, h("span", { text: block.language || "text" }), copyButton("Copy the code", () => this.code.textContent)),
      h("pre", { tabindex: "0", role: "region", "aria-label": label }, this.code));
    this.update(block);
  }

  update(block) {
    if (block.language !== this.language) return false;
    if (this.code.firstChild !== this.text) this.code.replaceChildren(this.text);
    if (block.text.startsWith(this.text.data)) this.text.appendData(block.text.slice(this.text.data.length));
    else this.text.data = block.text;
    if (block.closed) highlight(this.code, block.text, block.language);
    return true;
  }
}

const KEYWORDS = new Set(("abstract and as assert async await begin break case catch class const continue def default delete " +
  "do dyn elif else end enum except export extends extern false False finally fn for from func function go if impl import in " +
  "interface is lambda let loop match mod module mut new nil None not null of or package pass private protected pub public " +
  "raise ref return select self Self static struct super switch this throw trait true True try type typeof union unsafe use " +
  "using var void where while with yield CREATE DELETE FROM GROUP INSERT INTO JOIN LIMIT ORDER BY SELECT SET TABLE UPDATE " +
  "VALUES WHERE").split(" "));
const HASH_COMMENTS = /^(py|python|sh|bash|shell|zsh|rb|ruby|yaml|yml|toml|r|perl|make|makefile|dockerfile|ini|conf)$/i;
const PROSE = /^(|text|txt|plain|plaintext|md|markdown|diff|log|output)$/i;

/** Colours comments, strings, numbers and keywords. One pass, the same rules for all languages. */
function highlight(code, text, language) {
  if (PROSE.test(language) || text.length > 50_000) return;
  const comment = HASH_COMMENTS.test(language) ? "#[^\\n]*" : /^(sql|lua|haskell|hs)$/i.test(language) ? "--[^\\n]*"
    : "//[^\\n]*|/\\*[^]*?(?:\\*/|$)";
  const token = new RegExp(`(${comment})|("(?:[^"\\\\\\n]|\\\\.)*"?|'(?:[^'\\\\\\n]|\\\\.){2,}'|'[^'\\\\\\n]?'|\`[^\`]*\`?)|` +
    "\\b(\\d[\\w.]*)\\b|([A-Za-z_]\\w*)", "g");
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(token)) {
    const [whole, isComment, isString, isNumber] = found;
    const kind = isComment ? "c" : isString ? "s" : isNumber ? "n" : KEYWORDS.has(whole) ? "k" : null;
    if (!kind) continue;
    pieces.push(text.slice(at, found.index), h("span", { class: `hl-${kind}`, text: whole }));
    at = found.index + whole.length;
  }
  code.replaceChildren(...pieces, text.slice(at));
}

/** Shows a text that arrives in pieces. Finished blocks are left alone, so the work per piece does not grow. */
class MarkdownView {
  constructor(parent) {
    this.list = new BlockList(parent);
    this.tail = "";
    this.seen = 0;
  }

  /** Shows `text`, which begins with the text of the call before. */
  show(text, { open = false } = {}) {
    this.tail += text.slice(this.seen);
    this.seen = text.length;
    const blocks = parseBlocks(this.tail);
    this.list.show(blocks, { open });
    // The last block can still change; and the one before it, as long as the last one is only the start of a line.
    const done = blocks.length - 2;
    if (done > 0) {
      this.list.drawn.splice(0, done);
      this.tail = this.tail.slice(blocks[done].start);
    }
  }
}
