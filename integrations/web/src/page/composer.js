// The prompt: text, pictures and documents by button, paste and drop.

const BINARY = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"];
const MAX_FILES = 10;
const MAX_BYTES = 4_000_000;
const MAX_SIDE = 1568; // larger pictures are made smaller by the API anyway

function readAsDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Returns a picture with at most `MAX_SIDE` pixels a side. Animations stay as they are. */
async function shrink(file) {
  if (!/^image\/(png|jpeg|webp)$/.test(file.type)) return file;
  const bitmap = await createImageBitmap(file);
  const factor = MAX_SIDE / Math.max(bitmap.width, bitmap.height);
  if (factor >= 1 && file.size <= MAX_BYTES) return file;
  const canvas = h("canvas");
  canvas.width = Math.round(bitmap.width * Math.min(1, factor));
  canvas.height = Math.round(bitmap.height * Math.min(1, factor));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const smaller = await new Promise((resolve) => canvas.toBlob(resolve, file.type, 0.9));
  return smaller && smaller.size < file.size ? smaller : file;
}

/** Returns the file in a form that the API takes: a picture, a PDF, or a text of any kind, such as a program. */
async function prepared(file) {
  if (BINARY.includes(file.type)) return shrink(file);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? null : new Blob([text], { type: "text/plain" });
  } catch {
    return null;
  }
}

class Composer {
  constructor({ submit, stop }) {
    this.submit = submit;
    this.stop = stop;
    this.files = [];
    this.edited = null;
    this.prompt = $("prompt");
    const form = $("composer");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.busy) this.stop();
      else this.send();
    });
    this.prompt.addEventListener("input", () => this.resize());
    this.prompt.addEventListener("keydown", (event) => this.key(event));
    $("attach").addEventListener("click", () => $("picker").click());
    $("picker").addEventListener("change", () => {
      this.attach($("picker").files);
      $("picker").value = "";
    });
    this.prompt.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.attach(event.clipboardData.files);
    });
    for (const type of ["dragenter", "dragover"]) {
      addEventListener(type, (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        document.body.classList.add("dropping");
      });
    }
    addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dropping"));
    addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.attach(event.dataTransfer.files);
    });
  }

  /** Enter sends, except on a touch keyboard, which has no Shift+Enter. A word that is being composed is not cut. */
  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    if (!this.busy) this.send();
  }

  send() {
    const text = this.prompt.value.trim();
    if ((!text && this.files.length === 0) || this.blocked) return;
    if (isOffline()) return this.complain("You are offline.");
    const { files, edited } = this;
    this.reset();
    this.submit(text, files, edited);
  }

  reset() {
    this.prompt.value = "";
    this.files = [];
    this.edit(null);
    this.drawFiles();
    this.resize();
  }

  edit(message) {
    this.edited = message;
    $("editing").hidden = message === null;
    if (message) this.put(message);
  }

  /** Puts the text and the files of a message into the field. */
  put(message) {
    this.prompt.value = textOf(message);
    this.files = message.parts.filter((part) => part.type === "file");
    this.drawFiles();
    this.resize();
    this.prompt.focus();
  }

  async attach(files) {
    for (const file of files) {
      if (this.files.length >= MAX_FILES) return this.complain(`A prompt can have ${MAX_FILES} files.`);
      try {
        const blob = file.size > 10 * MAX_BYTES ? file : await prepared(file);
        if (blob === null || blob.size > MAX_BYTES) {
          const why = blob ? `is larger than ${MAX_BYTES / 1_000_000} MB` : "is not a picture, a PDF or a text";
          this.complain(`${file.name} ${why}.`);
          continue;
        }
        this.files.push({ type: "file", mediaType: blob.type, filename: file.name, url: await readAsDataUrl(blob) });
        this.drawFiles();
        announce(`${file.name} is attached`);
      } catch {
        this.complain(`${file.name} cannot be read.`);
      }
    }
    this.prompt.focus();
  }

  complain(text) {
    const problem = $("complaint");
    problem.textContent = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (problem.textContent = ""), 6000);
  }

  drawFiles() {
    $("files").replaceChildren(...this.files.map((part, index) => h("li", {}, drawFile(part),
      iconButton("close", `Remove ${part.filename ?? "the file"}`, () => {
        this.files.splice(index, 1);
        this.drawFiles();
        this.prompt.focus();
      }))));
  }

  resize() {
    this.prompt.style.height = "auto";
    this.prompt.style.height = `${Math.min(this.prompt.scrollHeight, innerHeight * 0.4)}px`;
  }

  /** Shows the state of the chat that is open. */
  show(session) {
    this.busy = session.busy && session.status !== "loading";
    this.blocked = session.busy || session.pending.length > 0;
    const button = $("send");
    const label = this.busy ? "Stop" : "Send";
    if (button.getAttribute("aria-label") !== label) {
      button.setAttribute("aria-label", label);
      button.title = this.busy ? "Stop (Esc)" : "Send (Enter)";
      button.replaceChildren(icon(this.busy ? "stop" : "send"));
    }
    $("hint").dataset.busy = String(this.busy);
    button.disabled = !this.busy && this.blocked;
    this.prompt.placeholder = session.pending.length > 0 ? "A tool call waits for your decision" : "Message Claude";
  }
}
