// A page with the `useChat` hook of the AI SDK, as an application would write it.
import { useChat } from "@ai-sdk/react";
import { DefaultChatTransport, getToolName, isToolUIPart, lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const id = location.hash.slice(1) || crypto.randomUUID();
history.replaceState(null, "", `#${id}`);
const response = await fetch(`/api/chat/${id}`);
const stored = response.ok ? (await response.json()).messages : [];

function Tool({ part, answer }) {
  const name = getToolName(part);
  return (
    <section className="tool" data-state={part.state}>
      <b>{name}</b> <code>{JSON.stringify(part.input)}</code> <output>{JSON.stringify(part.output)}</output> {part.errorText}
      {part.state === "approval-requested" && (
        <>
          <button className="approve" onClick={() => answer({ id: part.approval.id, approved: true })}>Approve</button>
          <button className="deny" onClick={() => answer({ id: part.approval.id, approved: false, reason: "Keep it" })}>Deny</button>
        </>
      )}
    </section>
  );
}

function App() {
  const [text, setText] = useState("");
  const { messages, sendMessage, status, error, addToolApprovalResponse } = useChat({
    id,
    messages: stored,
    resume: true,
    transport: new DefaultChatTransport({ api: "/api/chat" }),
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
  });
  const submit = (event) => {
    event.preventDefault();
    sendMessage({ text });
    setText("");
  };
  // A disconnect does not end a run that can be resumed, so stopping has an address of its own.
  const stop = () => fetch(`/api/chat/${id}/stream`, { method: "DELETE" });
  return (
    <main>
      <p id="status">{status}</p>
      <p id="error">{error?.message}</p>
      {messages.map((message) => (
        <article key={message.id} className={message.role}>
          {message.parts.map((part, index) => {
            if (part.type === "text") return <p key={index}>{part.text}</p>;
            if (part.type === "reasoning") return <blockquote key={index}>{part.text}</blockquote>;
            return isToolUIPart(part) ? <Tool key={index} part={part} answer={addToolApprovalResponse} /> : null;
          })}
          {message.metadata?.usage && <footer>{message.metadata.usage.output_tokens} tokens</footer>}
        </article>
      ))}
      <form onSubmit={submit}>
        <input id="prompt" value={text} onChange={(event) => setText(event.target.value)} />
        <button id="send">Send</button>
        <button id="stop" type="button" onClick={stop}>Stop</button>
      </form>
    </main>
  );
}

createRoot(document.getElementById("root")).render(<App />);
