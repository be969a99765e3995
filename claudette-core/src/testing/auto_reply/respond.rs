//! [`respond`]: an improvised response to any request.

use serde_json::{Value, json};

use super::choice::{self, Calls};
use super::fill::Filler;
use super::prompt::Prompt;
use crate::testing::mock_response::MockResponse;
use crate::testing::models::Model;

/// Makes up a response to a request.
pub(crate) fn respond(request: &Value) -> MockResponse {
    // A request with `max_tokens: 0` only fills the cache.
    if request["max_tokens"] == 0 {
        return MockResponse::content(json!([])).stop_reason("max_tokens");
    }
    let turn = LastTurn::of(request);
    let Calls { calls, search } = if turn.may_call() { choice::calls(request, &turn.text) } else { Calls::default() };
    let (response, thought) = if let Some((name, _)) = calls.first() {
        let thought = format!("The tool `{name}` can help with this.");
        let response = MockResponse::tool_uses(calls);
        (search.into_iter().fold(response, MockResponse::tool_search), thought)
    } else {
        let thought = "I can answer this right away.".to_owned();
        (text_response(turn.answer(request), request), thought)
    };
    thinking(response, request, thought).word_by_word()
}

/// The user's messages after the last response.
struct LastTurn {
    text: String,
    results: Vec<ToolResult>,
    /// `true` if the conversation ends with an assistant message that the model has to continue.
    unfinished: bool,
}

struct ToolResult {
    text: String,
    is_error: bool,
}

impl LastTurn {
    fn of(request: &Value) -> Self {
        let messages = request["messages"].as_array();
        let messages = messages.map_or(&[][..], Vec::as_slice);
        let from_user = |message: &Value| message["role"] != "assistant";
        let start = messages.iter().rposition(|message| !from_user(message)).map_or(0, |index| index + 1);
        let unfinished = start == messages.len();
        // A response that continues a message still answers the user message before it.
        let end = messages.iter().rposition(from_user).unwrap_or_default();
        let latest = if unfinished { messages.get(end..=end) } else { messages.get(start..) };
        let mut turn = Self { text: String::new(), results: Vec::new(), unfinished };
        let from_users = latest.unwrap_or_default().iter();
        for message in from_users.filter(|message| message["role"] == "user") {
            match &message["content"] {
                Value::String(text) => turn.push_text(text),
                content => content.as_array().into_iter().flatten().for_each(|block| match block["type"].as_str() {
                    Some("tool_result") => turn.results.push(ToolResult::of(block)),
                    _ => turn.push_text(block["text"].as_str().unwrap_or_default()),
                }),
            }
        }
        turn
    }

    fn push_text(&mut self, text: &str) {
        if !self.text.is_empty() && !text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }

    fn may_call(&self) -> bool {
        self.results.is_empty() && !self.unfinished
    }

    /// Returns the answer as text, or as JSON if the request contains a schema for it.
    fn answer(&self, request: &Value) -> String {
        let schema = &request["output_config"]["format"]["schema"];
        if schema.is_object() {
            let results = self.results.iter().map(|result| result.text.as_str());
            let material: Vec<&str> = results.chain([self.text.as_str()]).collect();
            let mut prompt = Prompt::read(&material.join("\n"));
            return Filler::new(schema, &mut prompt).fill("answer").value.to_string();
        }
        if self.results.is_empty() {
            return small_talk(&self.text);
        }
        let (failed, fine): (Vec<_>, Vec<_>) = self.results.iter().partition(|result| result.is_error);
        let fine: Vec<&str> = fine.into_iter().map(ToolResult::sentence_part).collect();
        let mut sentences = Vec::new();
        match fine.as_slice() {
            [] => {}
            [one] => sentences.push(format!("The result is {one}.")),
            [head @ .., last] => {
                sentences.push(format!("The results are {} and {last}.", head.join(", ")));
            }
        }
        for result in failed {
            sentences.push(format!("A tool failed: {}.", result.sentence_part()));
        }
        sentences.join(" ")
    }
}

impl ToolResult {
    fn of(block: &Value) -> Self {
        let text = match &block["content"] {
            Value::String(text) => text.clone(),
            Value::Array(blocks) => {
                let texts: Vec<&str> = blocks
                    .iter()
                    .map(|block| match block["text"].as_str() {
                        Some(text) => text,
                        None => block["type"].as_str().unwrap_or_default(),
                    })
                    .collect();
                texts.join(" ")
            }
            _ => String::new(),
        };
        Self { text, is_error: block["is_error"] == true }
    }

    fn sentence_part(&self) -> &str {
        match self.text.trim().trim_end_matches('.') {
            "" => "empty",
            text => text,
        }
    }
}

/// Returns a reply that explains that there is no model.
fn small_talk(prompt: &str) -> String {
    let start: String = prompt.chars().take(200).collect();
    match start.trim() {
        "" => "I am a mock server for Claude, without a model.".to_owned(),
        prompt => format!(
            "You said “{prompt}”. I am a mock server for Claude: I can call tools, but I cannot hold a conversation."
        ),
    }
}

/// Returns a text, cut at the stop sequences and the token limit of the request.
fn text_response(mut text: String, request: &Value) -> MockResponse {
    let sequences = request["stop_sequences"].as_array();
    let hit = sequences
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|sequence| Some((text.find(sequence)?, sequence)))
        .min();
    if let Some((end, sequence)) = hit {
        text.truncate(end);
        return MockResponse::text(text).stop_sequence(sequence);
    }
    // A token is assumed to have four characters.
    let limit = request["max_tokens"].as_u64().unwrap_or(u64::MAX).saturating_mul(4);
    let end = usize::try_from(limit).ok().and_then(|limit| text.char_indices().nth(limit));
    match end {
        Some((end, _)) => MockResponse::text(&text[..end]).stop_reason("max_tokens"),
        None => MockResponse::text(text),
    }
}

/// Adds a thinking block if the request asks for thinking. Its text is empty if the model would omit it.
fn thinking(response: MockResponse, request: &Value, thought: String) -> MockResponse {
    let thinking = &request["thinking"];
    if thinking["type"] != "adaptive" && thinking["type"] != "enabled" {
        return response;
    }
    let model = Model::find(request["model"].as_str().unwrap_or_default());
    let hidden = match thinking["display"].as_str() {
        Some(display) => display == "omitted",
        None => model.is_some_and(Model::hides_thinking),
    };
    response.thinking(if hidden { String::new() } else { thought })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::testing::context::{PromptCache, View};
    use crate::testing::ids::Ids;
    use crate::testing::reply::{self, Reply};

    /// Returns the content of the response to a request.
    fn content(request: &Value) -> Vec<Value> {
        let message = message(request);
        message["content"].as_array().cloned().unwrap_or_default()
    }

    fn message(request: &Value) -> Value {
        let response = respond(request);
        let reply = Reply {
            request,
            view: &View::of(request),
            ids: &Ids::default(),
            cache: &PromptCache::default(),
            minimum: None,
            window: u64::MAX,
        };
        reply.message(&response, reply::blocks(&response).unwrap())
    }

    /// Returns the names and arguments of the calls that a prompt causes.
    fn calls(prompt: &str, tools: &Value) -> Vec<(String, Value)> {
        content(&json!({"messages": [{"role": "user", "content": prompt}], "tools": tools}))
            .iter()
            .filter(|block| block["type"] == "tool_use")
            .map(|block| {
                let name = block["name"].as_str().unwrap_or_default();
                (name.to_owned(), block["input"].clone())
            })
            .collect()
    }

    fn arithmetic() -> Value {
        let numbers = json!({"a": {"type": "integer"}, "b": {"type": "integer", "default": 1}});
        json!([
            {"name": "sums", "description": "Adds a + b.",
             "input_schema": {"type": "object", "properties": numbers, "required": ["a"]}},
            {"name": "mults", "description": "Multiplies a * b.",
             "input_schema": {"type": "object", "properties": numbers, "required": ["a"]}},
        ])
    }

    fn call(name: &str, input: Value) -> (String, Value) {
        (name.to_owned(), input)
    }

    #[test]
    fn the_fitting_tool_is_called_with_the_numbers_of_the_prompt() {
        let tools = arithmetic();
        assert_eq!(calls("What is 604542+6458932?", &tools), [call("sums", json!({"a": 604_542, "b": 6_458_932}))]);
        assert_eq!(calls("Multiply 1,000 by -7, please.", &tools), [call("mults", json!({"a": 1000, "b": -7}))]);
        assert_eq!(
            calls("What is 604542+6458932 and 3+4?", &tools),
            [call("sums", json!({"a": 604_542, "b": 6_458_932})), call("sums", json!({"a": 3, "b": 4})),]
        );
        assert_eq!(
            calls("Add up 33392837120239382.", &tools),
            [call("sums", json!({"a": 33_392_837_120_239_382_u64}))]
        );
    }

    #[test]
    fn strings_come_from_names_ids_and_quotes() {
        let tools = json!([
            {"name": "get_weather", "description": "Current weather for a city.", "input_schema": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "City name, e.g. \"Oslo\""},
                    "days": {"type": "integer", "description": "How many days ahead"},
                    "unit": {"enum": ["celsius", "fahrenheit"]},
                },
                "required": ["city", "unit"],
            }},
            {"name": "find_customer", "description": "Looks up a customer.", "input_schema": {
                "type": "object",
                "properties": {"id": {"type": "string", "description": "Customer id, e.g. \"C1\""}},
                "required": ["id"],
            }},
            {"name": "shout", "description": "Upper-cases text.", "input_schema": {
                "type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"],
            }},
        ]);
        assert_eq!(
            calls("What will the weather be in New York in 3 days, in fahrenheit?", &tools),
            [call("get_weather", json!({"city": "New York", "days": 3, "unit": "fahrenheit"}))]
        );
        assert_eq!(
            calls("What is the weather in Oslo and in Paris?", &tools),
            [
                call("get_weather", json!({"city": "Oslo", "unit": "celsius"})),
                call("get_weather", json!({"city": "Paris", "unit": "celsius"})),
            ]
        );
        assert_eq!(
            calls("Show the weather, please.", &tools),
            [call("get_weather", json!({"city": "Oslo", "unit": "celsius"}))]
        );
        assert_eq!(calls("Who is customer C1?", &tools), [call("find_customer", json!({"id": "C1"}))]);
        assert_eq!(calls("Please shout \"hello there\".", &tools), [call("shout", json!({"text": "hello there"}))]);
    }

    #[test]
    fn no_tool_is_called_if_none_fits() {
        assert_eq!(calls("Tell me a joke.", &arithmetic()), []);
        let answer = content(&json!({"messages": [{"role": "user", "content": "Tell me a joke."}]}));
        let text = answer[0]["text"].as_str().unwrap();
        assert!(text.starts_with("You said “Tell me a joke.”"), "{text}");
    }

    #[test]
    fn the_choice_is_respected() {
        let request = |choice: Value| {
            json!({
                "messages": [{"role": "user", "content": "What is 1+2?"}],
                "tools": arithmetic(), "tool_choice": choice,
            })
        };
        let named = content(&request(json!({"type": "tool", "name": "mults"})));
        assert_eq!(named[0]["name"], "mults");
        let none = content(&request(json!({"type": "none"})));
        assert_eq!(none[0]["type"], "text");
        let mut any = request(json!({"type": "any"}));
        any["messages"][0]["content"] = json!("Tell me a joke.");
        assert_eq!(content(&any)[0]["type"], "tool_use");
        let mut one = request(json!({"type": "auto", "disable_parallel_tool_use": true}));
        one["messages"][0]["content"] = json!("What is 1+2 and 3+4?");
        assert_eq!(content(&one).len(), 1);
    }

    #[test]
    fn results_become_a_sentence_and_no_further_call() {
        let answer = |results: Value| {
            let answer = content(&json!({
                "messages": [
                    {"role": "user", "content": "What is 1+2?"},
                    {"role": "assistant", "content": [
                        {"type": "tool_use", "id": "t", "name": "sums", "input": {}},
                    ]},
                    {"role": "user", "content": results},
                ],
                "tools": arithmetic(),
            }));
            assert_eq!(answer.len(), 1);
            answer[0]["text"].as_str().unwrap().to_owned()
        };
        assert_eq!(
            answer(json!([{"type": "tool_result", "tool_use_id": "t", "content": "7063474"}])),
            "The result is 7063474."
        );
        assert_eq!(
            answer(json!([
                {"type": "tool_result", "tool_use_id": "t",
                 "content": [{"type": "text", "text": "3"}]},
                {"type": "tool_result", "tool_use_id": "u"},
                {"type": "tool_result", "tool_use_id": "v", "is_error": true,
                 "content": "no such id."},
                {"type": "text", "text": "Go on and add 5 and 6."},
            ])),
            "The results are 3 and empty. A tool failed: no such id."
        );
    }

    #[test]
    fn an_output_format_is_followed() {
        let request = json!({
            "messages": [{"role": "user", "content": "Thomas Jefferson was in office from 1801 to 1809."}],
            "output_config": {"format": {"type": "json_schema", "schema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "years": {"type": "array", "items": {"type": "integer"}},
                    "party": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Party"}]},
                },
                "required": ["name", "years", "party"],
                "$defs": {"Party": {"enum": ["federalist", "republican"]}},
            }}},
        });
        let text = content(&request)[0]["text"].as_str().unwrap().to_owned();
        let answer: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({"name": "Thomas Jefferson", "years": [1801, 1809], "party": null});
        assert_eq!(answer, expected);
    }

    #[test]
    fn limits_are_respected() {
        let mut request = json!({
            "max_tokens": 2,
            "messages": [{"role": "user", "content": "Hello, you!"}],
        });
        let cut = message(&request);
        assert_eq!(cut["content"][0]["text"], "You said");
        assert_eq!(cut["stop_reason"], "max_tokens");

        request["max_tokens"] = json!(100);
        request["stop_sequences"] = json!(["you", "said"]);
        let stopped = message(&request);
        assert_eq!(stopped["content"][0]["text"], "You ");
        assert_eq!(stopped["stop_reason"], "stop_sequence");
        assert_eq!(stopped["stop_sequence"], "said");

        request["max_tokens"] = json!(0);
        assert_eq!(message(&request)["content"], json!([]));
    }

    #[test]
    fn thinking_is_shown_as_requested() {
        let first = |thinking: Value| {
            let request = json!({
                "model": "claude-opus-5-5", "thinking": thinking,
                "messages": [{"role": "user", "content": "Hello"}],
            });
            content(&request)[0].clone()
        };
        assert_eq!(first(json!({"type": "between_tools"}))["type"], "text");
        assert_eq!(first(json!({"type": "adaptive"}))["thinking"], "");
        let summary = first(json!({"type": "adaptive", "display": "summarized"}));
        assert_eq!(summary["thinking"], "I can answer this right away.");
    }
}
