//! Compares the schema in a request with the arguments that the dispatcher accepts, for every shape of type.
//!
//! The crate `jsonschema` is an independent reference. The schema of a shape is in `tests/schema/<shape>.json`;
//! `UPDATE_GOLDEN=1 cargo test --test it schema` updates these files. Read them before you commit.

mod shapes;
mod values;

use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;

use claudette::testing::{MockResponse, MockServer};
use claudette::{BoxFuture, Chat, Tool, ToolContext, ToolDefinition, ToolError, ToolOutcome, ToolOutput, Toolset};
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use shapes::{Shape, shapes};
use values::{anything, changed, fits};

/// The number of cases for each shape and property.
const CASES: u32 = 64;

#[tokio::test]
async fn each_shape_has_the_schema_in_its_file() {
    let claude = MockServer::start().await.unwrap();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema");
    for shape in shapes() {
        let schemas = json!({"input_schema": shape.schema(), "strict": strict(&shape, &claude).await});
        let text = serde_json::to_string_pretty(&schemas).unwrap() + "\n";
        let file = directory.join(shape.name).with_extension("json");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(text, golden, "{} is out of date; set UPDATE_GOLDEN=1 to update it", file.display());
    }
}

#[test]
fn values_of_a_type_are_accepted_and_returned() {
    each_shape(
        |shape| shape.arguments.clone(),
        |shape, arguments| {
            let outcome = shape.call(arguments);
            prop_assert!(!outcome.is_error(), "{}", outcome.text());
            prop_assert!(shape.with_nulls().is_valid(arguments), "it does not match {}", shape.schema());
            let back: Value = serde_json::from_str(&outcome.text()).unwrap();
            prop_assert_eq!(&back, arguments);
            Ok(())
        },
    );
}

#[test]
fn values_that_match_the_schema_are_accepted() {
    each_shape(
        |shape| fits(&shape.schema()),
        |shape, arguments| {
            prop_assert!(shape.validator().is_valid(arguments), "it does not match {}", shape.schema());
            let outcome = shape.call(arguments);
            prop_assert!(!outcome.is_error(), "{}", outcome.text());
            Ok(())
        },
    );
}

/// The type decides: it may read values that its schema does not describe. But bounds apply, and no value is dropped.
#[test]
fn accepted_arguments_are_read_completely_and_within_bounds() {
    each_shape(strange, |shape, arguments| {
        let outcome = shape.call(arguments);
        prop_assert!(!outcome.text().contains("panicked"), "{}", outcome.text());
        if !outcome.is_error() {
            let back: Value = serde_json::from_str(&outcome.text()).unwrap();
            prop_assert!(shape.with_nulls().is_valid(&back), "{back} does not match {}", shape.schema());
            // An open schema allows fields that the type ignores.
            let is_whole = is_kept(arguments, &back) || shape.with_nulls().is_valid(arguments);
            prop_assert!(is_whole, "{back} lacks values");
        }
        Ok(())
    });
}

#[test]
fn values_that_the_types_read_completely_are_accepted() {
    each_shape(strange, |shape, arguments| {
        let is_known = |name: &String| shape.schema()["properties"].get(name).is_some();
        let names_are_known = arguments.as_object().is_some_and(|fields| fields.keys().all(is_known));
        if let Some(read) = (shape.read)(arguments).filter(|_| names_are_known) {
            let is_good = shape.with_nulls().is_valid(&read) && is_kept(arguments, &read);
            let outcome = shape.call(arguments);
            prop_assert!(!is_good || !outcome.is_error(), "{}, though it is read as {read}", outcome.text());
        }
        Ok(())
    });
}

/// Generates arguments that may be wrong.
fn strange(shape: &Shape) -> BoxedStrategy<Value> {
    let valid = prop_oneof![shape.arguments.clone(), fits(&shape.schema())].boxed();
    prop_oneof![8 => changed(valid), 1 => anything().prop_map(|it| json!({"a": it}))].boxed()
}

/// Returns `true` if `read` contains everything that was given. A struct may be given as a list; null may be omitted.
fn is_kept(given: &Value, read: &Value) -> bool {
    match (given, read) {
        (Value::Array(given), Value::Array(read)) => {
            // The order of a set does not matter.
            let is_kept = given.iter().all(|given| read.iter().any(|read| is_kept(given, read)));
            is_kept && given.len() == read.len()
        }
        (Value::Array(given), Value::Object(read)) => {
            given.iter().all(|given| read.values().any(|read| is_kept(given, read)))
        }
        (Value::Object(given), Value::Object(read)) => {
            given.iter().all(|(name, given)| read.get(name).is_some_and(|read| is_kept(given, read)))
        }
        // Null may be omitted, and serde also accepts the number of a variant as its tag.
        (Value::Null, _) | (Value::Number(_), Value::String(_)) => true,
        // A variant without fields, written as an object.
        (Value::Object(given), Value::String(read)) => given.len() == 1 && given.get(read) == Some(&Value::Null),
        #[expect(clippy::cast_possible_truncation, clippy::float_cmp, reason = "the type may be `f32`")]
        (Value::Number(given), Value::Number(read)) => {
            let is_nearest = |given: f64, read: f64| given == read || given as f32 == read as f32;
            given.as_f64().zip(read.as_f64()).is_some_and(|(given, read)| is_nearest(given, read))
        }
        // An address has several spellings: `::FFFF:0` is written as `::ffff:0`.
        (Value::String(given), Value::String(read)) => {
            given == read || given.parse::<IpAddr>().is_ok_and(|given| Ok(given) == read.parse())
        }
        _ => given == read,
    }
}

fn each_shape(
    values: impl Fn(&Shape) -> BoxedStrategy<Value>,
    check: impl Fn(&Shape, &Value) -> Result<(), TestCaseError>,
) {
    for shape in shapes() {
        let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
        let result = TestRunner::new(config).run(&values(&shape), |arguments| check(&shape, &arguments));
        result.unwrap_or_else(|error| panic!("{}: {error}", shape.name));
    }
}

impl Shape {
    fn definition(&self) -> &ToolDefinition {
        &self.tools.definitions()[0]
    }

    fn schema(&self) -> Value {
        serde_json::from_str(self.definition().input_schema().get()).unwrap()
    }

    fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| jsonschema::draft202012::new(&self.schema()).unwrap())
    }

    fn with_nulls(&self) -> &Validator {
        self.with_nulls.get_or_init(|| jsonschema::draft202012::new(&or_null(&self.schema())).unwrap())
    }

    fn call(&self, arguments: &Value) -> ToolOutcome {
        static RUNTIME: LazyLock<tokio::runtime::Runtime> =
            LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().unwrap());
        RUNTIME.block_on(self.tools.call(self.name, &arguments.to_string(), &ToolContext::default()))
    }
}

/// Returns a schema in which optional fields may be null, because the dispatcher accepts both.
fn or_null(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let mut keywords: Map<_, _> = keywords.iter().map(|(name, it)| (name.clone(), or_null(it))).collect();
            let required = keywords.get("required").cloned().unwrap_or_default();
            for (name, property) in keywords.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
            {
                if !required.as_array().is_some_and(|names| names.contains(&name.as_str().into())) {
                    *property = json!({"anyOf": [property, {"type": "null"}]});
                }
            }
            Value::Object(keywords)
        }
        Value::Array(list) => list.iter().map(or_null).collect(),
        other => other.clone(),
    }
}

/// Returns the schema for `strict`, which the mock server accepts, or the reason why there is none.
async fn strict(shape: &Shape, claude: &MockServer) -> Value {
    struct Strict(ToolDefinition);

    impl Tool for Strict {
        fn definition(&self) -> &ToolDefinition {
            &self.0
        }

        fn call<'a>(&'a self, _: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
            unreachable!("the tool is not called")
        }
    }

    let definition = shape.definition().clone().strict(true);
    let schema: Value = serde_json::from_str(definition.input_schema().get()).unwrap();
    let tools = Toolset::default().with(Strict(definition));
    match Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build() {
        Err(error) => error.to_string().into(),
        Ok(mut chat) => {
            claude.respond(MockResponse::text("Hello!"));
            chat.send("Hello").await.unwrap_or_else(|error| panic!("{}: {error}", shape.name));
            if schema == shape.schema() { "the same".into() } else { schema }
        }
    }
}
