// The UI message stream: reads chunks from a response, and applies them to a message. The shapes are those of the AI SDK.

/** Yields the chunks of a response. Returns `true` if the stream came to its end, and `false` if it was cut off. */
async function* readChunks(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return false;
      buffer += value;
      const events = buffer.split(/\r?\n\r?\n/);
      buffer = events.pop();
      for (const event of events) {
        const lines = event.split(/\r?\n/).filter((line) => line.startsWith("data:"));
        const data = lines.map((line) => line.slice(5).trimStart()).join("\n");
        if (data === "[DONE]") return true;
        if (data) yield JSON.parse(data);
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

const isTool = (part) => part.type === "dynamic-tool" || part.type.startsWith("tool-");
const toolName = (part) => part.toolName ?? part.type.slice("tool-".length);
/** Returns the name for a person. That of a call inside sub-agents names the agents as well. */
const shownName = (part) => part.title || toolName(part);
const RUNNING = new Set(["input-streaming", "input-available", "approval-responded"]);
const isRunning = (part) => isTool(part) && (RUNNING.has(part.state) || part.preliminary === true);

/** Merges `more` into `base`, as the AI SDK merges metadata. */
function merge(base, more) {
  if (typeof base !== "object" || typeof more !== "object" || !base || !more || Array.isArray(more)) return more;
  const merged = { ...base };
  for (const [key, value] of Object.entries(more)) {
    if (key !== "__proto__") merged[key] = merge(merged[key], value);
  }
  return merged;
}

/** Applies one chunk to a message. Chunks without a meaning for a message are ignored, and so are unknown ones. */
function applyChunk(message, chunk) {
  const parts = message.parts;
  const byId = (type) => parts.findLast((part) => part.type === type && part.id === chunk.id);
  const tool = () => parts.findLast((part) => isTool(part) && part.toolCallId === chunk.toolCallId);
  const change = (part, changes) => part && Object.assign(part, changes);
  const begin = () => {
    const known = tool();
    if (known) return change(known, { providerExecuted: chunk.providerExecuted ?? known.providerExecuted });
    const { toolCallId, toolName: name, dynamic, title, providerExecuted } = chunk;
    const kind = dynamic ? { type: "dynamic-tool", toolName: name } : { type: `tool-${name}` };
    const part = { ...kind, toolCallId, title, providerExecuted, state: "input-streaming", began: performance.now() };
    parts.push(part);
    return part;
  };

  switch (chunk.type) {
    case "start":
    case "finish":
    case "message-metadata":
      if (chunk.messageMetadata) message.metadata = merge(message.metadata, chunk.messageMetadata);
      break;
    case "start-step":
      parts.push({ type: "step-start" });
      break;
    case "reset-step":
      parts.splice(parts.findLastIndex((part) => part.type === "step-start") + 1);
      break;
    case "text-start":
    case "reasoning-start":
      parts.push({ type: chunk.type.slice(0, -"-start".length), id: chunk.id, text: "", state: "streaming", began: performance.now() });
      break;
    case "text-delta":
    case "reasoning-delta": {
      const part = byId(chunk.type.slice(0, -"-delta".length));
      if (part) part.text += chunk.delta;
      break;
    }
    case "text-end":
    case "reasoning-end": {
      const part = byId(chunk.type.slice(0, -"-end".length));
      change(part, { state: "done", took: part && performance.now() - part.began });
      break;
    }
    case "tool-input-start":
      begin();
      break;
    case "tool-input-delta": {
      const part = tool();
      change(part, { inputText: (part?.inputText ?? "") + chunk.inputTextDelta });
      break;
    }
    case "tool-input-available":
      change(begin(), { state: "input-available", input: chunk.input, began: performance.now() });
      break;
    case "tool-input-error":
      change(begin(), { state: "output-error", input: chunk.input, errorText: chunk.errorText });
      break;
    case "tool-approval-request":
      change(tool(), { state: "approval-requested", approval: { id: chunk.approvalId }, reason: chunk.reason });
      break;
    case "tool-approval-response": {
      const part = parts.findLast((each) => isTool(each) && each.approval?.id === chunk.approvalId);
      const approval = { id: chunk.approvalId, approved: chunk.approved, reason: chunk.reason };
      change(part, { state: "approval-responded", approval });
      break;
    }
    case "tool-output-available": {
      const part = tool();
      change(part, { state: "output-available", output: chunk.output, preliminary: chunk.preliminary });
      // The last text of a sub-agent is its output.
      if (part?.rows?.at(-1)?.text !== undefined) part.rows.pop();
      if (!chunk.preliminary) ended(part);
      break;
    }
    case "tool-output-error":
      ended(change(tool(), { state: "output-error", errorText: chunk.errorText }));
      break;
    case "tool-output-denied":
      change(tool(), { state: "output-denied" });
      break;
    case "source-url":
      parts.push({ type: "source-url", url: chunk.url, title: chunk.title });
      break;
    case "source-document":
      parts.push({ type: "source-document", title: chunk.title, mediaType: chunk.mediaType });
      break;
    case "file":
      parts.push({ type: "file", url: chunk.url, mediaType: chunk.mediaType });
      break;
    case "data-agent":
      addText(rowsOf(parts, chunk.data), chunk.data);
      break;
    case "data-context":
      // A change inside a sub-agent is shown in its card.
      if (chunk.data?.call_id) rowsOf(parts, chunk.data)?.push({ ...levelOf(chunk.data.call_id, 1), note: String(chunk.data.text ?? "") });
      else parts.push({ type: chunk.type, data: chunk.data });
      break;
    case "data-tool": {
      // The server's own clock is better than that of the page, which begins when the input has arrived.
      const part = parts.findLast((each) => isTool(each) && each.toolCallId === chunk.data?.call_id);
      if (!part) {
        changeRow(parts, chunk.data);
        break;
      }
      if (chunk.data?.state === "running") {
        // A call that waited for a decision inside it continues.
        if (part.state === "output-available") change(part, { state: "input-available", output: undefined });
        change(part, { began: performance.now() });
      }
      if (chunk.data?.state === "progress") change(part, { progress: String(chunk.data.text ?? "") });
      if (Number.isFinite(chunk.data?.elapsed_ms)) change(part, { elapsed: chunk.data.elapsed_ms });
      break;
    }
    default:
  }

  function ended(part) {
    if (part && part.elapsed === undefined) part.elapsed = performance.now() - part.began;
  }
}

// -- Sub-agents ---------------------------------------------------------------------------------------------------------

/** The largest number of rows in the card of a sub-agent. */
const MAX_ROWS = 300;

/** Returns whether a call is inside a sub-agent that another call runs. The ids of inner calls begin with those around. */
const isInside = (part, outer) => part.toolCallId.startsWith(`${outer.toolCallId}/`);

/** Returns the id of the call that a row is about, and how far the row is indented. */
const levelOf = (id, more = 0) => ({ id, level: id.split("/").length - 2 + more });

/** Returns the rows of the card that shows this sub-agent: that of the outermost call. */
function rowsOf(parts, data) {
  const outermost = String(data?.call_id ?? "").split("/")[0];
  const part = parts.findLast((each) => isTool(each) && each.toolCallId === outermost);
  if (!part) return null;
  part.rows ??= [];
  if (part.rows.length > MAX_ROWS) part.rows.splice(0, part.rows.length - MAX_ROWS);
  return part.rows;
}

/** Adds a piece of the text that a sub-agent writes. */
function addText(rows, { call_id: id, text }) {
  const last = rows?.at(-1);
  if (last?.text !== undefined && last.id === id) last.text += text;
  else rows?.push({ ...levelOf(id, 1), text: String(text ?? "") });
}

/** Changes the row of a call inside a sub-agent. */
function changeRow(parts, data) {
  if (!String(data?.call_id ?? "").includes("/")) return;
  const rows = rowsOf(parts, data);
  const row = rows?.findLast((each) => each.id === data.call_id && each.name !== undefined);
  if (data.state === "running") rows?.push({ ...levelOf(data.call_id), name: data.name, input: data.input, state: "running" });
  else if (data.state === "progress") Object.assign(row ?? {}, { progress: String(data.text ?? "") });
  else Object.assign(row ?? {}, { state: data.state, elapsed: data.elapsed_ms });
}

/** Returns the text that the assistant or the user wrote in a message. */
function textOf(message) {
  return message.parts.filter((part) => part.type === "text").map((part) => part.text).join("\n\n");
}

/** Returns the usage of a message, or `null`: tokens by kind, dollars, milliseconds. */
function usageOf({ metadata }) {
  const usage = metadata?.usage;
  if (!usage) return null;
  const cached = usage.cache_read_input_tokens ?? 0;
  const fresh = (usage.input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  const cost = typeof metadata.cost_usd === "number" ? metadata.cost_usd : null;
  return { fresh, cached, output: usage.output_tokens ?? 0, cost, ms: metadata.elapsed_ms, model: metadata.model };
}
