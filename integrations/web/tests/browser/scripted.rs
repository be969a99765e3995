//! Answers that the test writes itself, piece by piece, in the page: for what a server cannot time exactly.

use serde_json::{Value, json};

use crate::browser::Browser;

/// Replaces the network of the page: each prompt is answered with the pieces in `window.pieces`, `window.pause` ms apart.
const NETWORK: &str = r#"
window.pieces = []; window.pause = 0;
window.fetch = async (url, options) => {
  if (options?.method !== "POST") return new Response(null, { status: 204 });
  const encoder = new TextEncoder();
  return new Response(new ReadableStream({
    async start(controller) {
      const send = (data) => controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      const chunk = (value) => send(JSON.stringify(value));
      chunk({ type: "start" });
      chunk({ type: "start-step" });
      chunk({ type: "text-start", id: "p1" });
      for (const delta of window.pieces) {
        chunk({ type: "text-delta", id: "p1", delta });
        if (window.pause > 0) await new Promise((resolve) => setTimeout(resolve, window.pause));
      }
      chunk({ type: "text-end", id: "p1" });
      chunk({ type: "finish-step" });
      chunk({ type: "finish", finishReason: "stop", messageMetadata: { usage: { input_tokens: 1, output_tokens: 1 } } });
      send("[DONE]");
      controller.close();
    },
  }));
};
"#;

impl Browser {
    pub(crate) async fn script_answers(&self) {
        self.eval(NETWORK).await;
    }

    /// Sends a prompt that is answered with these pieces.
    pub(crate) async fn ask_for(&self, pieces: &[&str], pause: u32) {
        self.eval(&format!("window.pieces = {}; window.pause = {pause};", json!(pieces))).await;
        let form = "document.querySelector('#prompt').value = 'Go on'; document.querySelector('#send').click();";
        self.eval(form).await;
    }

    /// Returns the HTML of the answer to a prompt that is answered with these pieces.
    pub(crate) async fn html_of(&self, pieces: &[&str], pause: u32) -> String {
        let count: Value = self.eval("return document.querySelectorAll('.usage').length").await;
        self.ask_for(pieces, pause).await;
        self.until(&format!("document.querySelectorAll('.usage').length > {count}")).await;
        self.text("[...document.querySelectorAll('.message.assistant')].at(-1).querySelector('.parts').innerHTML").await
    }
}
