// Splits Markdown into blocks. Every block keeps its source (`raw`), so that a view redraws only a block that changed.

const MAX_DEPTH = 12;
const FENCE = /^( {0,3})(`{3,}|~{3,})[ \t]*([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+|$)/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+|$)/;
const DELIMITER_CELL = /^:?-+:?$/;

const isBlank = (line) => line.trim() === "";

/** Splits a row of a table into its cells. `\|` does not end a cell. */
function cellsOf(line) {
  const row = line.trim().replace(/^\|/, "");
  const cells = [""];
  for (let at = 0; at < row.length; at++) {
    if (row[at] === "\\" && row[at + 1] === "|") cells[cells.length - 1] += row[++at];
    else if (row[at] === "|") cells.push("");
    else cells[cells.length - 1] += row[at];
  }
  if (cells.length > 1 && isBlank(cells.at(-1))) cells.pop();
  return cells.map((cell) => cell.trim());
}

/** Returns the alignment of each column if this line is the second line of a table. */
function alignments(header, line) {
  if (line === undefined || !line.includes("-") || !header.includes("|")) return null;
  const cells = cellsOf(line);
  if (!cells.every((cell) => DELIMITER_CELL.test(cell)) || cells.length !== cellsOf(header).length) return null;
  return cells.map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left"));
}

/** Returns whether this line begins another block, although a paragraph is open. */
function interrupts(line) {
  const item = ITEM.exec(line);
  return FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) ||
    (item !== null && item[3] !== "" && (/^[-*+]$/.test(item[2]) || parseInt(item[2], 10) === 1));
}

/** Splits a source into blocks: `{type, raw, start, …}`, where `start` is an index into the source. */
function parseBlocks(source) {
  const lines = source.split("\n");
  const blocks = [];
  let at = 0;
  let start = 0;
  while (at < lines.length) {
    if (isBlank(lines[at])) {
      start += lines[at++].length + 1;
      continue;
    }
    const first = at;
    const block = fence() ?? heading() ?? rule() ?? quote() ?? list() ?? table() ?? paragraph();
    block.raw = lines.slice(first, at).join("\n");
    block.start = start;
    start += block.raw.length + 1;
    blocks.push(block);
  }
  return blocks;

  function fence() {
    const open = FENCE.exec(lines[at]);
    if (!open) return null;
    const [, indent, marker, info] = open;
    const content = [];
    let closed = false;
    for (at++; at < lines.length && !closed; at++) {
      const line = lines[at];
      const end = line.trim();
      closed = end.length >= marker.length && end === marker[0].repeat(end.length) && line.search(/\S/) < 4;
      if (!closed) content.push(line.slice(Math.min(indent.length, Math.max(line.search(/\S/), 0))));
    }
    return { type: "code", language: info.trim().split(/\s/, 1)[0], text: content.join("\n"), closed };
  }

  function heading() {
    const open = HEADING.exec(lines[at]);
    if (!open) return null;
    const text = lines[at++].slice(open[0].length).trim();
    let end = text.length;
    while (end > 0 && text[end - 1] === "#") end--;
    const unmarked = end === 0 || text[end - 1] === " " ? text.slice(0, end).trim() : text;
    return { type: "heading", level: open[1].length, text: unmarked };
  }

  function rule() {
    if (!RULE.test(lines[at])) return null;
    at++;
    return { type: "rule" };
  }

  function quote() {
    if (!QUOTE.test(lines[at])) return null;
    const content = [];
    while (at < lines.length && QUOTE.test(lines[at])) content.push(lines[at++].replace(QUOTE, ""));
    return { type: "quote", text: content.join("\n") };
  }

  function list() {
    const open = ITEM.exec(lines[at]);
    if (!open) return null;
    const kind = open[2].at(-1);
    const items = [];
    let loose = false;
    while (at < lines.length) {
      const item = ITEM.exec(lines[at]);
      if (!item || item[2].at(-1) !== kind || RULE.test(lines[at])) break;
      const spaces = item[3].length > 4 || item[3] === "" ? 1 : item[3].length;
      const width = item[1].length + item[2].length + spaces;
      const content = [lines[at++].slice(width)];
      let blank = false;
      while (at < lines.length) {
        const line = lines[at];
        const indent = isBlank(line) ? Infinity : line.search(/\S/);
        if (indent < width && (blank || interrupts(line) || ITEM.test(line))) break;
        if (blank && !isBlank(line)) loose = true;
        blank = isBlank(line);
        content.push(line.slice(Math.min(width, indent)));
        at++;
      }
      // A blank line between two items makes the list loose; one at the end of the list does not.
      if (blank && at < lines.length && ITEM.exec(lines[at])?.[2].at(-1) === kind) loose = true;
      items.push(content.join("\n").trimEnd());
    }
    const ordered = kind === "." || kind === ")";
    return { type: "list", ordered, first: ordered ? parseInt(open[2], 10) : 1, loose, items };
  }

  function table() {
    const aligned = alignments(lines[at], lines[at + 1]);
    if (!aligned) return null;
    const rows = [lines[at]];
    for (at += 2; at < lines.length && !isBlank(lines[at]) && lines[at].includes("|"); at++) rows.push(lines[at]);
    return { type: "table", aligned, rows };
  }

  function paragraph() {
    const content = [lines[at++].trimStart()];
    while (at < lines.length && !isBlank(lines[at]) && !interrupts(lines[at])) {
      if (alignments(lines[at], lines[at + 1])) break;
      content.push(lines[at++].trimStart());
    }
    return { type: "paragraph", text: content.join("\n").trimEnd() };
  }
}
