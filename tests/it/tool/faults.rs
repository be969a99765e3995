//! Unusual tools: custom deserializers, extreme numbers, blocks inside other values, code that panics.

#![allow(
    clippy::many_single_char_names,
    clippy::unnecessary_wraps,
    clippy::unnecessary_box_returns,
    clippy::option_option,
    clippy::type_complexity,
    reason = "tools of odd shapes, whose details do not matter"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{IntoToolOutput, IntoTools};
use claudette::{
    Approval, BoxFuture, Chat, ContentBlock, Image, State, Text, Tool, ToolContext, ToolDefinition, ToolError, ToolFn,
    ToolOutcome, ToolOutput, Toolset, tool, tools,
};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::support::texts::says;

fn call(tools: &Toolset, name: &str, input: &str) -> ToolOutcome {
    let call = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(tools.call(name, input, &ToolContext::default()))
    };
    // The test may already run inside a runtime.
    std::thread::scope(|scope| scope.spawn(call).join().unwrap())
}

/// Returns the text of a result, with a mark before an error.
fn told(tools: &Toolset, name: &str, input: &str) -> String {
    let outcome = call(tools, name, input);
    let mark = if outcome.is_error() { "! " } else { "" };
    format!("{mark}{}", outcome.text())
}

/// Returns the error of building a chat with this set.
async fn misuse(tools: Toolset) -> Option<String> {
    let claude = MockServer::start().await.unwrap();
    let error = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().err()?;
    assert!(error.is_misuse());
    Some(error.to_string())
}

#[tokio::test]
async fn an_invalid_set_stays_invalid_in_every_combination() {
    /// Returns one.
    #[tool]
    fn one() -> u8 {
        1
    }

    let invalid = || Toolset::invalid("no tool `reed_file`");
    let valid = || tools![one];
    let nothing_added = Toolset::default().with(invalid());
    let sets = [invalid(), nothing_added, valid().with(invalid()), invalid().with(valid()), invalid().state(3)];
    for tools in sets {
        assert_eq!(misuse(tools.clone()).await.as_deref(), Some("no tool `reed_file`"));
        let claude = MockServer::start().await.unwrap();
        let error = claude.client("claude-sonnet-5-5").send("hello").tools(tools).await.unwrap_err();
        assert!(error.is_misuse() && claude.requests().is_empty(), "{error}");
    }
}

/// Reads a number from any JSON value.
fn lenient<'de, D: Deserializer<'de>>(from: D) -> Result<i32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(f64),
        Text(String),
    }
    match Either::deserialize(from)? {
        #[expect(clippy::cast_possible_truncation, reason = "this reader is lenient")]
        Either::Number(number) => Ok(number.round() as i32),
        Either::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

#[derive(Debug, JsonSchema)]
#[schemars(transparent)]
struct Count(i32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from).map(Self)
    }
}

mod the_type_decides {
    #![allow(dead_code, reason = "only shown by `Debug`")]

    use super::*;

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Level {
        #[default]
        #[serde(alias = "brief")]
        Low,
        High,
        #[serde(other)]
        Unknown,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Place {
        #[serde(alias = "project")]
        path: Option<String>,
        #[serde(default)]
        level: Level,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Named {
        #[serde(alias = "project")]
        path: String,
        #[serde(default, deserialize_with = "lenient")]
        #[schemars(range(max = 9))]
        depth: i32,
    }

    /// The same names in all forms that serde buffers before reading.
    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "lowercase")]
    enum Tagged {
        #[serde(alias = "named")]
        One(Named),
        Other {
            #[serde(alias = "project")]
            path: Option<String>,
        },
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(untagged)]
    enum Untagged {
        One(Named),
        Other {
            #[serde(alias = "dir")]
            folder: Option<String>,
        },
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Flattened {
        #[serde(default)]
        deep: bool,
        #[serde(flatten)]
        named: Named,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct MaybeFlattened {
        #[serde(default)]
        deep: bool,
        #[serde(flatten)]
        named: Option<Named>,
    }

    macro_rules! shows {
        ($($name:ident: $type:ty),*) => {
            $(
                /// Returns its argument.
                #[tool]
                fn $name(/** It */ it: $type) -> String {
                    format!("{it:?}")
                }
            )*

            fn all() -> Toolset {
                tools![$($name),*]
            }
        };
    }

    shows! {
        place: Place, places: Vec<Place>, named: Named, tagged: Tagged, untagged: Untagged, flattened: Flattened,
        maybe: MaybeFlattened, map: BTreeMap<String, Named>, count: Count
    }

    #[test]
    fn values_that_it_reads_are_accepted() {
        for (name, it) in [
            ("place", r#"{"project":"/src"}"#),
            ("place", r#"{"path":"/src","level":"brief"}"#),
            ("place", r#"{"level":"medium"}"#),
            ("places", r#"[{"path":"/"},{"project":"/src"},{}]"#),
            ("named", r#"{"project":"/src","depth":"5"}"#),
            ("named", r#"{"path":"/src","depth":4.6}"#),
            ("named", r#"["/src"]"#),
            ("tagged", r#"{"kind":"one","project":"/src","depth":" 5"}"#),
            ("tagged", r#"{"kind":"named","path":"/src"}"#),
            ("tagged", r#"{"kind":"other","project":"/src"}"#),
            ("untagged", r#"{"project":"/src","depth":"5"}"#),
            ("untagged", r#"{"dir":"/src"}"#),
            ("flattened", r#"{"deep":true,"project":"/src","depth":"5"}"#),
            ("maybe", r#"{"project":"/src","depth":"5"}"#),
            ("maybe", "{}"),
            ("map", r#"{"a":{"project":"/src"}}"#),
            ("count", r#"" 5""#),
        ] {
            let text = told(&all(), name, &format!(r#"{{"it":{it}}}"#));
            assert!(!text.starts_with('!'), "{name} {it}: {text}");
            let given = if it.contains("/src") { "/src" } else { "" };
            assert!(text.contains(given) && (!it.contains('5') || text.contains('5')), "{name} {it}: {text}");
        }
    }

    #[test]
    fn values_that_it_would_drop_are_refused() {
        for (name, it, expected) in [
            ("place", r#"{"paht":"/src"}"#, "`it.paht`"),
            ("places", r#"[{},{"path":"/","x":{"y":1}}]"#, "`it[1].x`"),
            ("named", r#"{"path":"/","more":null}"#, "`it.more`"),
            ("tagged", r#"{"kind":"other","paht":"/src"}"#, "`it.paht`"),
            ("untagged", r#"{"path":"/","dir":"/src"}"#, "`it.dir`"),
            ("flattened", r#"{"path":"/","deepness":1}"#, "`it.deepness`"),
            ("maybe", r#"{"depth":1}"#, "`it.depth`"),
            ("maybe", r#"{"path":7}"#, "`it.path`"),
            ("maybe", r#"{"paht":"/src"}"#, "`it.paht`"),
            ("map", r#"{"a":{"path":"/","b":1}}"#, "`it.a.b`"),
        ] {
            let text = told(&all(), name, &format!(r#"{{"it":{it}}}"#));
            assert!(text.starts_with("! ") && text.contains(expected), "{name} {it}: {text}");
        }
    }

    #[test]
    fn declared_bounds_apply_in_every_form() {
        for (name, it) in [
            ("named", r#"{"path":"/","depth":10}"#),
            ("named", r#"{"project":"/","depth":10}"#),
            ("named", r#"["/",10]"#),
            ("tagged", r#"{"kind":"one","path":"/","depth":10}"#),
            ("flattened", r#"{"project":"/","depth":10.0}"#),
            ("map", r#"{"a":{"path":"/","depth":1e1}}"#),
        ] {
            let text = told(&all(), name, &format!(r#"{{"it":{it}}}"#));
            assert!(text.starts_with("! ") && says(&text, &["`it", " 9", " 1"]), "{name} {it}: {text}");
        }
    }

    #[tokio::test]
    async fn a_structured_response_is_read_in_the_same_way() {
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::text(r#"{"project":"/src","level":"brief"}"#));
        let place = claude.client("claude-sonnet-5-5").structured::<Place>("Where?").max_attempts(1).await.unwrap();
        assert_eq!(place.path.as_deref(), Some("/src"));
        assert!(matches!(place.level, Level::Low));
    }

    /// An unsigned number that is clamped. The bound of its type was not declared by the author, so it does not apply.
    #[test]
    fn the_type_itself_checks_its_own_bounds() {
        #[derive(Debug, Deserialize, JsonSchema)]
        struct Pages {
            #[serde(deserialize_with = "clamped")]
            pages: u8,
        }
        fn clamped<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
            i64::deserialize(from).map(|pages| u8::try_from(pages.clamp(0, 255)).unwrap())
        }
        /// Returns its argument.
        #[tool]
        fn pages(
            /** It */
            it: Pages,
        ) -> u8 {
            it.pages
        }
        assert_eq!(told(&tools![pages], "pages", r#"{"it":{"pages":-1}}"#), "0");
        assert_eq!(told(&tools![pages], "pages", r#"{"it":{"pages":1000}}"#), "255");
    }

    proptest! {
        /// The other arguments do not affect whether an argument is accepted.
        #[test]
        fn arguments_are_judged_independently(it in prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[0-9]{1,3}|[a-z]{0,2}".prop_map(Value::from),
            any::<bool>().prop_map(Value::from),
            Just(json!([1])), Just(json!({"a": 1})), Just(Value::Null),
        ]) {
            /// Alone.
            #[tool]
            fn alone(/** It */ it: Count) -> i32 {
                it.0
            }
            /// Beside a plain argument.
            #[tool]
            fn plain(/** It */ it: Count, /** More */ more: Option<i64>) -> i32 {
                more.map_or(it.0, |_| 0)
            }
            /// Beside arguments with a bound, with fields and with alternatives.
            #[tool]
            fn crowded(
                /** It */ it: Count,
                /** A */ a: Option<u8>,
                /** B */ b: Option<Place>,
                /** C */ c: Option<Level>,
            ) -> i32 {
                if a.is_some() || b.is_some() || c.is_some() { 0 } else { it.0 }
            }
            let tools = tools![alone, plain, crowded];
            let input = json!({"it": it}).to_string();
            let outcomes = ["alone", "plain", "crowded"].map(|name| call(&tools, name, &input));
            for outcome in &outcomes[1..] {
                prop_assert_eq!(outcome.is_error(), outcomes[0].is_error(), "{} / {}", outcomes[0].text(), outcome.text());
            }
        }
    }
}

mod a_flattened_option {
    #![allow(dead_code, reason = "only shown by `Debug`")]

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(tag = "method", rename_all = "lowercase")]
    enum Payment {
        Card { number: String },
        Cash,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Address {
        street: String,
        #[serde(alias = "postcode")]
        zip: Option<String>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Order {
        amount: i32,
        #[serde(flatten)]
        payment: Option<Payment>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Delivery {
        amount: i32,
        #[serde(flatten)]
        address: Option<Address>,
        #[serde(flatten)]
        payment: Option<Payment>,
    }

    /// Places an order.
    #[tool]
    fn order(
        /** It */
        it: Order,
    ) -> String {
        format!("{it:?}")
    }

    /// Delivers an order.
    #[tool]
    fn deliver(
        /** It */
        it: Delivery,
    ) -> String {
        format!("{it:?}")
    }

    #[test]
    fn is_read_if_it_is_given() {
        for (name, it, none) in [
            ("order", r#"{"amount":1}"#, true),
            ("order", r#"{"amount":1,"method":"cash"}"#, false),
            ("order", r#"{"amount":1,"method":"card","number":"4111"}"#, false),
            ("deliver", r#"{"amount":1,"street":"A","postcode":"1","method":"cash"}"#, false),
        ] {
            let text = told(&tools![order, deliver], name, &format!(r#"{{"it":{it}}}"#));
            assert!(!text.starts_with('!') && text.contains("None") == none, "{it}: {text}");
        }
        let text = told(&tools![deliver], "deliver", r#"{"it":{"amount":1,"street":"A"}}"#);
        assert!(text.contains("street: \"A\"") && text.contains("payment: None"), "{text}");
    }

    #[test]
    fn is_not_dropped_if_a_part_of_it_is_wrong() {
        for (name, it, expected) in [
            ("order", r#"{"amount":1,"method":"Card","number":"4111"}"#, "`it.method`"),
            ("order", r#"{"amount":1,"method":"card"}"#, "`it.number`"),
            ("order", r#"{"amount":1,"method":"card","number":4111}"#, "`it.number`"),
            ("order", r#"{"amount":1,"metod":"cash"}"#, "`it.metod`"),
            ("deliver", r#"{"amount":1,"zip":"1"}"#, "`it.zip`"),
            ("deliver", r#"{"amount":1,"street":"A","number":"4111"}"#, "`it.number`"),
        ] {
            let text = told(&tools![order, deliver], name, &format!(r#"{{"it":{it}}}"#));
            assert!(text.starts_with("! ") && text.contains(expected), "{it}: {text}");
        }
    }
}

mod a_contradiction {
    #![allow(dead_code, reason = "only shown by `Debug`")]

    use super::*;

    fn human<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        let seconds = text.strip_suffix('s').and_then(|number| number.parse().ok());
        seconds.map(Duration::from_secs).ok_or_else(|| serde::de::Error::custom("a duration is written like 30s"))
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Job {
        #[serde(deserialize_with = "human")]
        timeout: Duration,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    struct Described {
        #[serde(deserialize_with = "human")]
        #[schemars(with = "String")]
        timeout: Duration,
    }

    /// Runs a job.
    #[tool]
    fn run(
        /** It */
        it: Vec<Job>,
    ) -> String {
        format!("{it:?}")
    }

    #[tokio::test]
    async fn is_reported_with_the_argument_and_the_remedy() {
        let error = misuse(tools![run]).await.expect("the contradiction is reported");
        for part in ["`run`", "`it[0].timeout`", "reads string", "`secs`", "`nanos`", "#[schemars(with"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        let closure = ToolFn::new("closure", "Runs a job.", |job: Job| async move { format!("{job:?}") });
        assert!(
            misuse(Toolset::default().with(closure))
                .await
                .expect("the contradiction is reported")
                .contains("`timeout`")
        );
        // Values that the type can read are still accepted.
        assert!(told(&tools![run], "run", r#"{"it":[{"timeout":"30s"}]}"#).contains("30s"));
    }

    #[tokio::test]
    async fn is_not_reported_if_a_value_matches_both() {
        /// Runs jobs.
        #[tool]
        fn jobs(
            /** A */
            a: Described,
            /** B */
            b: Count,
            /** C */
            c: Option<std::net::IpAddr>,
            /** D */
            d: Vec<char>,
            /** E */
            e: (u8, i128, f32),
            /** F */
            f: HashMap<u8, Duration>,
        ) -> String {
            format!("{a:?}{b:?}{c:?}{d:?}{e:?}{f:?}")
        }
        assert_eq!(misuse(tools![jobs]).await, None);
    }
}

mod numbers {
    use super::*;

    /// Returns its arguments.
    #[tool]
    fn integers(
        /** A */
        a: Option<i64>,
        /** B */
        b: Option<u64>,
        /** C */
        c: Option<i128>,
        /** D */
        d: Option<u8>,
        /** E */
        e: Option<Vec<u128>>,
    ) -> String {
        format!("{a:?} {b:?} {c:?} {d:?} {e:?}")
    }

    #[derive(Debug, Deserialize, Serialize, JsonSchema)]
    #[serde(tag = "kind")]
    enum Tagged {
        A { n: u64, x: f64 },
    }

    /// Returns its argument.
    #[tool]
    fn tagged(
        /** It */
        it: Tagged,
    ) -> Tagged {
        it
    }

    proptest! {
        #[test]
        fn a_whole_number_is_one_however_it_is_written(a: i64, b: u64, c: i128, d: u8, e: u128) {
            let forms = |n: &str| {
                let (sign, digits) = n.strip_prefix('-').map_or(("", n), |digits| ("-", digits));
                let places = digits.len() - 1;
                vec![
                    n.to_owned(),
                    format!("{n}.000"),
                    format!("{}E-2", if n == "0" { "0".to_owned() } else { format!("{n}00") }),
                    format!("{n}e0"),
                    format!("{sign}{}.{}0e+{places}", &digits[..1], &digits[1..]),
                ]
            };
            let expected = format!("Some({a}) Some({b}) Some({c}) Some({d}) Some([{e}])");
            let forms = [a.to_string(), b.to_string(), c.to_string(), d.to_string(), e.to_string()].map(|n| forms(&n));
            for form in 0..forms[0].len() {
                let [a, b, c, d, e] = forms.each_ref().map(|forms| &forms[form]);
                let input = format!(r#"{{"a":{a},"b":{b},"c":{c},"d":{d},"e":[{e}]}}"#);
                prop_assert_eq!(told(&tools![integers], "integers", &input), &*expected);
            }
            // Also in an enum with a tag.
            let exact = told(&tools![tagged], "tagged", &format!(r#"{{"it":{{"kind":"A","n":{b}.0,"x":2}}}}"#));
            prop_assert_eq!(exact, format!(r#"{{"kind":"A","n":{b},"x":2.0}}"#));
        }

        /// A number in an error is quoted unchanged.
        #[test]
        fn errors_quote_numbers_unchanged(number in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?") {
            for input in [
                format!(r#"{{"a":{number}}}"#), format!(r#"{{"b":{number}}}"#), format!(r#"{{"d":{number}}}"#),
                format!(r#"{{"e":[{number}]}}"#), format!(r#"{{"a":"x","d":{number}}}"#),
            ] {
                let outcome = call(&tools![integers], "integers", &input);
                // Indexes of places do not count as numbers.
                let text = outcome.text().replace("[0]", "");
                let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
                let quoted = text.split(|c| !is_digit(c)).filter(|word| word.contains(|c: char| c.is_ascii_digit()));
                // `u8` and so on are names of types, and 0 is the minimum of unsigned types.
                let mut quoted = quoted.filter(|word| !["0", "8", "64", "128"].contains(word) || *word == number);
                prop_assert!(!outcome.is_error() || quoted.all(|quoted| quoted == number), "{}", outcome.text());
            }
        }
    }

    #[test]
    fn invalid_integers_are_refused_and_quoted_unchanged() {
        for (input, argument, value) in [
            (r#"{"a":30.5}"#, "`a`", "30.5"),
            (r#"{"d":2.56e2}"#, "`d`", "2.56e2"),
            (r#"{"a":9223372036854775808}"#, "`a`", "9223372036854775808"),
            (r#"{"b":18446744073709551616}"#, "`b`", "18446744073709551616"),
            (r#"{"b":-1}"#, "`b`", "-1"),
            (r#"{"a":1e999}"#, "`a`", "1e999"),
        ] {
            let text = told(&tools![integers], "integers", input);
            assert!(text.starts_with("! ") && says(&text, &[argument, value]), "{input}: {text}");
        }
        assert_eq!(told(&tools![integers], "integers", r#"{"d":-0}"#), "None None None Some(0) None");
        let text = told(&tools![tagged], "tagged", r#"{"it":{"kind":"A","n":-30e-1,"x":1}}"#);
        assert!(text.starts_with("! ") && says(&text, &["`it.n`", "-30e-1"]), "{text}");
    }

    #[test]
    fn results_keep_every_digit() {
        /// Large.
        #[tool]
        fn large() -> (u128, i128, u64, f64, f32) {
            (u128::MAX, i128::MIN, u64::MAX, 0.1, 0.1)
        }
        assert_eq!(told(&tools![large], "large", "{}"), format!("[{},{},{},0.1,0.1]", u128::MAX, i128::MIN, u64::MAX));
    }

    #[test]
    fn non_finite_numbers_are_errors_at_any_depth() {
        #[derive(Serialize)]
        struct Stats {
            mean: f64,
            by_name: BTreeMap<&'static str, Option<f32>>,
        }
        /// Nested.
        #[tool]
        fn nested(
            /** Which */
            which: u8,
        ) -> Vec<Stats> {
            let by_name = BTreeMap::from([("a", Some(if which == 0 { f32::NEG_INFINITY } else { 1.0 }))]);
            vec![Stats { mean: if which == 1 { f64::NAN } else { 1.0 }, by_name }]
        }
        /// Alone.
        #[tool]
        fn alone(
            /** Divisor */
            by: f64,
        ) -> Option<f64> {
            Some(1.0 / by)
        }
        let tools = tools![nested, alone];
        let is_told = |name, input, what| {
            let text = told(&tools, name, input);
            text.starts_with("! ") && text.contains(what)
        };
        assert!(is_told("nested", r#"{"which":0}"#, "infinity"));
        assert!(is_told("nested", r#"{"which":1}"#, "NaN"));
        assert!(told(&tools, "nested", r#"{"which":2}"#).starts_with("[{"));
        assert!(is_told("alone", r#"{"by":0}"#, "infinity"));
        assert!(ToolOutput::json(&[f64::NAN]).is_err() && ToolOutput::new("a").with_value(&f64::NAN).is_err());
    }

    #[test]
    fn defaults_keep_their_digits() {
        #[derive(Debug, Default, Deserialize, Serialize, JsonSchema)]
        struct Sound {
            #[serde(default = "tenth")]
            volume: f32,
        }
        fn tenth() -> f32 {
            0.1
        }
        /// Plays.
        #[tool]
        fn play(
            /** A */
            #[tool(default = 0.1)]
            a: f32,
            /** B */
            #[tool(default = vec![0.3, 2.5])]
            b: Vec<f32>,
            /** C */
            #[tool(default = 9_007_199_254_740_993)]
            c: u64,
            /** D */
            #[tool(default = f64::INFINITY)]
            d: f64,
            /** E */
            #[tool(default = u128::MAX)]
            e: u128,
            /** F */
            f: Sound,
        ) -> String {
            format!("{a} {b:?} {c} {d} {e} {f:?}")
        }
        let tools = tools![play];
        let schema: Value = serde_json::from_str(tools.definitions()[0].input_schema().get()).unwrap();
        let default = |name: &str| schema["properties"][name].get("default").map(Value::to_string);
        assert_eq!(default("a").as_deref(), Some("0.1"));
        assert_eq!(default("b").as_deref(), Some("[0.3,2.5]"));
        assert_eq!(default("c").as_deref(), Some("9007199254740993"));
        // Defaults that a schema cannot represent exactly are left out.
        assert_eq!((default("d"), default("e")), (None, None));
        assert_eq!(schema["properties"]["f"]["properties"]["volume"]["default"].to_string(), "0.1");
    }
}

mod results {
    use super::*;

    fn boat() -> Image {
        Image::from_bytes(b"GIF89a\x80\x02\xE0\x01\0\0\0;").unwrap()
    }

    macro_rules! gives {
        ($($name:ident: $type:ty = $value:expr;)*) => {
            $(
                /// Returns it.
                #[tool]
                fn $name() -> $type {
                    $value
                }
            )*

            fn all() -> Toolset {
                tools![$($name),*]
            }
        };
    }

    const PAGE: &str = "# Title\n\n\"hi\"";

    #[derive(Serialize)]
    struct Captioned {
        caption: &'static str,
        image: Image,
    }

    #[derive(Serialize)]
    struct Wrapped(Option<Image>);

    #[derive(Serialize)]
    struct LooksLikeABlock {
        r#type: &'static str,
        source: &'static str,
    }

    gives! {
        option: Option<Image> = Some(boat());
        result_of_option: Result<Option<Image>, ToolError> = Ok(Some(boat()));
        boxed: Box<Image> = Box::new(boat());
        shared: Arc<Image> = Arc::new(boat());
        newtype: Wrapped = Wrapped(Some(boat()));
        no_image: Option<Image> = None;
        tuple: (Image, String) = (boat(), PAGE.into());
        triple: (String, Option<Image>, Option<Image>, u8) = ("a".into(), None, Some(boat()), 7);
        array: [Image; 2] = [boat(), boat()];
        list: Vec<Option<Image>> = vec![Some(boat()), None];
        nested: Vec<(String, Vec<Image>)> = vec![("a".into(), vec![boat()]), ("b".into(), vec![])];
        texts: (Text, ContentBlock) = (Text::new("a"), ContentBlock::text("b"));
        field: Captioned = Captioned { caption: "A boat", image: boat() };
        map: HashMap<&'static str, Vec<Image>> = HashMap::from([("a", vec![boat()])]);
        deep: (u8, Vec<Captioned>) = (1, vec![Captioned { caption: "A boat", image: boat() }]);
        no_block: LooksLikeABlock = LooksLikeABlock { r#type: "image", source: "harbour" };
        some_text: Option<String> = Some(PAGE.into());
        no_text: Option<String> = None;
        result_of_text: Result<Option<&'static str>, ToolError> = Ok(Some(PAGE));
        arc_str: Arc<str> = PAGE.into();
        arc_string: Arc<String> = Arc::new(PAGE.into());
        rc_str: Rc<str> = PAGE.into();
        box_str: Box<str> = PAGE.into();
        cow: std::borrow::Cow<'static, str> = PAGE.into();
        path: PathBuf = PAGE.into();
        some_path: Option<PathBuf> = Some(PAGE.into());
        letter: char = '"';
        strings: Vec<String> = vec![PAGE.into()];
        no_number: Option<u8> = None;
        inner_ok: Result<Result<&'static str, fmt::Error>, String> = Ok(Ok(PAGE));
        inner_err: Result<Result<u8, &'static str>, String> = Ok(Err("no"));
        third_err: Result<Option<Result<u8, &'static str>>, String> = Ok(Some(Err("no")));
        option_err: Option<Result<Image, String>> = Some(Err("no".into()));
        option_of_option_err: Option<Option<Result<u8, String>>> = Some(Some(Err("no".into())));
        boxed_err: Box<Result<u8, String>> = Box::new(Err("no".into()));
        outer_err: Result<Result<u8, String>, &'static str> = Err("no");
        some_ok: Result<Vec<Result<u8, String>>, String> = Ok(vec![Ok(1), Err("no".into())]);
    }

    fn kinds(name: &str) -> String {
        let outcome = call(&all(), name, "{}");
        assert!(!outcome.is_error(), "{name}: {}", outcome.text());
        let blocks = outcome.result().content().map(|content| content.blocks().to_vec()).unwrap_or_default();
        blocks.iter().map(|block| block.as_text().unwrap_or(block.kind()).to_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn blocks_are_sent_as_blocks() {
        for name in ["option", "result_of_option", "boxed", "shared", "newtype", "list"] {
            assert_eq!(kinds(name), "image", "{name}");
        }
        assert_eq!(kinds("tuple"), format!("image {PAGE}"));
        assert_eq!(kinds("triple"), "a image 7");
        assert_eq!(kinds("array"), "image image");
        assert_eq!(kinds("nested"), "a image [\"b\",[]]");
        assert_eq!(kinds("texts"), "a b");
        assert_eq!(told(&all(), "no_image", "{}"), "");
    }

    #[test]
    fn files_inside_json_are_errors() {
        for name in ["field", "map", "deep"] {
            let text = told(&all(), name, "{}");
            assert!(text.starts_with("! ") && text.contains("image"), "{text}");
        }
        assert_eq!(told(&all(), "no_block", "{}"), r#"{"type":"image","source":"harbour"}"#);
        assert!(ToolOutput::json(&vec![boat()]).is_err());
        // The value for the program may contain a file.
        assert!(ToolOutput::new("a boat").with_value(&boat()).is_ok());
    }

    #[test]
    fn the_program_gets_the_returned_value() {
        let value = |name: &str| call(&all(), name, "{}").value::<Value>().unwrap();
        assert_eq!(value("tuple")[1], PAGE);
        assert_eq!(value("no_text"), Value::Null);
        assert_eq!(call(&all(), "some_text", "{}").value::<Option<String>>().unwrap().as_deref(), Some(PAGE));
        assert_eq!(call(&all(), "no_text", "{}").value::<Option<String>>().unwrap(), None);
        assert_eq!(call(&all(), "array", "{}").value::<[Image; 2]>().unwrap(), [boat(), boat()]);
    }

    #[test]
    fn values_that_are_only_text_are_sent_as_text() {
        for name in [
            "some_text",
            "result_of_text",
            "arc_str",
            "arc_string",
            "rc_str",
            "box_str",
            "cow",
            "path",
            "some_path",
            "inner_ok",
        ] {
            assert_eq!(told(&all(), name, "{}"), PAGE, "{name}");
        }
        assert_eq!(told(&all(), "letter", "{}"), "\"");
        assert_eq!(told(&all(), "no_text", "{}"), "");
        assert_eq!(told(&all(), "strings", "{}"), json!([PAGE]).to_string());
        assert_eq!(told(&all(), "no_number", "{}"), "null");
    }

    #[test]
    fn a_result_decides_at_every_level() {
        for name in ["inner_err", "third_err", "option_err", "option_of_option_err", "boxed_err", "outer_err"] {
            assert_eq!(told(&all(), name, "{}"), "! no", "{name}");
        }
        // A part has succeeded.
        assert_eq!(told(&all(), "some_ok", "{}"), r#"[{"Ok":1},{"Err":"no"}]"#);
    }

    #[test]
    fn closures_have_the_same_results() {
        let give = |answer: fn() -> Result<Result<Option<Image>, String>, ToolError>| {
            ToolFn::new("give", "Gives it.", move |_: Nothing| async move { answer() })
        };
        let tools = give(|| Ok(Ok(Some(boat())))).into_tools();
        assert_eq!(call(&tools, "give", "{}").result().content().unwrap().blocks()[0].kind(), "image");
        assert_eq!(told(&give(|| Ok(Err("no".into()))).into_tools(), "give", "{}"), "! no");
        assert_eq!(Some("a").into_tool_output().text(), "a");
    }
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

mod hand_written_tools {
    use super::*;

    struct Raw {
        definition: ToolDefinition,
        calls: Arc<AtomicU32>,
        is_checked: bool,
    }

    impl Tool for Raw {
        fn definition(&self) -> &ToolDefinition {
            &self.definition
        }

        fn call<'a>(&'a self, _: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(ToolOutput::new("done")) })
        }

        fn check(&self, input: &RawValue) -> Result<(), ToolError> {
            match () {
                () if !self.is_checked => Ok(()),
                () if input.get().contains("forbidden") => Err(ToolError::new("not that one")),
                () => Ok(()),
            }
        }
    }

    /// The same tool with the default check of arguments.
    struct Plain(Raw);

    impl Tool for Plain {
        fn definition(&self) -> &ToolDefinition {
            self.0.definition()
        }

        fn call<'a>(
            &'a self,
            input: &'a RawValue,
            cx: &'a ToolContext,
        ) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
            self.0.call(input, cx)
        }
    }

    fn raw(is_checked: bool) -> (Raw, Arc<AtomicU32>) {
        let schema = json!({
            "type": "object",
            "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 9}, "word": {"enum": ["a", "b", "forbidden"]}},
            "required": ["n"],
            "additionalProperties": false,
        });
        let calls = Arc::new(AtomicU32::new(0));
        (Raw { definition: ToolDefinition::new("raw", "Does it.", &schema), calls: calls.clone(), is_checked }, calls)
    }

    const WRONG: [&str; 6] =
        ["{}", r#"{"n":"1"}"#, r#"{"n":0}"#, r#"{"n":10.0}"#, r#"{"n":1,"m":2}"#, r#"{"n":1,"word":"c"}"#];

    #[test]
    fn are_never_called_with_invalid_arguments() {
        let (raw, calls) = raw(false);
        let tools = Plain(raw).into_tools();
        for input in WRONG {
            assert!(told(&tools, "raw", input).starts_with("! "), "{input}");
        }
        assert_eq!(calls.load(Ordering::SeqCst), 0);
        for input in [r#"{"n":1}"#, r#"{"n":9.0,"word":"b"}"#] {
            assert_eq!(told(&tools, "raw", input), "done");
        }
    }

    #[tokio::test]
    async fn are_checked_with_and_without_approval() {
        for approves in [false, true] {
            let (raw, calls) = raw(false);
            let claude = MockServer::start().await.unwrap();
            let call = |input: &str| MockResponse::tool_use("raw", serde_json::from_str::<Value>(input).unwrap());
            for input in WRONG {
                claude.respond(call(input));
            }
            claude.respond(call(r#"{"n":1}"#));
            claude.respond(MockResponse::text("Done."));
            let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(Plain(raw)).build().unwrap();
            let turn = chat.toolloop("Go.");
            let run = if approves { turn.approve(|_| async { Approval::Allow }).await } else { turn.await }.unwrap();
            let errors =
                run.steps().iter().flat_map(claudette::chat::Step::outcomes).filter(|outcome| outcome.is_error());
            assert_eq!((errors.count(), calls.load(Ordering::SeqCst)), (WRONG.len(), 1));
        }
    }

    #[test]
    fn may_check_for_themselves() {
        let (strict, calls) = raw(true);
        let tools = strict.into_tools();
        assert_eq!(told(&tools, "raw", r#"{"word":"forbidden"}"#), "! not that one");
        assert_eq!(told(&tools, "raw", r#"{"any":"thing"}"#), "done");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn closures_are_checked_too() {
        #[derive(Deserialize, JsonSchema)]
        struct Args {
            #[schemars(range(max = 9))]
            #[serde(alias = "m")]
            n: u8,
        }
        let closure = ToolFn::new("closure", "Does it.", |args: Args| async move { args.n.to_string() });
        let tools = closure.into_tools();
        assert_eq!(told(&tools, "closure", r#"{"n":9}"#), "9");
        assert_eq!(told(&tools, "closure", r#"{"m":9.0}"#), "9");
        for (input, parts) in [(r#"{"n":10}"#, ["`n`", "9", "10"]), (r#"{"n":1,"x":1}"#, ["! ", "`x`", "`n`"])] {
            let text = told(&tools, "closure", input);
            assert!(text.starts_with("! ") && says(&text, &parts), "{input}: {text}");
        }
    }
}

mod panics {
    use super::*;

    /// Panics when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "bomb");
        }
    }

    /// Sleeps.
    #[tool]
    async fn sleeps() -> &'static str {
        let _bomb = Bomb;
        tokio::time::sleep(Duration::from_secs(600)).await;
        "never"
    }

    /// Is done at once.
    #[tool]
    async fn done() -> &'static str {
        let _bomb = Bomb;
        "done"
    }

    /// Returns a bomb.
    #[tool]
    fn gives() -> Fuse {
        Fuse(Bomb)
    }

    struct Fuse(#[allow(dead_code)] Bomb);

    impl Serialize for Fuse {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u8(7)
        }
    }

    /// Panics with a bomb.
    #[tool]
    fn throws() -> &'static str {
        std::panic::panic_any(Bomb)
    }

    /// Cannot be displayed.
    #[tool]
    fn mute() -> Result<u8, Mute> {
        Err(Mute)
    }

    struct Mute;

    impl fmt::Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }

    /// A future that panics when it is dropped, after its result.
    struct Future(#[allow(dead_code)] Bomb);

    impl std::future::Future for Future {
        type Output = Result<ToolOutput, ToolError>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(Ok(ToolOutput::new("done")))
        }
    }

    struct Late(ToolDefinition);

    impl Tool for Late {
        fn definition(&self) -> &ToolDefinition {
            &self.0
        }

        fn call<'a>(&'a self, _: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
            Box::pin(Future(Bomb))
        }
    }

    #[tokio::test]
    async fn in_a_drop_are_results_and_the_loop_continues() {
        let late = Late(ToolDefinition::new("late", "Is late.", &json!({"type": "object"})));
        let all = tools![sleeps, done, gives, throws, mute].with(late);
        let names: Vec<_> = all.definitions().iter().map(|definition| definition.name().to_owned()).collect();
        let claude = MockServer::start().await.unwrap();
        claude.respond(MockResponse::tool_uses(names.iter().map(|name| (name.as_str(), json!({})))));
        claude.respond(MockResponse::text("Done."));
        let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(all).build().unwrap();
        let run = chat.toolloop("Go.").tool_timeout(Duration::from_millis(50)).await.unwrap();
        assert_eq!(run.text(), "Done.");
        let outcomes = run.steps()[0].outcomes();
        assert_eq!(outcomes.len(), names.len());
        for outcome in outcomes {
            assert!(outcome.is_error(), "{}: {}", outcome.name(), outcome.text());
            let panicked = outcome.text().contains("panicked");
            assert_eq!(panicked, !["sleeps", "mute"].contains(&outcome.name()), "{}", outcome.text());
        }
    }

    #[derive(JsonSchema)]
    struct Unreadable;

    impl<'de> Deserialize<'de> for Unreadable {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("cannot be read")
        }
    }

    #[derive(Deserialize)]
    struct Indescribable;

    impl JsonSchema for Indescribable {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Indescribable".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            panic!("cannot be described")
        }
    }

    /// Reads badly.
    #[tool]
    fn unreadable(
        /** It */
        it: Unreadable,
    ) {
        let _ = it;
    }

    /// Is described badly.
    #[tool]
    fn indescribable(
        /** It */
        it: Indescribable,
    ) {
        let _ = it;
    }

    /// Has a bad default.
    #[tool]
    fn defaulted(
        /** It */
        #[tool(default = panic!("no default"))]
        it: u8,
    ) -> u8 {
        it
    }

    #[tokio::test]
    async fn in_a_definition_are_reported_before_anything_is_sent() {
        let closure = || ToolFn::new("closure", "Is described badly.", |_: Indescribable| async { "" }).into_tools();
        for (tools, name, message) in [
            (tools![unreadable], "unreadable", "cannot be read"),
            (tools![indescribable], "indescribable", "cannot be described"),
            (tools![defaulted], "defaulted", "no default"),
            (closure(), "closure", "cannot be described"),
        ] {
            let error = misuse(tools).await.expect("the panic is reported");
            assert!(error.contains(&format!("`{name}`")) && error.contains(message), "{error}");
        }
        // Without the check, the call has an error result.
        assert!(told(&tools![unreadable], "unreadable", r#"{"it":1}"#).contains("cannot be read"));
    }
}

mod hostile_arguments {
    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "never read successfully")]
    enum Tree {
        A { l: Box<Tree>, r: Box<Tree> },
        B { l: Box<Tree>, x: u8 },
        C { l: Box<Tree> },
        Leaf(u8),
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "never read successfully")]
    struct Fields {
        alpha: Option<u8>,
        a_rather_long_name_of_a_field: Option<u8>,
    }

    /// Takes a value.
    #[tool]
    fn tree(
        /** It */
        it: Tree,
    ) {
        let _ = it;
    }

    /// Takes a value.
    #[tool]
    fn fields(
        /** It */
        it: Fields,
    ) {
        let _ = it;
    }

    /// Takes a number.
    #[tool]
    fn number(
        /** It */
        it: u8,
    ) -> u8 {
        it
    }

    /// Returns `true` if the text is short and contains no control characters.
    fn is_harmless(text: &str) -> bool {
        text.len() < 10_000 && !text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\t'))
    }

    /// Returns the seconds of the fastest of three calls.
    fn seconds(tools: &Toolset, name: &str, input: &str) -> f64 {
        let times = (0..3).map(|_| {
            let start = std::time::Instant::now();
            let outcome = call(tools, name, input);
            assert!(outcome.is_error() && is_harmless(&outcome.text()), "{}", outcome.text().len());
            start.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min)
    }

    /// Eight times the input takes about eight times as long, not 64 times.
    #[test]
    fn take_linear_time() {
        let tools = tools![tree, fields];
        let inputs: [(&str, fn(usize) -> String); 4] = [
            ("fields", |n| format!(r#"{{"it":{{"{}":1}}}}"#, "k".repeat(n * 64))),
            ("fields", |n| {
                let keys: Vec<_> = (0..n).map(|n| format!(r#""k{n}":null"#)).collect();
                format!(r#"{{"it":{{{}}}}}"#, keys.join(","))
            }),
            ("fields", |n| {
                let keys: Vec<_> = (0..n).map(|n| format!(r#""k{n}":null"#)).collect();
                format!("{{{}}}", keys.join(","))
            }),
            ("fields", |n| format!(r#"{{"it":[{}1]}}"#, "1,".repeat(n))),
        ];
        for (which, (name, input)) in inputs.iter().enumerate() {
            let (small, large) = (seconds(&tools, name, &input(4_000)), seconds(&tools, name, &input(32_000)));
            assert!(large < small * 30.0 + 0.02, "{which}: {small} and {large} s");
        }
        // For recursive alternatives, the validator takes little time compared with serde.
        let nested = |depth: usize| r#"{"l":"#.repeat(depth) + "\"x\"" + &"}".repeat(depth);
        let start = std::time::Instant::now();
        assert!(serde_json::from_str::<Tree>(&nested(9)).is_err());
        let serde_alone = start.elapsed().as_secs_f64();
        let all = seconds(&tools, "tree", &format!(r#"{{"it":{}}}"#, nested(9)));
        assert!(all < serde_alone * 4.0 + 0.05, "{all} s, compared with {serde_alone} s for serde alone");
    }

    #[test]
    fn do_not_cause_long_texts_or_control_characters() {
        let tools = tools![fields, number];
        let odd = "\u{85}\u{7f}\u{9b}31m".repeat(100_000);
        let quoted = Value::from(odd.as_str());
        for (name, input) in [
            ("number", format!(r#"{{"it":{quoted}}}"#)),
            ("number", format!(r"{{{quoted}:1}}")),
            ("fields", format!(r#"{{"it":{{{quoted}:{quoted}}}}}"#)),
            ("number", odd.clone()),
            (odd.as_str(), "{}".to_owned()),
        ] {
            let outcome = call(&tools, name, &input);
            assert!(outcome.is_error() && is_harmless(&outcome.text()), "{}", outcome.text().escape_debug());
        }
    }

    #[test]
    fn do_not_cause_long_debug_texts() {
        fn is_short(it: &impl Debug) {
            let text = format!("{it:?}");
            assert!(is_harmless(&text), "{} bytes", text.len());
        }
        let long = "\u{1b}[2J".repeat(1_000_000);
        is_short(&ToolError::new(&long));
        is_short(&ToolError::abort(long.clone()));
        is_short(&ToolOutput::new(&*long));
        is_short(&ToolOutput::new("a").with_value(&long).unwrap());
        let definition = ToolDefinition::new("a", &*long, &json!({"type": "object", "description": long}));
        is_short(&definition);
        let outcome = call(&tools![number], "number", &json!({"it": long}).to_string());
        is_short(&outcome);
        assert!(is_harmless(&ToolError::new(&long).to_string()));
        // The model reads the whole text of the tool.
        assert_eq!(ToolError::new(&long).text(), long);
    }
}

mod state {
    use super::*;

    struct Db(u8);

    /// Asks.
    #[tool]
    fn ask(db: State<Db>, cx: &ToolContext) -> String {
        format!("{} {}", db.0, cx.state::<Db>().is_some())
    }

    #[tokio::test]
    async fn in_an_arc_satisfies_the_plain_type() {
        let shared = Arc::new(Db(7));
        let tools = tools![ask].state(shared.clone());
        assert_eq!(call(&tools, "ask", "{}").text(), "7 true");
        assert_eq!(misuse(tools).await, None);
        let claude = MockServer::start().await.unwrap();
        let chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![ask]).state(shared);
        assert!(chat.build().is_ok());
        // The plain value takes precedence.
        assert_eq!(call(&tools![ask].state(Arc::new(Db(1))).state(Db(2)), "ask", "{}").text(), "2 true");
    }

    #[tokio::test]
    async fn that_nearly_matches_is_named() {
        let error = misuse(tools![ask].state(Arc::new(Mutex::new(Db(7)))).state("other"))
            .await
            .expect("the missing state is reported");
        assert!(error.contains("requires `State<it::tool::faults::state::Db>`, which was not provided"), "{error}");
        assert!(error.contains("Mutex<it::tool::faults::state::Db>>>` was provided"), "{error}");
        let error = misuse(tools![ask].state(Arc::new(7_u8))).await.expect("the missing state is reported");
        assert!(!error.contains("was provided"), "{error}");
    }
}

#[test]
fn a_set_is_collected_and_extended() {
    let closure = |name: String| ToolFn::new(name, "Does nothing.", |_: Nothing| async {});
    let mut tools: Toolset = (0..3).map(|n| closure(format!("a{n}"))).collect();
    tools.extend([tools![], (3..5).map(|n| closure(format!("a{n}"))).collect()]);
    let names: Vec<_> = tools.definitions().iter().map(ToolDefinition::name).collect();
    assert_eq!(names, ["a0", "a1", "a2", "a3", "a4"]);
    let dynamic: Vec<Arc<dyn Tool>> = vec![Arc::new(closure("b".into()))];
    assert_eq!(dynamic.into_iter().collect::<Toolset>().len(), 1);
}

/// An action, with its kind in a separate field.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "with")]
#[expect(dead_code, reason = "only shown by `Debug`")]
enum Deed {
    /// Writes a letter.
    Write {
        /// Text to write
        text: Option<String>,
    },
}

/// Carries out an action.
#[tool]
fn act(
    /// The action
    deed: Deed,
) -> String {
    format!("{deed:?}")
}

/// serde also reads a list as an object. Unknown fields inside are still reported.
#[tokio::test]
async fn unknown_fields_inside_a_list_for_an_object_are_reported() {
    let set = tools![act];
    let call = async |input: &str| {
        let outcome = set.call("act", input, &ToolContext::default()).await;
        (outcome.is_error(), outcome.text().into_owned())
    };
    for (input, is_error) in [
        (r#"{"deed":{"kind":"Write","with":{"text":"Hi"}}}"#, false),
        (r#"{"deed":["Write",{"text":"Hi"}]}"#, false),
        (r#"{"deed":{"kind":"Write","with":{"words":"Hi"}}}"#, true),
        (r#"{"deed":["Write",{"words":"Hi"}]}"#, true),
    ] {
        let (failed, text) = call(input).await;
        assert_eq!(failed, is_error, "{input}: {text}");
        assert!(!is_error || text.contains("words"), "{text}");
    }
}

/// An order.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only shown by `Debug`")]
enum Order {
    /// A number.
    #[serde(alias = "Amount")]
    Number(#[schemars(range(max = 7))] i64),
    /// To a place.
    #[serde(alias = "Go")]
    Move {
        #[schemars(range(max = 7))]
        steps: i64,
        slowly: Option<bool>,
    },
}

/// Follows an order.
#[tool]
fn follow(
    /// The order
    order: Order,
) -> String {
    format!("{order:?}")
}

/// An order with a tag.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "only shown by `Debug`")]
enum Tagged {
    /// Stops.
    Halt,
    /// To a place.
    Move {
        /// How far.
        steps: i64,
        /// How.
        slowly: Option<bool>,
    },
}

/// Follows an order with a tag.
#[tool]
fn follow_tagged(
    /// The order
    order: Tagged,
) -> String {
    format!("{order:?}")
}

/// serde also reads the number of a variant as its name.
#[tokio::test]
async fn unknown_fields_are_reported_beside_the_number_of_a_variant() {
    let set = tools![follow_tagged];
    for (input, wrong) in [
        (r#"{"order":{"kind":0}}"#, None),
        (r#"{"order":{"kind":1,"steps":1}}"#, None),
        (r#"{"order":{"kind":1,"steps":1,"slowly":true}}"#, None),
        (r#"{"order":{"kind":1,"steps":1,"slowly":null}}"#, None),
        (r#"{"order":{"kind":0,"far":null}}"#, Some("far")),
        (r#"{"order":{"kind":0,"far":1}}"#, Some("far")),
        (r#"{"order":{"kind":1,"steps":1,"far":1}}"#, Some("far")),
    ] {
        let outcome = set.call("follow_tagged", input, &ToolContext::default()).await;
        let text = outcome.text();
        assert_eq!(outcome.is_error(), wrong.is_some(), "{input}: {text}");
        assert!(wrong.is_none_or(|wrong| text.contains(wrong)), "{input}: {text}");
    }
}

/// A variant that the type has read is validated against its own schema, not that of another variant.
#[tokio::test]
async fn a_variant_is_validated_against_its_own_schema() {
    let set = tools![follow];
    for (input, wrong) in [
        (r#"{"order":{"Move":{"steps":1,"slowly":true}}}"#, None),
        (r#"{"order":{"Number":7}}"#, None),
        (r#"{"order":{"Amount":7}}"#, None),
        (r#"{"order":{"Go":{"steps":1}}}"#, None),
        (r#"{"order":{"Move":{"steps":1,"far":false}}}"#, Some("far")),
        (r#"{"order":{"Move":{"steps":1,"far":null}}}"#, Some("far")),
        (r#"{"order":{"Go":{"steps":1,"far":false}}}"#, Some("far")),
        (r#"{"order":{"Move":{"steps":8}}}"#, Some("7")),
        (r#"{"order":{"Number":8}}"#, Some("7")),
    ] {
        let outcome = set.call("follow", input, &ToolContext::default()).await;
        let text = outcome.text();
        assert_eq!(outcome.is_error(), wrong.is_some(), "{input}: {text}");
        assert!(wrong.is_none_or(|wrong| text.contains(wrong)), "{input}: {text}");
    }
}

/// Takes large numbers.
#[tool]
fn large(
    /// Any
    a: u128,
    /// Any
    b: Option<i128>,
) -> String {
    format!("{a} {b:?}")
}

/// `serde_json` reads an integer of 128 bits up to its decimal point, and ignores the rest.
#[tokio::test]
async fn no_digit_of_a_large_number_is_ignored() {
    let set = tools![large];
    for (a, b, expected) in [
        ("2", "null", Some("2 None")),
        ("2.0", "-3e1", Some("2 Some(-30)")),
        ("340282366920938463463374607431768211455", "1", Some("340282366920938463463374607431768211455 Some(1)")),
        ("2.239e-156", "1", None),
        ("1.5", "1", None),
        ("1", "-2.5", None),
        ("1", "1e99", None),
    ] {
        let outcome = set.call("large", &format!(r#"{{"a":{a},"b":{b}}}"#), &ToolContext::default()).await;
        assert_eq!((!outcome.is_error()).then(|| outcome.text().into_owned()).as_deref(), expected, "{a} {b}");
        let other = set.call("large", &format!(r#"{{"b":{b},"a":{a}}}"#), &ToolContext::default()).await;
        assert_eq!(other.is_error(), expected.is_none(), "{a} {b}: {}", other.text());
    }
}
