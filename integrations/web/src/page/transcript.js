// The conversation as Markdown, to copy or to save.

function fenced(text, language = "") {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function toolTranscript(part) {
  const pieces = [`**Tool** \`${shownName(part)}\``, fenced(asText(part.input ?? part.inputText ?? {}), "json")];
  if (part.state === "output-error") pieces.push("Error:", fenced(part.errorText ?? ""));
  else if (part.state === "output-denied") pieces.push(`Denied${part.approval?.reason ? `: ${part.approval.reason}` : "."}`);
  else if (part.output !== undefined) pieces.push("Output:", fenced(asText(part.output)));
  return pieces.join("\n\n");
}

function partTranscript(part) {
  if (part.type === "text") return part.text;
  if (part.type === "reasoning") return part.text && `> ${part.text.replaceAll("\n", "\n> ")}`;
  if (part.type === "file") return `[${part.filename || part.mediaType || "file"}]`;
  if (part.type === "data-context") return `> ${part.data?.text ?? ""}`;
  if (part.type === "source-url") return `Source: <${part.url}>`;
  return isTool(part) ? toolTranscript(part) : "";
}

/** Returns the conversation as a Markdown document. */
function transcript(title, messages) {
  const sections = messages.map((message) => {
    const name = message.role === "user" ? "You" : "Claude";
    return [`## ${name}`, ...message.parts.map(partTranscript).filter(Boolean)].join("\n\n");
  });
  return `${[`# ${title}`, ...sections].join("\n\n")}\n`;
}

/** Returns the conversation as JSON, without the clocks and flags that only this page uses. */
function transcriptJson(id, title, messages) {
  return JSON.stringify({ id, title, messages: messages.map((message) => ({ ...message, ...plain(message) })) }, null, 2);
}
