// The list of chats that this browser knows. Only ids and titles are kept here; the conversations are on the server.

const KEY = `claudette-web:${BASE}`;

/** A value in the storage of the browser, which can be blocked or full: then it lives as long as the page. */
const settings = {
  value: {},
  load() {
    try {
      this.value = JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      this.value = {};
    }
    if (!Array.isArray(this.value.chats)) this.value.chats = [];
    return this.value;
  },
  save(changes) {
    Object.assign(this.load(), changes);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.value));
    } catch {
      // The list then is lost with the page.
    }
  },
};

const chats = {
  all: () => settings.value.chats,
  title: (id) => chats.all().find((chat) => chat.id === id)?.title,
  /** Puts a chat on top of the list. The first prompt becomes its title. */
  touch(id, prompt) {
    const { chats: list } = settings.load();
    const known = list.find((chat) => chat.id === id);
    const title = known?.title ?? (prompt.trim().split("\n", 1)[0].slice(0, 80) || "Chat");
    settings.save({ chats: [{ id, title, at: Date.now() }, ...list.filter((chat) => chat.id !== id)].slice(0, 200) });
  },
  forget(id) {
    const { chats: list } = settings.load();
    settings.save({ chats: list.filter((chat) => chat.id !== id) });
  },
  /** Draws the list. `open` shows a chat, `remove` deletes one. */
  draw(current, open, remove) {
    const rows = chats.all().map(({ id, title }) => h("li", {},
      h("a", {
        href: `#${id}`, class: "chat", "aria-current": id === current && "page", title,
        onclick: (event) => {
          event.preventDefault();
          open(id);
        },
      }, title),
      iconButton("trash", `Delete “${title}”`, () => remove(id))));
    $("chats").replaceChildren(...rows);
    $("no-chats").hidden = rows.length > 0;
  },
};
