//! A loop as a good engineer writes it in an afternoon: one client, and structs for the JSON of the API.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The connection to the API, and the settings of every request.
#[derive(Clone)]
pub struct Claude {
    http: Client,
    url: String,
    key: String,
    model: String,
    system: String,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    max_tokens: u32,
    system: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a Value>,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stream: bool,
}

#[derive(Serialize)]
pub struct Message {
    role: &'static str,
    content: Vec<Block>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    Text { text: String },
    Image { source: Source },
    ToolUse { id: String, name: String, input: Value },
    ToolResult { tool_use_id: String, content: String, is_error: bool },
}

#[derive(Serialize, Deserialize)]
pub struct Source {
    pub r#type: String,
    pub media_type: String,
    pub data: String,
}

#[derive(Deserialize)]
struct MockResponse {
    content: Vec<Block>,
    stop_reason: String,
}

impl Message {
    pub fn user(text: impl Into<String>) -> Self {
        Self::of_user(vec![Block::Text { text: text.into() }])
    }

    pub fn of_user(content: Vec<Block>) -> Self {
        Self { role: "user", content }
    }
}

impl Claude {
    pub fn new(url: &str, key: &str, model: &str, system: &str) -> Self {
        Self {
            http: Client::new(),
            url: format!("{url}/v1/messages"),
            key: key.into(),
            model: model.into(),
            system: system.into(),
        }
    }

    /// Sends requests until the model answers, and runs `sums` if it is called.
    pub async fn tool_loop(&self, tools: &Value, messages: &mut Vec<Message>) -> Result<String, Error> {
        for _ in 0..10 {
            let response = self.ask(Some(tools), messages).await?;
            let results = response.content.iter().filter_map(|block| match block {
                Block::ToolUse { id, name, input } => {
                    let (content, is_error) = match call(name, input) {
                        Ok(result) => (result, false),
                        Err(error) => (error.to_string(), true),
                    };
                    Some(Block::ToolResult { tool_use_id: id.clone(), content, is_error })
                }
                _ => None,
            });
            let results: Vec<_> = results.collect();
            let answer = text(&response.content);
            messages.push(Message { role: "assistant", content: response.content });
            if response.stop_reason != "tool_use" {
                return Ok(answer);
            }
            messages.push(Message::of_user(results));
        }
        Err("no answer after ten responses".into())
    }

    /// Sends one request.
    pub async fn say(&self, messages: &mut Vec<Message>) -> Result<String, Error> {
        let response = self.ask(None, messages).await?;
        let answer = text(&response.content);
        messages.push(Message { role: "assistant", content: response.content });
        Ok(answer)
    }

    /// Sends one request and streams the response.
    pub async fn stream(&self, messages: &[Message]) -> Result<Pieces, Error> {
        let body = self.post(None, messages, true).await?.bytes_stream();
        Ok(Pieces { body: Box::pin(body), buffer: Vec::new(), read: 0 })
    }

    async fn ask(&self, tools: Option<&Value>, messages: &[Message]) -> Result<MockResponse, Error> {
        Ok(self.post(tools, messages, false).await?.json().await?)
    }

    async fn post(
        &self,
        tools: Option<&Value>,
        messages: &[Message],
        stream: bool,
    ) -> Result<reqwest::Response, Error> {
        let Self { model, system, .. } = self;
        let request = Request { model, max_tokens: 16_384, system, tools, messages, stream };
        let request = self.http.post(&self.url).json(&request);
        let request = request.header("x-api-key", &self.key).header("anthropic-version", "2023-06-01");
        Ok(request.send().await?.error_for_status()?)
    }
}

/// The text pieces of a streamed response.
pub struct Pieces {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    buffer: Vec<u8>,
    /// The length of the part of the buffer that was searched.
    read: usize,
}

impl Pieces {
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            let Some(length) = memchr::memchr(b'\n', &self.buffer[self.read..]) else {
                self.buffer.drain(..self.read);
                self.read = 0;
                let bytes = self.body.next().await.ok_or("the stream ended too early")?;
                self.buffer.extend_from_slice(&bytes?);
                continue;
            };
            let line = &self.buffer[self.read..self.read + length];
            self.read += length + 1;
            let Some(data) = line.strip_prefix(b"data: ") else { continue };
            let mut event: Value = serde_json::from_slice(data)?;
            match event["type"].as_str() {
                Some("content_block_delta") => {
                    if let Value::String(text) = event["delta"]["text"].take() {
                        return Ok(Some(text));
                    }
                }
                Some("message_stop") => return Ok(None),
                Some("error") => return Err(event["error"].to_string().into()),
                _ => {}
            }
        }
    }
}

/// Returns the definition of the tool.
pub fn tools() -> Value {
    json!([{
        "name": "sums",
        "description": "Adds a + b.",
        "input_schema": {
            "type": "object",
            "properties": {
                "a": {"type": "integer", "description": "First thing to sum"},
                "b": {"type": "integer", "description": "Second thing to sum"},
            },
            "required": ["a", "b"],
            "additionalProperties": false,
        },
    }])
}

fn call(name: &str, input: &Value) -> Result<String, Error> {
    #[derive(Deserialize)]
    struct Args {
        a: i64,
        b: i64,
    }

    match name {
        "sums" => {
            let Args { a, b } = Args::deserialize(input)?;
            Ok(serde_json::to_string(&(a + b))?)
        }
        _ => Err(format!("there is no tool {name}").into()),
    }
}

fn text(content: &[Block]) -> String {
    let texts = content.iter().filter_map(|block| match block {
        Block::Text { text } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
