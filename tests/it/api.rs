//! The programs that the API was designed with, written before the API existed.

#![allow(deprecated, reason = "some arguments are not documented")]

use std::collections::BTreeMap;
use std::fmt;

use claudette::testing::MockServer;
use claudette::{Chat, State, ToolContext, ToolFn, Toolset, tool, tools};
use serde_json::{Value, json};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(serde::Serialize)]
struct Forecast {
    temperature: f64,
    summary: String,
}

struct Stations(BTreeMap<&'static str, f64>);

#[derive(Debug)]
struct WeatherError(String);

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no station in {}", self.0)
    }
}

/// Current weather for a city.
#[tool(name = "get_weather", strict)]
async fn weather(
    cx: &ToolContext,
    db: State<Stations>,
    /// City name, e.g. "Oslo"
    city: &str,
    /// Number of days ahead
    days: Option<u8>,
    unit: Unit,
) -> Result<Forecast, WeatherError> {
    let celsius = *db.0.get(city).ok_or_else(|| WeatherError(city.to_owned()))?;
    let temperature = if matches!(unit, Unit::Celsius) { celsius } else { celsius * 1.8 + 32.0 };
    Ok(Forecast { temperature, summary: format!("{:?} {}", days, cx.call_id()) })
}

/// Synchronous functions work too and are moved off the async threads when marked so.
#[tool(blocking)]
fn checksum(data: String) -> String {
    data.bytes().fold(0_u8, u8::wrapping_add).to_string()
}

mod other_module {
    /// Multiplies a and b.
    #[claudette::tool]
    pub(crate) async fn mults(
        /// First thing to multiply
        a: i64,
        /// Second thing to multiply
        #[tool(default = 1)]
        b: i64,
    ) -> i64 {
        a * b
    }
}

#[derive(Clone, serde::Serialize)]
struct Customer {
    name: String,
}

struct Bank {
    customers: BTreeMap<String, Customer>,
}

impl Bank {
    #[allow(clippy::unnecessary_wraps, reason = "a bank may be closed")]
    fn open() -> Result<Self, fmt::Error> {
        Ok(Self { customers: [("C1".to_owned(), Customer { name: "Ada".to_owned() })].into() })
    }
}

#[tool]
impl Bank {
    /// Looks up a customer.
    #[tool]
    async fn customer(
        &self,
        /// Customer id, e.g. "C1"
        id: String,
    ) -> Option<Customer> {
        self.customers.get(&id).cloned()
    }

    fn not_a_tool(&self) -> usize {
        self.customers.len()
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Shout {
    text: String,
}

#[tokio::test]
async fn tools_of_every_kind_join_one_set() -> Result<(), Box<dyn std::error::Error>> {
    let stations = Stations([("Oslo", 7.5)].into());
    assert_eq!(Bank::open()?.not_a_tool(), 1);
    let set: Toolset = tools![weather, checksum, other_module::mults].with(Bank::open()?);
    let closure = ToolFn::new("shout", "Upper-cases text.", |args: Shout| async move { args.text.to_uppercase() });
    let set = set.with(closure).state(stations);

    let names: Vec<_> = set.definitions().iter().map(claudette::ToolDefinition::name).collect();
    assert_eq!(names, ["get_weather", "checksum", "mults", "customer", "shout"]);
    let wire: Value = serde_json::from_str(set.wire_json())?;
    assert_eq!(wire[0]["strict"], true);
    assert_eq!(wire.as_array().map(Vec::len), Some(5));

    let cx = ToolContext::default();
    for (name, json_text, text) in [
        ("get_weather", json!({"city": "Oslo", "unit": "celsius"}), r#"{"temperature":7.5,"summary":"None "}"#),
        ("get_weather", json!({"city": "Rome", "days": null, "unit": "celsius"}), "no station in Rome"),
        ("checksum", json!({"data": "abc"}), "38"),
        ("mults", json!({"a": 7, "b": 6}), "42"),
        ("mults", json!({"a": 7, "b": null}), "7"),
        ("customer", json!({"id": "C1"}), r#"{"name":"Ada"}"#),
        ("customer", json!({"id": "C2"}), "null"),
        ("shout", json!({"text": "land"}), "LAND"),
    ] {
        let outcome = set.call(name, &json_text.to_string(), &cx).await;
        assert_eq!(outcome.text(), text, "{name} {json_text}");
        assert_eq!(outcome.is_error(), text.starts_with("no station"));
    }
    assert_eq!(set.get("mults").map(|tool| tool.definition().name()), Some("mults"));
    Ok(())
}

#[tokio::test]
async fn build_reports_missing_states_and_repeated_names() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let error = Chat::builder(&client).tools(tools![weather]).build().unwrap_err().to_string();
    assert!(error.contains("`get_weather`") && error.contains("api::Stations"), "{error}");
    let twice = ToolFn::new("mults", "Upper-cases text.", |args: Shout| async move { args.text });
    let error = Chat::builder(&client).tools(tools![other_module::mults].with(twice)).build().unwrap_err().to_string();
    assert!(error.contains("api::other_module::mults") && error.contains("tests/it/api.rs"), "{error}");
}
