// The HTTP interface of the server. Addresses are relative to this page, so the router can be nested under any path.

const BASE = location.pathname.replace(/\/?$/, "/");

/** Returns whether the server cannot be reached. A server on this machine can always be. */
const isOffline = () => !navigator.onLine && !/^(localhost|127\.|\[::1\])/.test(location.hostname);

/** An answer of the server that is not a success. Its text is meant for the user. */
class ApiError extends Error {
  constructor(status, text) {
    super(text || `The server answered with status ${status}.`);
    this.status = status;
  }
}

async function call(path, options = {}) {
  const response = await fetch(`${BASE}api/chat${path}`, { credentials: "same-origin", cache: "no-store", ...options });
  if (!response.ok) throw new ApiError(response.status, readable(await response.text()));
  return response;
}

/** Returns a short error text: the body, or the text inside of it if it is JSON, but never an HTML page. */
function readable(body) {
  try {
    const value = JSON.parse(body);
    body = value?.error?.message ?? value?.error ?? value?.message ?? "";
  } catch {
    // It is not JSON: the body itself is the text.
  }
  return typeof body === "string" && body.length < 500 && !body.trimStart().startsWith("<") ? body.trim() : "";
}

const pathOf = (id) => `/${encodeURIComponent(id)}`;

const api = {
  /** Sends a message, decisions, or the wish for another answer. Returns the response, which is a stream of chunks. */
  send: (body, signal) => call("", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal,
  }),
  /** Follows the running answer from its beginning. Returns `null` if no answer is being written. */
  async resume(id, signal) {
    const response = await call(`${pathOf(id)}/stream`, { signal });
    return response.status === 204 ? null : response;
  },
  /** Stops the running answer. */
  stop: (id) => call(`${pathOf(id)}/stream`, { method: "DELETE" }),
  /** Deletes a chat. */
  remove: (id) => call(pathOf(id), { method: "DELETE" }),
  /** Returns the messages of a chat, or `null` if the server does not have it. */
  async messages(id, signal) {
    try {
      const body = await (await call(pathOf(id), { signal })).json();
      return Array.isArray(body) ? body : (body?.messages ?? []);
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  },
};
