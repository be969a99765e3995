// Draws messages: what the user sent, and the parts of an answer.

/** Folded thinking. */
class ThinkingView {
  constructor(part) {
    this.part = part;
    this.label = h("span", {});
    this.text = h("div", { class: "prose" });
    this.markdown = new MarkdownView(this.text);
    this.node = h("details", { class: "thinking" }, h("summary", {}, icon("brain"), this.label, icon("chevron")), this.text);
  }

  update(live) {
    const open = live && this.part.state === "streaming";
    const took = this.part.took;
    this.label.textContent = open ? "Thinking …" : took > 999 ? `Thought for ${duration(took)}` : "Thoughts";
    this.node.classList.toggle("live", open);
    this.markdown.show(this.part.text, { open });
  }
}

class TextView {
  constructor(part) {
    this.part = part;
    this.node = h("div", { class: "prose" });
    this.markdown = new MarkdownView(this.node);
  }

  update(live) {
    this.markdown.show(this.part.text, { open: live && this.part.state === "streaming" });
  }
}

/** A picture or document. Only data of the message itself is shown as a picture; other addresses become links. */
function drawFile(part) {
  const name = part.filename || part.mediaType || "file";
  const isPicture = /^data:image\/(png|jpeg|gif|webp);/.test(part.url ?? "");
  if (isPicture) return h("img", { class: "picture", src: part.url, alt: part.filename || "Picture", loading: "lazy" });
  const url = safeUrl(part.url);
  const label = h("span", { class: "file" }, icon("file"), name);
  if (!url) return label;
  const anchor = link(url);
  anchor.append(label);
  return anchor;
}

/** The report that the conversation was made smaller: what was replaced or removed, and what that cost. */
function drawContext(data) {
  const cost = typeof data?.cost_usd === "number" ? ` · ${dollars(data.cost_usd)}` : "";
  const line = h("span", { class: "change", text: `${data?.text ?? "the conversation was made smaller"}${cost}` });
  if (!data?.summary) return h("p", { class: "context" }, icon("fold"), line);
  const text = h("div", { class: "prose" });
  new MarkdownView(text).show(String(data.summary), { open: false });
  return h("details", { class: "context" }, h("summary", {}, icon("fold"), line, icon("chevron")), text);
}

function drawSources(parts) {
  const rows = parts.map((part) => {
    const url = part.type === "source-url" ? safeUrl(part.url) : null;
    if (!url) return h("li", {}, part.title || part.mediaType || "Document");
    const anchor = link(url);
    anchor.append(part.title || url.host);
    return h("li", {}, anchor, " ", h("span", { class: "muted", text: url.host }));
  });
  return h("details", { class: "sources" }, h("summary", {}, `Sources (${rows.length})`, icon("chevron")), h("ol", {}, ...rows));
}

/** The usage line of a turn. */
function drawUsage(message) {
  const usage = usageOf(message);
  if (!usage) return null;
  const input = NUMBER.format(usage.fresh + usage.cached);
  const cached = usage.cached > 0 ? ` (${NUMBER.format(usage.cached)} cached)` : "";
  const items = [`${input} in${cached}`, `${NUMBER.format(usage.output)} out`];
  if (usage.cost !== null) items.push(dollars(usage.cost));
  if (Number.isFinite(usage.ms)) items.push(duration(usage.ms));
  if (usage.model) items.push(usage.model);
  return h("p", { class: "usage", "aria-label": `Usage of this turn: ${items.join(", ")}` }, ...items.map((text) => h("span", { text })));
}

function drawUser(message, edit) {
  const files = message.parts.filter((part) => part.type === "file").map(drawFile);
  const text = textOf(message);
  return h("article", { class: "message user", "aria-label": "You" },
    h("div", { class: "bubble" }, files.length > 0 && h("div", { class: "files" }, ...files), text && h("p", { text })),
    h("div", { class: "tools-row" }, edit && iconButton("edit", "Edit and send again", () => edit(message)),
      copyButton("Copy this prompt", () => text)));
}

/** The view of one answer. `update` can be called for every chunk; it draws at most once in a frame. */
class AnswerView {
  constructor(message, { decide, again }) {
    this.message = message;
    this.decide = decide;
    this.again = again;
    this.views = [];
    this.parts = h("div", { class: "parts" });
    this.waiting = h("p", { class: "waiting" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", { class: "sr", text: "Waiting for the model" }));
    this.foot = h("footer", {});
    this.node = h("article", { class: "message assistant", "aria-label": "Claude" }, this.parts, this.waiting, this.foot);
    this.frame = 0;
    this.live = false;
  }

  /** Draws soon. */
  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.update();
    });
  }

  update(live = this.live) {
    const { parts } = this.message;
    const settled = this.live !== live;
    this.live = live;
    const shown = parts.filter((part) => this.kindOf(part) !== null);
    shown.forEach((part, index) => {
      const old = this.views[index];
      if (old?.part === part) {
        // Only a part that can still change is drawn again.
        if (settled || index >= shown.length - 1 || isTool(part) || part.state !== old.state) old.view.update?.(live);
        old.state = part.state;
        return;
      }
      const view = this.kindOf(part)();
      view.update?.(live);
      if (old) old.view.node.replaceWith(view.node);
      else this.parts.append(view.node);
      this.views[index] = { part, view, state: part.state };
    });
    for (const extra of this.views.splice(shown.length)) extra.view.node.remove();
    const last = shown.at(-1);
    const writes = last && (last.state === "streaming" || isRunning(last));
    this.waiting.hidden = !live || Boolean(writes) || last?.state === "approval-requested";
    this.drawFoot();
  }

  kindOf(part) {
    if (part.type === "text") return part.text ? () => new TextView(part) : null;
    if (part.type === "reasoning") return part.text || part.state === "streaming" ? () => new ThinkingView(part) : null;
    if (part.type === "file") return () => ({ node: drawFile(part) });
    if (part.type === "data-context") return () => ({ node: drawContext(part.data) });
    return isTool(part) ? () => new ToolCard(part, this.decide, () => this.message.parts) : null;
  }

  drawFoot() {
    const { message } = this;
    if (this.live || (message.parts.length === 0 && !message.aborted)) return this.foot.replaceChildren();
    const sources = message.parts.filter((part) => part.type.startsWith("source-"));
    const notes = { aborted: "Stopped", length: "The answer was cut at the limit of its length.", "content-filter": "The model declined to answer." };
    const note = notes[message.aborted ? "aborted" : message.finishReason];
    this.foot.replaceChildren(...[
      sources.length > 0 && drawSources(sources),
      note && h("p", { class: "note", text: note }),
      h("div", { class: "tools-row" }, drawUsage(message), h("span", { class: "space" }),
        this.again && iconButton("redo", "Answer again", this.again, { class: "ghost again" }),
        textOf(message) && copyButton("Copy this answer", () => textOf(message))),
    ].filter(Boolean));
  }

  /** Updates running clocks. */
  tick() {
    for (const { view } of this.views) view.tick?.(this.live);
  }
}
