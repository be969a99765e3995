// One chat: its messages, the answer that is being written, and the state of the connection.

const RETRY_DELAYS = [300, 1000, 2000, 4000, 8000, 8000];
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Session {
  /** `page.changed(session)` is called if the state changes, `page.asked(session)` before a request,
   *  and `page.refused(session, message)` if the server does not take a prompt. */
  constructor(id, page) {
    this.id = id;
    this.page = page;
    this.messages = [];
    this.views = new Map();
    this.log = h("div", { class: "log" });
    this.status = "ready"; // loading, submitted, streaming, reconnecting, ready
    this.problem = null;
    this.notice = "";
    this.aborter = null;
  }

  get busy() {
    return this.status !== "ready";
  }

  get pending() {
    return (this.messages.at(-1)?.parts ?? []).filter((part) => isTool(part) && part.state === "approval-requested");
  }

  set(status, changes = {}) {
    Object.assign(this, changes, { status });
    this.drawProblem();
    this.page.changed(this);
  }

  // -- What a person does ---------------------------------------------------------------------------------------------

  /** Reads the messages from the server, and follows the answer that is being written, if any. */
  async load() {
    this.set("loading", { problem: null });
    this.log.replaceChildren(h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i")));
    try {
      const messages = await api.messages(this.id);
      this.show(messages ?? []);
      const response = await api.resume(this.id);
      if (!response && this.messages.length === 0 && chats.title(this.id)) {
        this.log.append(h("p", { class: "note", text: "The server no longer has this chat. A new prompt begins it again." }));
      }
      if (response) await this.run(() => response, { replay: true });
      else this.set("ready");
    } catch (error) {
      this.log.querySelector(".skeleton")?.remove();
      this.fail(error, { retry: () => this.load() });
    }
  }

  /** Sends a prompt. With `edited`, it replaces that message and everything after it. */
  async send(text, files, edited = null) {
    const message = { id: edited?.id ?? newId(), role: "user", parts: [...files, ...(text ? [{ type: "text", text }] : [])] };
    if (edited) this.cut(this.messages.indexOf(edited));
    this.add(message);
    await this.ask({ message, trigger: "submit-message", messageId: edited?.id });
  }

  /** Asks for another answer to the last prompt. */
  async again() {
    const last = this.messages.at(-1);
    const prompt = this.messages.findLast((message) => message.role === "user");
    if (this.busy || !prompt) return;
    if (last.role === "assistant") this.cut(this.messages.indexOf(prompt) + 1);
    await this.ask({ message: prompt, trigger: "regenerate-message", messageId: last.role === "assistant" ? last.id : undefined });
  }

  /** Answers an approval. The answers are sent when no call waits any more. */
  async decide(part, approved, reason) {
    if (this.busy || part.state !== "approval-requested") return;
    Object.assign(part, { state: "approval-responded", approval: { id: part.approval.id, approved, reason: reason || undefined } });
    const message = this.messages.at(-1);
    this.views.get(message)?.update();
    announce(`${approved ? "Approved" : "Denied"}: ${shownName(part)}`);
    if (this.pending.length > 0) {
      this.page.changed(this);
      return;
    }
    await this.ask({ message, trigger: "submit-message", messageId: message.id });
  }

  /** Stops the answer. The server ends the stream; if it does not, the connection is closed. */
  async stop() {
    if (!this.busy || this.status === "loading") return;
    const { aborter } = this;
    this.stopping = true;
    const timer = setTimeout(() => aborter?.abort(), 2000);
    try {
      await api.stop(this.id);
    } catch {
      aborter?.abort();
    }
    await this.running?.catch(() => {});
    clearTimeout(timer);
  }

  // -- The stream -----------------------------------------------------------------------------------------------------

  ask(body) {
    this.page.asked(this);
    const { message, ...rest } = body;
    // The server has the conversation. Of earlier messages, it needs to know only that they are there.
    const until = this.messages.indexOf(message);
    const earlier = this.messages.slice(0, until).map(({ id, role }) => ({ id, role, parts: [] }));
    const request = () => api.send({ id: this.id, messages: [...earlier, plain(message)], ...rest }, this.aborter.signal);
    this.running = this.run(request, { body });
    return this.running;
  }

  /** Opens a stream and follows it to its end. A stream that is cut off is resumed. */
  async run(open, { replay = false, body = null } = {}) {
    this.aborter = new AbortController();
    this.stopping = false;
    this.set("submitted", { problem: null, notice: "" });
    this.ticker ??= setInterval(() => this.answer?.tick(), 200);
    let response = null;
    try {
      response = await open();
      while (!(await this.follow(response, replay))) {
        response = await this.reconnect();
        replay = true;
        if (!response) break;
      }
      this.settle();
    } catch (error) {
      this.settle();
      if (error.name === "AbortError" || this.stopping) {
        this.markStopped();
        this.set("ready");
      } else {
        const isRefused = !response && error.status >= 400 && error.status < 500;
        if (isRefused && body?.message.role === "user" && body.trigger === "submit-message") {
          // The server does not have the prompt: it goes back into the field, where it can be changed.
          this.cut(this.messages.indexOf(body.message));
          this.page.refused(this, body.message);
          const isOutdated = error.status === 409 || body.messageId;
          this.fail(error, { retry: isOutdated ? () => this.load() : null });
          return;
        }
        // It is not known whether the server has the prompt. The wish for another answer is right in both cases.
        const retry = body?.message.role === "assistant" && !response ? () => this.ask(body) : () => this.again();
        this.fail(error, { retry: error.status === 409 ? () => this.load() : retry });
      }
      return;
    }
    this.set("ready", { notice: "" });
    this.report();
  }

  /** Applies the chunks of a stream. Returns whether it came to its end. */
  async follow(response, replay) {
    this.set("streaming", { notice: "" });
    const stream = readChunks(response);
    for (;;) {
      let next;
      try {
        next = await stream.next();
      } catch (error) {
        if (error.name === "AbortError") throw error;
        return false; // the connection broke
      }
      if (next.done) return next.value;
      this.take(next.value, replay);
    }
  }

  take(chunk, replay) {
    if (chunk.type === "error") throw new ApiError(0, chunk.errorText);
    if (chunk.type === "data-retry") {
      const seconds = Math.max(1, Math.round((chunk.data?.wait_ms ?? 0) / 1000));
      return this.set(this.status, { notice: `The model is busy. Next attempt in ${seconds} s.` });
    }
    if (this.notice && chunk.type !== "data-tool") this.set(this.status, { notice: "" });
    if (chunk.type === "start" || !this.current) this.begin(chunk, replay);
    const message = this.current;
    if (chunk.type === "abort") message.aborted = true;
    if (chunk.type === "finish") message.finishReason = chunk.finishReason;
    if (chunk.type === "tool-approval-request") this.asks = true;
    applyChunk(message, chunk);
    this.answer.changed();
  }

  /** Begins an answer, or continues the last one: after an approval, or from its beginning if the stream is a replay. */
  begin(chunk, replay) {
    const last = this.messages.at(-1);
    const id = chunk.type === "start" ? chunk.messageId : undefined;
    const continues = last?.role === "assistant" && (id === undefined || id === last.id);
    const message = continues ? last : { id: id ?? newId(), role: "assistant", parts: [] };
    if (continues && replay) message.parts = [];
    Object.assign(message, { aborted: false, finishReason: undefined });
    if (!continues) this.add(message);
    this.current = message;
    this.answer = this.views.get(message);
    this.answer.update(true);
  }

  /** Tries to resume a stream that broke. Returns `null` if the answer had ended: then the messages are read again. */
  async reconnect() {
    this.set("reconnecting", { notice: "Connection lost. Reconnecting …" });
    for (const delay of RETRY_DELAYS) {
      if (isOffline()) await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
      await sleep(delay);
      if (this.stopping) return null;
      try {
        const response = await api.resume(this.id, this.aborter.signal);
        if (response) return response;
        const messages = await api.messages(this.id, this.aborter.signal);
        if (messages) this.show(messages);
        return null;
      } catch (error) {
        if (error.name === "AbortError") throw error;
      }
    }
    throw new ApiError(0, "The connection to the server was lost.");
  }

  /** Ends the answer that was being written. */
  settle() {
    clearInterval(this.ticker);
    this.ticker = null;
    for (const part of this.current?.parts ?? []) {
      if (part.state === "streaming") part.state = "done";
    }
    this.answer?.update(false);
    this.last = this.current;
    this.current = null;
    this.answer = null;
    this.drawAgain();
  }

  markStopped() {
    const last = this.messages.at(-1);
    if (last?.role !== "assistant") return;
    last.aborted = true;
    this.views.get(last).update(false);
  }

  /** Announces the end of an answer: its text, or what it waits for. */
  report() {
    const { pending, last } = this;
    if (pending.length > 0) announce(`Approval needed for ${pending.map(shownName).join(", ")}. Press Alt+A to go to it.`);
    else if (last) announce(last.aborted ? "Stopped" : `Claude: ${this.drawnText(last) || "no text"}`);
  }

  /** Returns the text of an answer as it is drawn, without the signs of Markdown. */
  drawnText(message) {
    const blocks = this.views.get(message)?.node.querySelectorAll(".parts > .prose > *") ?? [];
    return Array.from(blocks, (block) => block.textContent).join("\n");
  }

  fail(error, { retry }) {
    const text = error instanceof TypeError ? "The server cannot be reached." : error.message;
    this.set("ready", { problem: { text, retry }, notice: "" });
  }

  // -- What is seen ---------------------------------------------------------------------------------------------------

  /** Replaces all messages. */
  show(messages) {
    this.messages = [];
    this.views.clear();
    this.log.replaceChildren();
    this.current = null;
    messages.filter(({ role }) => role === "user" || role === "assistant").forEach((message) => this.add(message));
    this.drawAgain();
  }

  add(message) {
    message.parts ??= [];
    this.messages.push(message);
    this.log.querySelector(":scope > .note, :scope > .problem")?.remove();
    if (message.role === "user") {
      const node = drawUser(message, (each) => this.page.edit(this, each));
      this.views.set(message, { node, update() {} });
      this.log.append(node);
    } else {
      const view = new AnswerView(message, { decide: (...answer) => this.decide(...answer), again: () => this.again() });
      this.views.set(message, view);
      this.log.append(view.node);
      view.update(false);
    }
  }

  /** Removes the messages from this index on. */
  cut(index) {
    for (const message of this.messages.splice(index)) {
      this.views.get(message).node.remove();
      this.views.delete(message);
    }
  }

  /** Marks the answer that can be asked for again: the last one. */
  drawAgain() {
    this.log.querySelectorAll(".message.last").forEach((node) => node.classList.remove("last"));
    const last = this.messages.at(-1);
    if (last?.role === "assistant" && this.pending.length === 0) this.views.get(last).node.classList.add("last");
  }

  drawProblem() {
    this.log.querySelector(":scope > .problem")?.remove();
    const thinks = this.status === "submitted";
    this.log.querySelector(":scope > .waiting")?.remove();
    if (thinks) this.log.append(h("p", { class: "waiting" }, h("span", { class: "dots" }, h("i"), h("i"), h("i")), h("span", { class: "sr", text: "Waiting for the model" })));
    if (!this.problem) return;
    const { text, retry } = this.problem;
    this.log.append(h("div", { class: "problem", role: "alert" }, icon("alert"), h("p", { text }),
      retry && h("button", { type: "button", class: "secondary", onclick: retry }, "Try again")));
  }
}

/** Returns a message as the AI SDK sends it, without the clocks of this page. */
function plain(message) {
  const parts = message.parts.map(({ began, elapsed, took, inputText, progress, rows, ...part }) => part);
  return { id: message.id, role: message.role, parts };
}
