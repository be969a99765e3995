//! `#[tool]` on functions, and the dispatch of calls, from a user's point of view.

#![allow(clippy::unused_async, reason = "the tools of these tests do not wait")]

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use claudette::{
    BoxFuture, ContentBlock, Message, Response, Tool, ToolContext, ToolDefinition, ToolError, ToolFn, ToolOutput,
    Toolset, tool, tools,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::texts::says;

/// Adds a + b.
#[tool]
async fn sums(
    /// First thing to sum
    a: i64,
    /// Second thing to sum
    #[tool(default = 1)]
    b: i64,
) -> i64 {
    a + b
}

mod shapes {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// A point on the map.
    #[derive(Deserialize, JsonSchema)]
    pub(crate) struct Point {
        /// To the east
        pub(crate) x: f64,
        /// To the north
        pub(crate) y: f64,
        #[allow(dead_code, reason = "only deserialized")]
        pub(crate) label: Option<String>,
    }

    /// A unit of length.
    #[derive(Deserialize, JsonSchema, Default)]
    #[serde(rename_all = "lowercase")]
    pub(crate) enum Unit {
        /// One metre
        #[default]
        Metre,
        /// 0.3048 metres
        Foot,
    }

    #[derive(Serialize)]
    pub(crate) struct Length {
        length: f64,
        unit: &'static str,
    }

    /// Measures the length of a path.
    ///
    /// # Returns
    ///
    /// The length in the requested unit.
    #[claudette::tool]
    pub(crate) fn path_length(
        /// The path
        points: Vec<Point>,
        /// The unit
        unit: Option<Unit>,
    ) -> Length {
        let metres = points.windows(2).map(|pair| (pair[0].x - pair[1].x).hypot(pair[0].y - pair[1].y)).sum::<f64>();
        match unit.unwrap_or_default() {
            Unit::Metre => Length { length: metres, unit: "m" },
            Unit::Foot => Length { length: metres / 0.3048, unit: "ft" },
        }
    }
}

type Maybe<T> = Option<T>;
type Checked<T> = Result<T, NoSuchCity>;

#[derive(Debug)]
struct NoSuchCity(String, fmt::Error);

impl fmt::Display for NoSuchCity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no city is called {:?}", self.0)
    }
}

impl std::error::Error for NoSuchCity {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.1)
    }
}

/// The weather in a city.
#[tool(name = "get_weather", strict)]
async fn weather(
    /// City name, e.g. "Oslo"
    city: String,
    /// Number of days ahead
    days: Maybe<u8>,
) -> Checked<String> {
    match city.as_str() {
        "Oslo" => Ok(format!("rain in {} days", days.unwrap_or(0))),
        _ => Err(NoSuchCity(city, fmt::Error)),
    }
}

/// Fails in the requested way.
#[tool]
async fn fails(
    /// Kind of failure
    how: String,
) -> anyhow::Result<()> {
    use anyhow::Context as _;

    assert_ne!(how, "panic", "asked to panic");
    match how.as_str() {
        "silently" => Err(anyhow::anyhow!("")),
        "deeply" => Err(fmt::Error).context("the middle").context("the top"),
        _ => Ok(()),
    }
}

async fn call(tools: &Toolset, name: &str, input: &str) -> String {
    let outcome = tools.call(name, input, &ToolContext::default()).await;
    let mark = if outcome.is_error() { "! " } else { "" };
    format!("{mark}{}", outcome.text())
}

fn schema(tools: &Toolset, name: &str) -> Value {
    let definition = tools.get(name).expect("the tool exists").definition();
    serde_json::from_str(definition.input_schema().get()).expect("the schema is JSON")
}

#[tokio::test]
async fn the_function_can_still_be_called() {
    assert_eq!(sums(1, 2).await, 3);
    assert!(shapes::path_length(Vec::new(), None).eq(&shapes::path_length(Vec::new(), Some(shapes::Unit::Metre))));
}

impl PartialEq for shapes::Length {
    fn eq(&self, other: &Self) -> bool {
        json!(self) == json!(other)
    }
}

#[test]
fn the_schema_is_clean() {
    assert_eq!(
        tools![sums].definitions()[0].input_schema().get(),
        r#"{"type":"object","properties":{"a":{"description":"First thing to sum","type":"integer"},"b":{"description":"Second thing to sum","type":"integer","default":1}},"required":["a"],"additionalProperties":false}"#
    );
}

#[test]
fn the_list_of_definitions_is_sent() {
    let tools = tools![weather, shapes::path_length];
    assert_eq!(tools.wire_json(), serde_json::to_string(tools.definitions()).expect("definitions are JSON"));
    let sent: Value = serde_json::from_str(tools.wire_json()).expect("the definitions are a list");
    assert_eq!(sent[0]["name"], "get_weather");
    assert_eq!(sent[0]["description"], "The weather in a city.");
    assert_eq!(sent[0]["strict"], true);
    assert_eq!(
        sent[1]["description"],
        "Measures the length of a path.\n\n# Returns\n\nThe length in the requested unit."
    );
    assert_eq!(sent[1].get("strict"), None);
}

#[test]
fn the_docs_of_nested_types_are_in_the_schema() {
    assert_eq!(
        schema(&tools![shapes::path_length], "path_length"),
        json!({
            "type": "object",
            "properties": {
                "points": {
                    "description": "The path",
                    "type": "array",
                    "items": {
                        "description": "A point on the map.",
                        "type": "object",
                        "properties": {
                            "x": {"description": "To the east", "type": "number"},
                            "y": {"description": "To the north", "type": "number"},
                            "label": {"type": "string"},
                        },
                        "required": ["x", "y"],
                        "additionalProperties": false,
                    },
                },
                "unit": {
                    "description":
                        "The unit\n\nA unit of length.\n\n- `metre`: One metre\n- `foot`: 0.3048 metres",
                    "type": "string",
                    "enum": ["metre", "foot"],
                },
            },
            "required": ["points"],
            "additionalProperties": false,
        })
    );
}

#[tokio::test]
async fn arguments_are_read_and_results_written() {
    let tools = tools![sums, shapes::path_length, weather];
    assert_eq!(call(&tools, "sums", r#"{"a":1,"b":2}"#).await, "3");
    assert_eq!(call(&tools, "sums", " { \"\\u0062\" : 2 , \"a\" : 1 } ").await, "3");
    let points = r#"{"points":[{"x":0,"y":0},{"x":3,"y":4,"label":"end"}]}"#;
    assert_eq!(call(&tools, "path_length", points).await, r#"{"length":5.0,"unit":"m"}"#);
    assert_eq!(call(&tools, "get_weather", r#"{"city":"Oslo","days":2}"#).await, "rain in 2 days");
}

#[tokio::test]
async fn optional_arguments_may_be_null() {
    let tools = tools![sums, weather];
    for input in [r#"{"a":1}"#, r#"{"a":1,"b":null}"#, r#"{"b":null,"a":1}"#] {
        assert_eq!(call(&tools, "sums", input).await, "2");
    }
    for input in [r#"{"city":"Oslo"}"#, r#"{"city":"Oslo","days":null}"#] {
        assert_eq!(call(&tools, "get_weather", input).await, "rain in 0 days");
    }
    assert_eq!(schema(&tools, "get_weather")["required"], json!(["city"]));
    assert_eq!(
        schema(&tools, "get_weather")["properties"]["days"],
        json!({"description": "Number of days ahead\n\n{minimum: 0}", "type": "integer"}),
        "it is strict"
    );
}

#[tokio::test]
async fn wrong_arguments_are_explained() {
    let tools = tools![sums, shapes::path_length, weather];
    let cases: [(&str, &str, &[&str]); 15] = [
        ("sums", r"{}", &["`a`"]),
        ("sums", r#"{"a":null}"#, &["`a`", "null"]),
        ("sums", r#"{"a":1,"a":2}"#, &["`a`"]),
        ("sums", r#"{"a":1,"c":2}"#, &["`c`", "`a`", "`b`"]),
        ("sums", r#"{"a":"x"}"#, &["`a`", "\"x\""]),
        ("sums", r#"{"a":1.5e0}"#, &["`a`", "1.5e0"]),
        ("sums", r#"{"a":[1]}"#, &["`a`", "[1]"]),
        ("path_length", r#"{"unit":"foot"}"#, &["`points`", "`x`", "`y`"]),
        ("path_length", r#"{"point":[]}"#, &["`points`", "`x`", "`y`", "`point`", "`unit`"]),
        ("path_length", r#"{"points":[],"unit":"mile"}"#, &["`unit`", "\"mile\""]),
        ("path_length", r#"{"points":[{"x":1}]}"#, &["`points[0].y`"]),
        (
            "path_length",
            "{\"points\": [\n{\"x\":0,\"y\":0},\n  {\"x\": \"a\", \"y\": 0}]}",
            &["`points[1].x`", "\"a\""],
        ),
        ("get_weather", r#"{"city":"Oslo","days":-1}"#, &["`days`", "-1"]),
        ("get_weather", r#"["Oslo"]"#, &["`get_weather`"]),
        ("get_weather", r#"{"city":"Os"#, &["`get_weather`", "{\"city\":\"Os"]),
    ];
    for (name, input, expected) in cases {
        let text = call(&tools, name, input).await;
        assert!(text.starts_with("! ") && says(&text, expected), "{name} {input}: {text}");
    }
}

#[tokio::test]
async fn all_missing_arguments_are_named_at_once() {
    /// Takes three.
    #[tool]
    fn three(
        /// One
        a: String,
        /// Two
        b: Option<String>,
        /// Three
        c: Vec<String>,
    ) -> usize {
        a.len() + b.map_or(0, |b| b.len()) + c.len()
    }
    let text = call(&tools![three], "three", "{}").await;
    assert!(text.starts_with("! ") && says(&text, &["`a`", "`c`"]) && !text.contains("`b`"), "{text}");
}

#[tokio::test]
async fn long_values_are_shortened_in_errors() {
    let input = json!({"a": "x".repeat(100_000)}).to_string();
    let text = call(&tools![sums], "sums", &input).await;
    assert!(text.len() < 1_000 && text.starts_with("! ") && says(&text, &["`a`", "\"xxx"]), "{text}");
}

#[tokio::test]
async fn an_error_without_a_place_is_still_an_argument_error() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[serde(try_from = "String")]
    #[schemars(with = "String")]
    struct Even(usize);

    impl TryFrom<String> for Even {
        type Error = &'static str;

        fn try_from(text: String) -> Result<Self, &'static str> {
            if text.len().is_multiple_of(2) { Ok(Self(text.len())) } else { Err("an even number of letters, please") }
        }
    }

    /// Counts letters.
    #[tool]
    fn letters(
        /// A word
        first: Even,
        /// Another word
        second: Even,
    ) -> usize {
        first.0 + second.0
    }

    let tools = tools![letters];
    let text = call(&tools, "letters", r#"{"first":"ab","second":"abc"}"#).await;
    assert!(text.starts_with("! ") && says(&text, &["`second`", "an even number of letters, please"]), "{text}");
}

#[tokio::test]
async fn failures_are_error_results() {
    let tools = tools![weather, fails];
    assert_eq!(
        call(&tools, "get_weather", r#"{"city":"Osslo"}"#).await,
        format!("! no city is called \"Osslo\": {}", fmt::Error)
    );
    assert_eq!(call(&tools, "fails", r#"{"how":"deeply"}"#).await, format!("! the top: the middle: {}", fmt::Error));
    assert!(call(&tools, "fails", r#"{"how":"silently"}"#).await.len() > "! ".len());
    assert_eq!(call(&tools, "fails", r#"{"how":"not at all"}"#).await, "");
    let text = call(&tools, "fails", r#"{"how":"panic"}"#).await;
    assert!(text.starts_with("! ") && says(&text, &["`fails`", "asked to panic"]), "{text}");
}

#[tokio::test]
async fn an_unknown_tool_is_answered() {
    let cases: [(Toolset, &str, &[&str]); 3] = [
        (tools![sums, weather], "get_wether", &["`get_wether`", "`get_weather`", "`sums`"]),
        (tools![sums], "delete", &["`delete`", "`sums`"]),
        (tools![], "sums", &["`sums`"]),
    ];
    for (tools, name, parts) in cases {
        let text = call(&tools, name, "{}").await;
        assert!(text.starts_with("! ") && says(&text, parts), "{name}: {text}");
    }
}

#[tokio::test]
async fn outputs_have_the_form_of_their_type() {
    /// Text.
    #[tool]
    fn text() -> &'static str {
        "a \"b\""
    }

    /// Nothing.
    #[tool]
    async fn nothing() {}

    /// A map.
    #[tool]
    async fn map() -> HashMap<String, Vec<u8>> {
        HashMap::from([("a".to_owned(), vec![1, 2])])
    }

    /// Something.
    #[tool]
    async fn something() -> impl serde::Serialize {
        (1, "a")
    }

    /// Maybe.
    #[tool]
    async fn maybe() -> Option<u8> {
        None
    }

    /// Blocks.
    #[tool]
    async fn blocks() -> Result<Vec<ContentBlock>, String> {
        Ok(vec![ContentBlock::text("a"), ContentBlock::text("b")])
    }

    /// Returns any kind of output.
    #[tool]
    async fn any() -> Result<ToolOutput, ToolError> {
        let number: i64 = "12".parse()?;
        ToolOutput::json(&number)
    }

    let tools = tools![text, nothing, map, something, maybe, blocks, any];
    assert_eq!(call(&tools, "text", "{}").await, "a \"b\"");
    assert_eq!(call(&tools, "nothing", "{}").await, "");
    assert_eq!(call(&tools, "map", "{}").await, r#"{"a":[1,2]}"#);
    assert_eq!(call(&tools, "something", "{}").await, r#"[1,"a"]"#);
    assert_eq!(call(&tools, "maybe", "{}").await, "null");
    assert_eq!(call(&tools, "any", "{}").await, "12");
    let outcome = tools.call("blocks", "{}", &ToolContext::default()).await;
    assert_eq!(
        json!(outcome.result()),
        json!({
            "type": "tool_result",
            "tool_use_id": "",
            "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        })
    );
}

#[tokio::test]
async fn calls_of_a_response_run_in_parallel_and_are_answered_in_order() {
    /// Waits.
    #[tool]
    async fn wait(
        /// Duration
        millis: u64,
    ) -> u64 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        millis
    }

    let response: Response = serde_json::from_value(json!({
        "content": [
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "wait", "input": {"millis": 200}},
            {"type": "tool_use", "id": "toolu_2", "name": "wait", "input": {"millis": 100}},
            {"type": "tool_use", "id": "toolu_3", "name": "wait", "input": {"millis": "soon"}},
        ],
        "stop_reason": "tool_use",
    }))
    .expect("the response is valid");
    let start = Instant::now();
    let answer = tools![wait].answer(&response).await.expect("the response calls tools");
    assert!(start.elapsed() < Duration::from_millis(290));
    let mut answer = json!(answer);
    let told = answer["content"][2]["content"].take();
    assert!(says(told.as_str().unwrap(), &["`millis`", "\"soon\""]), "{told}");
    assert_eq!(
        answer,
        json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "200"},
            {"type": "tool_result", "tool_use_id": "toolu_2", "content": "100"},
            {"type": "tool_result", "tool_use_id": "toolu_3", "content": null, "is_error": true},
        ]})
    );

    let response: Response = serde_json::from_value(json!({"content": [{"type": "text", "text": "Hello!"}]}))
        .expect("the response is valid");
    assert_eq!(tools![wait].answer(&response).await, None::<Message>);
}

#[tokio::test]
async fn closures_and_hand_written_tools_can_be_added_to_a_set() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Shout {
        /// Text to shout
        text: String,
        /// Volume
        #[serde(default)]
        times: Option<u8>,
    }

    struct CallId(ToolDefinition);

    impl Tool for CallId {
        fn definition(&self) -> &ToolDefinition {
            &self.0
        }

        fn call<'a>(
            &'a self,
            input: &'a RawValue,
            cx: &'a ToolContext,
        ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
            assert_eq!(input.get(), "{}", "called with arguments");
            Box::pin(async move { Ok(ToolOutput::new(format!("id {:?}", cx.call_id()))) })
        }
    }

    let shout = ToolFn::new("shout", "Upper-cases text.", |args: Shout| async move {
        match args.text.as_str() {
            "" => Err("nothing to shout"),
            text => Ok(text.to_uppercase() + &"!".repeat(args.times.unwrap_or(0).into())),
        }
    });
    let call_id = CallId(ToolDefinition::new("call_id", "The id of the call.", &json!({"type": "object"})));
    let tools = tools![sums].with(shout).with(tools![weather].with(call_id));

    let names: Vec<_> = tools.definitions().iter().map(ToolDefinition::name).collect();
    assert_eq!(names, ["sums", "shout", "get_weather", "call_id"]);
    assert_eq!(
        tools.definitions()[1].input_schema().get(),
        r#"{"type":"object","properties":{"text":{"description":"Text to shout","type":"string"},"times":{"description":"Volume","type":"integer","minimum":0}},"required":["text"],"additionalProperties":false}"#
    );
    assert_eq!(call(&tools, "shout", r#"{"text":"land","times":2}"#).await, "LAND!!");
    assert_eq!(call(&tools, "shout", r#"{"text":""}"#).await, "! nothing to shout");
    assert!(call(&tools, "shout", r"{}").await.contains("`text`"));
    assert!(says(&call(&tools, "shout", r#"{"text":"a","times":"b"}"#).await, &["! ", "`times`", "\"b\""]));
    assert_eq!(call(&tools, "call_id", "{}").await, "id \"\"");
    // A panic before the future exists counts as a panic of the tool.
    assert!(call(&tools, "call_id", r#"{"a":1}"#).await.contains("`call_id`"));
}

#[test]
fn futures_and_sets_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}

    let (tools, cx) = (tools![sums], ToolContext::default());
    is_shared(&tools);
    is_shared(&cx);
    is_send(&tools.call("sums", "{}", &cx));
    assert_eq!(format!("{tools:?}"), r#"["sums"]"#);
    assert_eq!((tools.len(), tools.is_empty(), tools.get("mults").is_some()), (1, false, false));
}

mod outputs {
    //! The output schema of a tool is that of its return type, if the result becomes JSON.
    #![allow(clippy::needless_lifetimes, clippy::unnecessary_wraps, clippy::unnecessary_literal_bound)]

    use std::collections::BTreeMap;
    use std::sync::Arc;

    use claudette::{BoxFuture, Text, ToolOutput, tool, tools};
    use serde_json::{Value, json};

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Forecast {
        /// In degrees
        temperature: f64,
        #[serde(rename = "wind")]
        wind_speed: Option<u8>,
    }

    #[derive(serde::Serialize)]
    struct Undescribed(u8);

    type Answer<T> = Result<T, String>;

    /// Returns a value.
    #[tool]
    async fn plain() -> Forecast {
        Forecast { temperature: 7.5, wind_speed: None }
    }

    /// Returns a value.
    #[tool]
    fn fallible(
        /// A place
        city: &str,
    ) -> Answer<Vec<Forecast>> {
        Err(city.to_owned())
    }

    /// Returns a value.
    #[tool]
    fn numbers() -> Option<Result<BTreeMap<&'static str, u32>, String>> {
        None
    }

    /// Returns a text.
    #[tool]
    fn text() -> Result<String, String> {
        Ok("rain".to_owned())
    }

    /// Returns blocks.
    #[tool]
    fn blocks() -> Vec<Text> {
        vec![Text::new("rain")]
    }

    /// Returns blocks.
    #[tool]
    fn output() -> ToolOutput {
        ToolOutput::new("rain")
    }

    /// Returns a value.
    #[tool]
    fn undescribed() -> Undescribed {
        Undescribed(1)
    }

    /// Returns a value.
    #[tool]
    fn hidden() -> impl serde::Serialize {
        Undescribed(1)
    }

    /// Returns a future.
    #[tool]
    fn later() -> BoxFuture<'static, Forecast> {
        Box::pin(plain())
    }

    /// Does nothing.
    #[tool]
    fn nothing() {}

    /// Returns a borrowed value.
    #[tool]
    fn lent<'a>(
        /// A place
        city: &'a str,
    ) -> Vec<&'a str> {
        vec![city]
    }

    struct Station(u8);

    #[tool]
    impl Station {
        /// Returns a value.
        #[tool]
        fn measured(self: &Arc<Self>) -> Result<[u8; 2], String> {
            Ok([self.0; 2])
        }
    }

    fn schema(tools: &claudette::Toolset) -> Value {
        let schema = tools.definitions()[0].output_schema();
        schema.map_or(Value::Null, |schema| serde_json::from_str(schema.get()).unwrap())
    }

    #[test]
    fn json_results_have_the_schema_of_their_type() {
        let found = schema(&tools![plain]);
        assert!(jsonschema::is_valid(&found, &json!({"temperature": 7.5, "wind": null})), "{found}");
        assert!(!jsonschema::is_valid(&found, &json!({"temperature": 7.5, "wind": "x"})), "{found}");
        assert_eq!(found["properties"]["temperature"], json!({"type": "number", "description": "In degrees"}));
        assert_eq!(found["required"], json!(["temperature", "wind"]));
        assert_eq!(schema(&tools![fallible])["items"], found);
        assert!(jsonschema::is_valid(&schema(&tools![numbers]), &Value::Null));
        assert!(jsonschema::is_valid(&schema(&tools![numbers]), &json!({"a": 1})));
        assert_eq!(schema(&tools![lent])["items"], json!({"type": "string"}));
        assert_eq!(schema(&claudette::Toolset::default().with(Station(1)))["type"], "array");
    }

    #[test]
    fn other_results_have_no_schema() {
        for tools in [
            tools![text],
            tools![blocks],
            tools![output],
            tools![undescribed],
            tools![hidden],
            tools![later],
            tools![nothing],
        ] {
            assert_eq!(schema(&tools), Value::Null, "{tools:?}");
        }
    }
}
