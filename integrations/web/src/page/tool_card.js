// The card of a tool call: name, input as it streams, output, time, error, and the buttons of an approval.

const MAX_SHOWN = 50_000;

const TOOL_STATES = {
  "input-streaming": ["Preparing", "spinner"],
  "input-available": ["Running", "spinner"],
  "approval-requested": ["Needs approval", "hand"],
  "approval-responded": ["Running", "spinner"],
  "output-available": ["Done", "check"],
  "output-error": ["Failed", "alert"],
  "output-denied": ["Denied", "close"],
  stopped: ["Stopped", "stop"],
  waiting: ["Waits for a decision", "hand"],
};

const DECIDED = new Set(["approval-requested", "approval-responded"]);

/** The marks of the calls inside a sub-agent. */
const ROW_MARKS = { running: "▸", done: "✓", error: "✗", denied: "✗" };

/** Returns a value as text: a string as it is, anything else as indented JSON. */
function asText(value) {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "");
}

/** Returns a text that is not too long to be drawn. The copy has all of it. */
function shortened(text) {
  const more = text.length - MAX_SHOWN;
  return more > 0 ? `${text.slice(0, MAX_SHOWN)}\n… and ${NUMBER.format(more)} more characters` : text;
}

// Characters that are invisible, or that change the order in which text is shown. Emoji need joiners, so those stay.
const HIDDEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Returns a text with hidden characters as escapes, because a person decides about what it says. */
function revealed(text) {
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return text.replace(HIDDEN, (char) => char.split("").map(escaped).join(""));
}

/** Returns a hint of the input for the folded card. */
function gist(part) {
  return part.state === "input-streaming" ? "" : hint(part.input);
}

function hint(input) {
  if (typeof input !== "object" || input === null) return input === undefined ? "" : String(input);
  return Object.values(input).map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join(", ").slice(0, 120);
}

/** Draws the input: rows of names and values, or the JSON as it arrives. */
function drawInput(part) {
  const { input } = part;
  const object = typeof input === "object" && input !== null && !Array.isArray(input);
  if (part.state === "input-streaming" || (input === undefined && part.inputText)) {
    return h("pre", { class: "value", text: part.inputText ?? "" });
  }
  if (!object) return h("pre", { class: "value", text: revealed(asText(input ?? "")) });
  const entries = Object.entries(input);
  if (entries.length === 0) return h("p", { class: "muted", text: "No arguments" });
  return h("dl", { class: "arguments" }, ...entries.flatMap(([name, value]) => [
    h("dt", { text: revealed(name) }), h("dd", { text: revealed(shortened(asText(value))) }),
  ]));
}

/** Draws what a sub-agent does: its calls, its texts, and reports about its conversation. */
function drawRows(rows) {
  return h("ol", { class: "rows", tabindex: "0", "aria-label": "Steps of the sub-agent" }, ...rows.map((row) => {
    const indent = `level-${Math.min(row.level, 4)}`;
    if (row.name === undefined) {
      return h("li", { class: `${indent} ${row.note === undefined ? "" : "muted"}`, text: shortened(row.note ?? row.text) });
    }
    const time = row.elapsed === undefined ? row.progress : duration(row.elapsed);
    return h("li", { class: indent, "data-state": row.state }, h("span", { class: "row-mark", role: "img", "aria-label": row.state, text: ROW_MARKS[row.state] ?? "·" }),
      h("span", { class: "name", text: revealed(String(row.name)) }), h("span", { class: "gist", text: revealed(hint(row.input)) }),
      h("span", { class: "muted", text: time ?? "" }));
  }));
}

class ToolCard {
  /** `decide(part, approved, reason)` is called when a person answers an approval. `parts()` returns those of the message. */
  constructor(part, decide, parts) {
    this.part = part;
    this.parts = parts;
    this.decide = decide;
    this.touched = false;
    this.mark = h("span", { class: "mark" });
    this.gist = h("span", { class: "gist" });
    this.status = h("span", { class: "status" });
    this.time = h("span", { class: "time" });
    this.input = h("div");
    this.rows = h("div");
    this.output = h("div");
    const summary = h("summary", { onclick: () => (this.touched = true) },
      this.mark, h("span", { class: "name", text: shownName(part) }), this.gist, this.status, this.time, icon("chevron"));
    this.details = h("details", {}, summary, h("div", { class: "body" }, h("h4", { text: "Input" }), this.input, this.rows, this.output));
    this.approval = h("div");
    const inside = part.toolCallId.includes("/") ? " inside" : "";
    this.node = h("section", { class: `tool${inside}`, "aria-label": `Tool ${shownName(part)}` }, this.details, this.approval);
    this.state = null;
  }

  /** Shows the part as it is now. A call that still runs although the answer has ended was stopped. */
  update(live) {
    const { part } = this;
    const inside = this.parts().filter((each) => isTool(each) && isInside(each, part) && DECIDED.has(each.state));
    const waits = part.state === "output-available" && inside.length > 0;
    const state = waits ? "waiting" : !live && isRunning(part) ? "stopped" : part.state;
    const denied = state === "approval-responded" && part.approval?.approved === false;
    const [label, mark] = TOOL_STATES[denied ? "output-denied" : state] ?? [state, "check"];
    const shown = `${state} ${part.preliminary ?? ""} ${denied}`;
    if (shown !== this.state) {
      this.state = shown;
      this.node.dataset.state = denied ? "output-denied" : state;
      const spins = mark === "spinner" || (part.preliminary && live);
      this.mark.replaceChildren(spins ? h("span", { class: "spinner" }) : icon(mark));
      this.drawApproval(state === "approval-requested");
      if (state === "approval-requested") this.details.open = true;
      else if (!this.touched && state !== "output-error") this.details.open = false;
      if (state === "output-error") this.details.open = true;
    }
    const running = part.rows?.findLast((row) => row.state === "running");
    const progress = running ? `${running.name} …` : part.progress;
    this.status.textContent = progress && live && isRunning(part) ? progress : label;
    this.gist.textContent = revealed(gist(part));
    const input = part.state === "input-streaming" ? part.inputText : part.input;
    if (input !== this.drawnInput || !this.input.firstChild) this.input.replaceChildren(drawInput(part));
    this.drawnInput = input;
    const rows = JSON.stringify(part.rows);
    if (rows !== this.drawnRows) this.rows.replaceChildren(h("h4", { text: "Steps" }), drawRows(part.rows));
    this.drawnRows = rows;
    const output = `${state} ${part.errorText} ${part.approval?.reason}`;
    if (output !== this.drawnState || part.output !== this.drawnOutput) this.drawOutput(state);
    this.drawnState = output;
    this.drawnOutput = part.output;
    this.tick(live);
  }

  /** Updates the time. It runs while the tool runs. */
  tick(live) {
    const { part } = this;
    const runs = live && isRunning(part) && part.state !== "input-streaming" && part.began !== undefined;
    const ms = part.elapsed ?? (runs ? performance.now() - part.began : undefined);
    this.time.textContent = ms === undefined ? "" : duration(ms);
  }

  drawOutput(state) {
    const { part } = this;
    if (state === "output-error") {
      this.output.replaceChildren(h("h4", { text: "Error" }), h("pre", { class: "value error", text: shortened(part.errorText ?? "") }));
    } else if (state === "output-denied" || part.approval?.approved === false) {
      const { reason } = part.approval ?? {};
      this.output.replaceChildren(h("h4", { text: "Denied" }), h("p", { text: reason || "The call was not run." }));
    } else if (part.output !== undefined && state !== "waiting") {
      const label = `Output of ${shownName(part)}`;
      const text = h("pre", { class: "value", tabindex: "0", role: "region", "aria-label": label, text: shortened(asText(part.output)) });
      this.output.replaceChildren(h("div", { class: "row" }, h("h4", { text: "Output" }),
        copyButton("Copy the output", () => asText(part.output))), text);
    } else {
      this.output.replaceChildren();
    }
  }

  drawApproval(asked) {
    if (!asked) {
      const focused = this.approval.contains(document.activeElement);
      this.approval.replaceChildren();
      if (focused) this.details.querySelector("summary").focus();
      return;
    }
    const { part } = this;
    const reason = h("input", { type: "text", name: "reason", autocomplete: "off", placeholder: "Reason, for the model (optional)",
      "aria-label": `Reason for denying ${shownName(part)}`, maxlength: "500" });
    const approve = h("button", { type: "button", class: "primary", "aria-label": `Approve ${shownName(part)}`,
      onclick: () => this.decide(part, true) }, icon("check"), "Approve");
    const deny = h("button", { type: "submit", class: "secondary", "aria-label": `Deny ${shownName(part)}` }, icon("close"), "Deny");
    this.approval.replaceChildren(h("form", {
      class: "approval", "aria-label": `Decision on ${shownName(part)}`,
      onsubmit: (event) => {
        event.preventDefault();
        this.decide(part, false, reason.value.trim());
      },
    }, h("p", {}, "Run ", h("strong", { text: revealed(shownName(part)) }), " with this input?"),
    part.reason && h("p", { class: "muted", text: part.reason }), h("div", { class: "row" }, approve, deny, reason)));
  }
}
