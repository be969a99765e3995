// Puts the page together: which chat is open, the keyboard, the theme, the header.

settings.load();
const sessions = new Map();
let current = null;

const page = {
  changed(session) {
    if (session === current) drawState();
  },
  asked(session) {
    const first = session.messages.find((message) => message.role === "user");
    chats.touch(session.id, first ? textOf(first) || "Picture" : "");
    if (session === current) {
      if (location.hash.slice(1) !== session.id) history.pushState(null, "", `#${session.id}`);
      chats.draw(session.id, open, remove);
      toEnd();
    }
  },
  refused(session, message) {
    if (session === current && composer.prompt.value === "") composer.put(message);
  },
  edit(session, message) {
    if (!session.busy) composer.edit(message);
  },
};

const composer = new Composer({
  submit: (text, files, edited) => {
    current.send(text, files, edited && current.messages.includes(edited) ? edited : null);
    toEnd();
  },
  stop: () => current.stop(),
});

// -- Chats --------------------------------------------------------------------------------------------------------------

/** Opens a chat, or a new one. Answers in other chats of this page go on. */
function open(id = null, { push = true } = {}) {
  closeSide();
  const known = sessions.get(id);
  current = known ?? new Session(id ?? newId(), page);
  sessions.set(current.id, current);
  $("log").replaceChildren(current.log);
  if (push) history.pushState(null, "", id ? `#${id}` : location.pathname + location.search);
  if (id && !known) current.load();
  chats.draw(current.id, open, remove);
  composer.reset();
  drawState();
  toEnd();
  composer.prompt.focus();
}

/** Removes a chat, here and on the server. */
async function remove(id) {
  if (!confirm(`Delete the chat “${chats.title(id)}”?`)) return;
  try {
    await sessions.get(id)?.stop();
    await api.remove(id);
  } catch (error) {
    return composer.complain(error instanceof ApiError ? error.message : "The server cannot be reached.");
  }
  chats.forget(id);
  sessions.delete(id);
  if (id === current.id) open();
  else chats.draw(current.id, open, remove);
}

function openFromAddress() {
  const id = decodeURIComponent(location.hash.slice(1));
  if (id !== current?.id) open(/^[\w-]{8,64}$/.test(id) ? id : null, { push: false });
}

addEventListener("popstate", openFromAddress);

// -- What is seen -------------------------------------------------------------------------------------------------------

function drawState() {
  const title = chats.title(current.id) ?? "New chat";
  $("title").textContent = title;
  document.title = `${current.busy ? "… " : ""}${title}`;
  $("welcome").hidden = current.messages.length > 0 || current.status === "loading" || current.problem !== null;
  const turns = turnsOf(current.messages);
  const { tokens, cost } = totals(turns);
  $("total").textContent = turns.length === 0 ? "" : [`${short(tokens)} tokens`, cost !== null && dollars(cost)].filter(Boolean).join(" · ");
  if (!$("usage").hidden) drawChart($("usage"), current.messages);
  for (const item of ["copy-md", "save-md", "save-json"]) $(item).disabled = current.messages.length === 0;
  $("log").setAttribute("aria-busy", String(current.busy));
  composer.show(current);
  drawNotice();
}

function drawNotice() {
  const notice = isOffline() ? "You are offline." : current.notice;
  $("notice").textContent = notice;
  $("notice").hidden = notice === "";
}

for (const type of ["online", "offline"]) addEventListener(type, drawNotice);

const scroller = $("scroll");
let atEnd = true;

/** Follows the text as long as the reader has not scrolled up. */
function keepAtEnd() {
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

function toEnd() {
  atEnd = true;
  $("latest").hidden = true;
  keepAtEnd();
}

let lastTop = 0;
scroller.addEventListener("scroll", () => {
  const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  // Text that arrives also makes a distance to the end. Only a reader scrolls up.
  atEnd = below < 48 || (atEnd && scroller.scrollTop >= lastTop);
  lastTop = scroller.scrollTop;
  $("latest").hidden = atEnd;
}, { passive: true });
const grown = new ResizeObserver(keepAtEnd);
grown.observe($("log"));
grown.observe(scroller);
$("latest").append(icon("down"), "Latest");
$("latest").addEventListener("click", () => {
  toEnd();
  composer.prompt.focus();
});

// -- The header and the side --------------------------------------------------------------------------------------------

function openSide() {
  document.body.classList.add("side-open");
  $("side").querySelector("button").focus();
}

function closeSide() {
  document.body.classList.remove("side-open");
}

$("open-side").append(icon("menu"));
$("open-side").addEventListener("click", openSide);
$("shade").addEventListener("click", closeSide);
$("new").prepend(icon("plus"));
$("new").addEventListener("click", () => open());
$("attach").append(icon("attach"));
$("keys").prepend(icon("keyboard"));
$("keys").addEventListener("click", () => $("help").showModal());
$("close-help").append(icon("close"));
$("close-help").addEventListener("click", () => $("help").close());
$("cancel-edit").addEventListener("click", () => composer.reset());

$("show-usage").append(icon("chart"));
$("show-usage").addEventListener("click", () => {
  const shown = $("usage").hidden;
  $("usage").hidden = !shown;
  $("show-usage").setAttribute("aria-expanded", String(shown));
  if (shown) drawChart($("usage"), current.messages);
});
new ResizeObserver(() => $("usage").hidden || drawChart($("usage"), current.messages)).observe($("scroll"));

$("export").querySelector("summary").append(icon("download"));
const fileName = (type) => `${($("title").textContent.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "chat").slice(0, 60)}.${type}`;
const EXPORTS = {
  "copy-md": async () => {
    await copyText(transcript($("title").textContent, current.messages));
    announce("Copied");
  },
  "save-md": () => download(fileName("md"), "text/markdown", transcript($("title").textContent, current.messages)),
  "save-json": () => download(fileName("json"), "application/json", transcriptJson(current.id, $("title").textContent, current.messages)),
};
for (const [id, act] of Object.entries(EXPORTS)) {
  $(id).addEventListener("click", () => {
    act();
    $("export").open = false;
    $("export").querySelector("summary").focus();
  });
}
addEventListener("click", (event) => {
  if (!$("export").contains(event.target)) $("export").open = false;
});

// -- The theme ----------------------------------------------------------------------------------------------------------

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const input of document.querySelectorAll("input[name=theme]")) input.checked = input.value === theme;
}

setTheme(["light", "dark"].includes(settings.value.theme) ? settings.value.theme : "system");
for (const input of document.querySelectorAll("input[name=theme]")) {
  input.after(icon({ light: "sun", dark: "moon", system: "system" }[input.value]));
  input.addEventListener("change", () => {
    settings.save({ theme: input.value });
    setTheme(input.value);
  });
}

// -- The keyboard -------------------------------------------------------------------------------------------------------

addEventListener("keydown", (event) => {
  const typing = /^(input|textarea|select)$/i.test(event.target.tagName ?? "");
  const command = event.ctrlKey || event.metaKey;
  const is = (key) => event.key.toLowerCase() === key;
  if (is("escape")) {
    if ($("help").open) return; // the dialog closes itself
    if ($("export").open) {
      $("export").open = false;
      $("export").querySelector("summary").focus();
    } else if (document.body.classList.contains("side-open")) {
      closeSide();
      $("open-side").focus();
    } else if (composer.edited) composer.reset();
    else if (current.busy) current.stop();
    else return;
  } else if (command && event.shiftKey && is("o")) open();
  else if (command && is("/")) $("help").showModal();
  else if (event.altKey && event.code === "KeyA") toApproval();
  else if (event.altKey && event.code === "KeyU") $("show-usage").click();
  else if (!typing && !command && !event.altKey && is("/")) composer.prompt.focus();
  else if (!typing && !command && is("?")) $("help").showModal();
  else if (is("arrowup") && event.target === composer.prompt && composer.prompt.value === "" && !current.busy) {
    const last = current.messages.findLast((message) => message.role === "user");
    if (!last) return;
    composer.edit(last);
  } else return;
  event.preventDefault();
});

/** Moves the focus to the next call that waits for a decision. */
function toApproval() {
  const button = current.log.querySelector(".approval button");
  if (!button) return;
  button.scrollIntoView({ block: "center" });
  button.focus();
}

openFromAddress();
