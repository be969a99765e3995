// Drives a running router with the chat class of the AI SDK, without a browser: `node sdk.mjs ai6 http://127.0.0.1:3000`.
// The first argument is the name of the package: ai5, ai6 or ai (version 7). The mock server answers each prompt.
import assert from "node:assert/strict";

const [name, base] = process.argv.slice(2);
const sdk = await import(name);
const hasApprovals = name !== "ai5";

class State {
  status = "ready";
  error = undefined;
  constructor(messages) {
    this.messages = messages;
  }
  pushMessage = (message) => (this.messages = [...this.messages, message]);
  popMessage = () => (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index, message) => (this.messages = this.messages.with(index, structuredClone(message)));
  snapshot = (value) => structuredClone(value);
}

class Chat extends sdk.AbstractChat {
  constructor(id, messages = []) {
    super({
      id,
      state: new State(messages),
      transport: new sdk.DefaultChatTransport({ api: `${base}/api/chat` }),
      sendAutomaticallyWhen: hasApprovals ? sdk.lastAssistantMessageIsCompleteWithApprovalResponses : undefined,
      onData: (part) => this.data.push(part),
    });
  }
  data = [];
  get tools() {
    return this.lastMessage.parts.filter((part) => part.type === "dynamic-tool");
  }
  get text() {
    return this.lastMessage.parts.filter((part) => part.type === "text").map((part) => part.text).join("\n");
  }
}

async function until(what, check) {
  for (const end = Date.now() + 10_000; !check(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    assert(Date.now() < end, `timed out: ${what}`);
  }
}

const settled = (chat) => {
  assert.equal(chat.error, undefined);
  assert.equal(chat.status, "ready");
};

const chat = new Chat(crypto.randomUUID());

// Text, thinking, usage.
await chat.sendMessage({ text: "Who are you?" });
settled(chat);
assert.equal(chat.text, "I am **Claude**.");
assert(chat.lastMessage.parts.some((part) => part.type === "reasoning" && part.text === "A simple question."));
assert(chat.lastMessage.metadata.usage.output_tokens > 0);
assert(chat.lastMessage.metadata.cost_usd > 0);

// A tool, and an error of a tool.
await chat.sendMessage({ text: "Weather in Oslo and Atlantis?" });
settled(chat);
assert.deepEqual(chat.tools.map((part) => [part.toolName, part.input.city, part.state]),
  [["weather", "Oslo", "output-available"], ["weather", "Atlantis", "output-error"]]);
assert.equal(chat.tools[0].output.city, "Oslo");
assert.equal(chat.text, "4 °C in Oslo.");
assert(chat.data.some((part) => part.type === "data-tool" && part.data.elapsed_ms >= 0));

// Another answer to the same prompt replaces the last one.
const count = chat.messages.length;
await chat.regenerate();
settled(chat);
assert.equal(chat.messages.length, count);
assert.equal(chat.text, "Still 4 °C.");

// One call is approved, one is denied. The answer goes on in the same message.
if (hasApprovals) {
  await chat.sendMessage({ text: "Cancel O1 and O2." });
  settled(chat);
  assert.deepEqual(chat.tools.map((part) => part.state), ["approval-requested", "approval-requested"]);
  const [first, second] = chat.tools;
  const messages = chat.messages.length;
  await chat.addToolApprovalResponse({ id: first.approval.id, approved: true });
  await chat.addToolApprovalResponse({ id: second.approval.id, approved: false, reason: "Keep it" });
  await until("the answer after the decisions", () => chat.status === "ready" && chat.text.includes("O1 is cancelled."));
  settled(chat);
  assert.equal(chat.messages.length, messages);
  assert.deepEqual(chat.tools.map((part) => part.state), ["output-available", "output-denied"]);
}

// A call inside a sub-agent is approved. Its part follows that of the sub-agent.
if (hasApprovals) {
  await chat.sendMessage({ text: "Let the clerk cancel O3." });
  settled(chat);
  assert.deepEqual(chat.tools.map((part) => part.state), ["output-available", "approval-requested"]);
  const [outer, inner] = chat.tools;
  assert(inner.toolCallId.startsWith(`${outer.toolCallId}/`));
  assert.equal(inner.title, "clerk › cancel_order");
  assert(chat.data.some((part) => part.type === "data-agent" && part.data.call_id === outer.toolCallId));
  await chat.addToolApprovalResponse({ id: inner.approval.id, approved: true });
  await until("the answer after the decision", () => chat.status === "ready" && chat.text.includes("The clerk is done."));
  settled(chat);
  assert.deepEqual(chat.tools.map((part) => part.state), ["output-available", "output-available"]);
  assert.equal(chat.tools[0].output, "Done.");
}

// A page that is loaded again in the middle of an answer resumes it from its beginning. The server leaves the running answer
// out of the stored messages: version 5 would add to it, and show its text twice.
const lost = chat.sendMessage({ text: "Take your time." });
await until("the first words", () => chat.text?.includes("Let me look."));
const stored = async () => (await (await fetch(`${base}/api/chat/${chat.id}`)).json()).messages;
const again = new Chat(chat.id, await stored());
await again.resumeStream();
settled(again);
assert.equal(again.messages.length, chat.messages.length);
assert.equal(again.text, "Let me look.\nDone at last.");
await lost;

// Nothing is left to resume.
await again.resumeStream();
settled(again);

// Stop.
const endless = again.sendMessage({ text: "Never end." });
await until("the first words", () => again.text?.includes("This takes long."));
const stopped = await fetch(`${base}/api/chat/${again.id}/stream`, { method: "DELETE" });
assert(stopped.ok);
await endless;
settled(again);

// The chat goes on. Its messages on the server are those of the client.
await again.sendMessage({ text: "Still there?" });
settled(again);
assert.equal(again.text, "Yes.");
assert.equal((await stored()).at(-1).parts.findLast((part) => part.type === "text").text, "Yes.");

// An error before the stream.
const refused = new Chat("not a valid id");
await refused.sendMessage({ text: "Hello" });
assert.equal(refused.status, "error");
assert(refused.error.message.length > 0);

console.log(`${name}: ok`);
