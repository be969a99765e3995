//! [`ReadyTransport`]: a transport with a prepared response.

use claudette::client::Body;
use claudette::http::{Request, Response};
use claudette::{BoxFuture, Result, Transport};
use futures_util::stream;
use serde_json::{Value, json};

/// A transport that returns a prepared response in chunks of 16 KiB.
pub struct ReadyTransport {
    pub body: String,
    pub content_type: &'static str,
}

impl ReadyTransport {
    /// Returns a stream of this many pieces of text, each of twenty letters.
    pub fn pieces(count: usize) -> Self {
        let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
        let begin = [
            json!({"type": "message_start", "message": {"role": "assistant", "content": [], "usage": {"input_tokens": 9}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ];
        let piece = json!({"type": "content_block_delta", "index": 0,
            "delta": {"type": "text_delta", "text": "twenty letters of it"}});
        let end = json!({"type": "message_stop"});
        let body = begin.map(event).concat() + &event(piece).repeat(count) + &event(end);
        Self { body, content_type: "text/event-stream" }
    }
}

impl Transport for ReadyTransport {
    fn send(&self, _: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let chunks: Vec<Result<_>> = self.body.as_bytes().chunks(16 << 10).map(|chunk| Ok(chunk.to_vec())).collect();
        let mut response = Response::new(Body::from_stream(stream::iter(chunks)));
        response.headers_mut().insert("content-type", self.content_type.parse().unwrap());
        Box::pin(async { Ok(response) })
    }
}
