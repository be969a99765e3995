//! Recorded exchanges with the API, replayed through a loopback server and the real client, must not change.
//!
//! The exchanges are not part of this repository. `CLAUDETTE_RECORDED` names their folder. Each line of a file is a
//! JSON object with `path`, `status`, `request` and `body` (text: JSON, or a whole stream). Without the variable, the
//! tests print that they were skipped.

use std::collections::BTreeMap;

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::BuiltinTool;
use claudette::{Chat, Client, History, Message, Response, tools};
use serde_json::{Map, Value, json};

#[derive(serde::Deserialize)]
struct Exchange {
    path: String,
    status: u16,
    request: Value,
    body: String,
}

impl Exchange {
    fn is_message(&self) -> bool {
        self.status == 200 && self.path.split('?').next() == Some("/v1/messages")
    }

    fn is_stream(&self) -> bool {
        !self.body.trim_start().starts_with('{')
    }
}

/// Returns all exchanges, or an empty list without the variable.
fn exchanges() -> Vec<Exchange> {
    let Some(folder) = std::env::var_os("CLAUDETTE_RECORDED") else {
        println!("skipped: CLAUDETTE_RECORDED is not set");
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let read = |file| std::fs::read_to_string(file).unwrap();
    files.into_iter().flat_map(|file| read(file).lines().map(parse::<Exchange>).collect::<Vec<_>>()).collect()
}

fn parse<T: serde::de::DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn client(claude: &MockServer) -> Client {
    Client::builder("claude-sonnet-4-6").api_key("k").base_url(claude.url()).max_retries(0).build().unwrap()
}

/// Returns the message of a stream, built from its events as plain JSON values.
fn reference(stream: &str) -> Value {
    let mut response = Value::Null;
    let mut inputs = BTreeMap::<usize, String>::new();
    for line in stream.lines() {
        let Some(data) = line.strip_prefix("data:") else { continue };
        let event: Value = parse(data);
        let place = usize::try_from(event["index"].as_u64().unwrap_or(0)).unwrap();
        match event["type"].as_str().unwrap() {
            "message_start" => response = event["message"].clone(),
            "content_block_start" => response["content"].as_array_mut().unwrap().push(event["content_block"].clone()),
            "content_block_delta" => {
                let (block, delta) = (&mut response["content"][place], &event["delta"]);
                let mut append = |field: &str| {
                    let text = block[field].as_str().unwrap_or_default().to_owned() + delta[field].as_str().unwrap();
                    block[field] = text.into();
                };
                match delta["type"].as_str().unwrap() {
                    "text_delta" => append("text"),
                    "thinking_delta" => append("thinking"),
                    "signature_delta" => block["signature"] = delta["signature"].clone(),
                    "citations_delta" => match &mut block["citations"] {
                        Value::Array(citations) => citations.push(delta["citation"].clone()),
                        citations => *citations = json!([delta["citation"]]),
                    },
                    "input_json_delta" => {
                        *inputs.entry(place).or_default() += delta["partial_json"].as_str().unwrap();
                    }
                    "compaction_delta" => {
                        for (field, value) in delta.as_object().unwrap() {
                            if field != "type" {
                                block[field] = value.clone();
                            }
                        }
                    }
                    _ => {}
                }
            }
            "content_block_stop" => {
                if let Some(input) = inputs.remove(&place).filter(|input| !input.is_empty()) {
                    response["content"][place]["input"] = parse(&input);
                }
            }
            "message_delta" => {
                let final_values = event["delta"].as_object().unwrap();
                let always = ["stop_reason", "stop_sequence", "stop_details"];
                for (field, value) in
                    final_values.iter().filter(|(field, value)| always.contains(&&***field) || !value.is_null())
                {
                    response[field] = value.clone();
                }
                for (field, value) in
                    event["usage"].as_object().into_iter().flatten().filter(|(_, value)| !value.is_null())
                {
                    response["usage"][field] = value.clone();
                }
                let siblings = event.as_object().unwrap().iter();
                for (field, value) in siblings
                    .filter(|(field, value)| !["type", "delta", "usage"].contains(&&***field) && !value.is_null())
                {
                    response[field] = value.clone();
                }
            }
            _ => {}
        }
    }
    response
}

#[tokio::test]
async fn responses_match_the_recorded_bodies() {
    let (mut whole, mut streams) = (0, 0);
    let claude = MockServer::start().await.unwrap();
    let client = client(&claude);
    for exchange in exchanges().iter().filter(|exchange| exchange.is_message()) {
        if exchange.is_stream() {
            let expected = reference(&exchange.body);
            for size in [1, 3, 7, 64, 1_000, usize::MAX] {
                let size = size.min(exchange.body.len());
                claude.respond(MockResponse::raw(200, "text/event-stream", exchange.body.clone()).byte_chunks(size));
                let response = client.send("Go.").stream().finish().await.unwrap();
                assert_eq!(serde_json::to_value(&response).unwrap(), expected, "in chunks of {size}");
            }
            streams += 1;
        } else {
            claude.respond(MockResponse::raw(200, "application/json", exchange.body.clone()));
            let response = client.send("Go.").await.unwrap();
            assert_eq!(serde_json::to_value(&response).unwrap(), parse::<Value>(&exchange.body));
            whole += 1;
        }
    }
    println!("{whole} whole responses and {streams} streams, each in six chunkings: all unchanged");
}

#[test]
fn conversations_are_written_back_unchanged() {
    let (mut requests, mut messages) = (0, 0);
    for exchange in exchanges() {
        let Some(sent) = exchange.request.get("messages") else { continue };
        let read: Vec<Message> = parse(&sent.to_string());
        assert_eq!(serde_json::to_value(&read).unwrap(), *sent);
        requests += 1;
        messages += read.len();
    }
    println!("{messages} messages of {requests} requests: all unchanged");
}

#[test]
fn conversations_that_the_api_accepted_are_valid_histories() {
    let mut requests = 0;
    let client = Client::builder("claude-sonnet-4-6").api_key("k").build().unwrap();
    for exchange in exchanges().iter().filter(|exchange| exchange.is_message()) {
        let Some(sent) = exchange.request.get("messages") else { continue };
        let messages: Vec<Message> = parse(&sent.to_string());
        let tools = exchange.request["tools"].as_array().into_iter().flatten();
        let tools = tools.fold(tools![], |tools, tool| tools.with(BuiltinTool::raw(tool.clone())));
        let chat = Chat::builder(&client).tools(tools).history(messages.clone()).build();
        assert!(chat.is_ok(), "{chat:?}: {sent:#}");
        assert_eq!(History::repair(messages.clone()).to_json(), serde_json::to_string(&messages).unwrap());
        requests += 1;
    }
    println!("{requests} conversations that the API accepted: all are valid histories");
}

#[tokio::test]
async fn a_response_is_sent_back_unchanged() {
    let mut count = 0;
    for exchange in exchanges().iter().filter(|exchange| exchange.is_message()) {
        let response: Response = if exchange.is_stream() {
            serde_json::from_value(reference(&exchange.body)).unwrap()
        } else {
            parse(&exchange.body)
        };
        let content = serde_json::to_value(response.content()).unwrap();
        // A response without content cannot be sent back, because the API refuses it.
        if content == json!([]) {
            continue;
        }
        // Only the content is compared: the rules for these turns depend on the messages before them.
        let claude = MockServer::start().await.unwrap();
        let stream = exchange.is_stream();
        claude.respond(if stream {
            MockResponse::raw(200, "text/event-stream", exchange.body.clone())
        } else {
            MockResponse::raw(200, "application/json", exchange.body.clone())
        });
        claude.respond(MockResponse::text("Fine."));
        let mut chat = Chat::builder(client(&claude)).continue_prompt("Go on.").build().unwrap();
        if stream {
            let mut events = chat.send("Go.").stream();
            while events.next().await.transpose().unwrap().is_some() {}
        } else {
            chat.send("Go.").await.unwrap();
        }
        let _ = chat.resume().await;
        let requests = claude.requests();
        let sent = &requests.last().unwrap().body()["messages"];
        assert_eq!(expected_turn(&content, &response), sent[1]["content"], "{sent:#}");
        count += 1;
    }
    println!("{count} turns were sent back unchanged");
}

/// Returns the turn that must be sent back: all of it, except for half a call at the end of a truncated response.
fn expected_turn(content: &Value, response: &Response) -> Value {
    let cut = response.stop_reason().is_some_and(|reason| reason.as_str() == "max_tokens");
    let mut blocks = content.as_array().unwrap().clone();
    if cut && blocks.last().is_some_and(|block| block["type"] == "tool_use") {
        blocks.pop();
    }
    Value::Array(blocks)
}

#[test]
fn integers_keep_every_digit() {
    let exact = Map::from_iter([("n".to_owned(), json!(33_392_837_120_239_382_u64))]);
    let response: Response = serde_json::from_value(
        json!({"content": [{"type": "tool_use", "id": "toolu_1", "name": "sums", "input": exact}]}),
    )
    .unwrap();
    assert_eq!(response.tool_uses().next().unwrap().input().get(), r#"{"n":33392837120239382}"#);
}
