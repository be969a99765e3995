//! [`Responses`]: prepared responses of the API. Every client gets the same bytes.

use crate::connection::Request;

/// The responses of every scenario.
pub struct Responses {
    /// Each response, with the tool result that it follows.
    tool_loop: Vec<(&'static str, MockResponse)>,
    talk: MockResponse,
    stream: MockResponse,
    concurrency: MockResponse,
    empty: MockResponse,
}

/// The bytes of a response, in one or two parts.
pub struct MockResponse {
    pub now: Vec<u8>,
    /// The rest, which is sent after a request for `/go`.
    pub later: Vec<u8>,
}

/// The number of text pieces in a streamed response.
const PIECES: usize = 10_000;
/// The number of text pieces in each response of the `concurrency` scenario.
const PIECES_OF_EACH: usize = 20;

impl Responses {
    /// Returns the response to a request. The first segment of the path selects the scenario.
    pub fn to(&self, request: &Request<'_>) -> &MockResponse {
        match request.path.split('/').nth(1) {
            Some("loop4") => self.step(&String::from_utf8_lossy(request.body)),
            Some("talk") => &self.talk,
            Some("stream") => &self.stream,
            Some("concurrency") => &self.concurrency,
            _ => &self.empty,
        }
    }

    /// Returns the response to the newest tool result in the body. A client with a wrong sum never gets the answer.
    fn step(&self, body: &str) -> &MockResponse {
        let step = self.tool_loop.iter().rev().find(|(result, _)| body.contains(result));
        step.map_or(&self.empty, |(_, response)| response)
    }
}

impl Default for Responses {
    fn default() -> Self {
        Self {
            tool_loop: vec![
                ("", tool_use(1, r#"{"a":604542,"b":6458932}"#)),
                ("7063474", tool_use(2, r#"{"a":7063474,"b":36526}"#)),
                ("7100000", tool_use(3, r#"{"a":7100000,"b":900000}"#)),
                ("8000000", whole(r#"{"type":"text","text":"The sum is 8,000,000."}"#, "end_turn")),
            ],
            talk: whole(
                &format!(r#"{{"type":"text","text":"{}"}}"#, "A sentence of thirty letters. ".repeat(20)),
                "end_turn",
            ),
            stream: streamed(PIECES, 0),
            concurrency: streamed(PIECES_OF_EACH / 2, PIECES_OF_EACH / 2),
            empty: MockResponse { now: b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), later: Vec::new() },
        }
    }
}

fn tool_use(number: u32, input: &str) -> MockResponse {
    let call = format!(
        r#"{{"type":"tool_use","id":"toolu_01A09q90qw90lq91781{number}","name":"sums","input":{input},"caller":{{"type":"direct"}}}}"#
    );
    whole(&call, "tool_use")
}

/// Builds a response that is sent in one part.
fn whole(content: &str, stop_reason: &str) -> MockResponse {
    let body = message(content, &format!("\"{stop_reason}\""), 54);
    MockResponse { now: response("application/json", &body, body.len()), later: Vec::new() }
}

/// Builds a streamed response: `now` pieces of twenty bytes are sent at once, `later` pieces after `/go`.
fn streamed(now: usize, later: usize) -> MockResponse {
    let piece =
        event("content_block_delta", r#""index":0,"delta":{"type":"text_delta","text":"Twenty bytes of text"}"#);
    let begin = event("message_start", &format!("\"message\":{}", message("", "null", 1)))
        + &event("content_block_start", r#""index":0,"content_block":{"type":"text","text":""}"#)
        + &event("ping", "")
        + &piece.repeat(now);
    let end = piece.repeat(later)
        + &event("content_block_stop", r#""index":0"#)
        + &event(
            "message_delta",
            r#""delta":{"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"input_tokens":411,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":50000}"#,
        )
        + &event("message_stop", "");
    let length = begin.len() + end.len();
    let begin = response("text/event-stream", &begin, length);
    if later == 0 {
        MockResponse { now: [begin, end.into()].concat(), later: Vec::new() }
    } else {
        MockResponse { now: begin, later: end.into() }
    }
}

fn message(content: &str, stop_reason: &str, output_tokens: u32) -> String {
    format!(
        r#"{{"model":"claude-sonnet-4-5","id":"msg_01XFDUDYJgAACzvnptvVoYEL","type":"message","role":"assistant","content":[{content}],"stop_reason":{stop_reason},"stop_sequence":null,"stop_details":null,"usage":{{"input_tokens":411,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}},"output_tokens":{output_tokens},"service_tier":"standard","inference_geo":"global"}}}}"#
    )
}

fn event(name: &str, fields: &str) -> String {
    let comma = if fields.is_empty() { "" } else { "," };
    format!("event: {name}\ndata: {{\"type\":\"{name}\"{comma}{fields}}}\n\n")
}

fn response(content_type: &str, body: &str, length: usize) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nrequest-id: req_011CSHoEeqs5C35K2UUqR7Fy\r\n\r\n{body}"
    )
    .into_bytes()
}
