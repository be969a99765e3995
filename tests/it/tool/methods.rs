//! `#[tool]` on `impl` blocks, from a user's point of view.

#![allow(clippy::unused_async, reason = "the tools of these tests do not wait")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::IntoTools;
use claudette::{Chat, State, ToolContext, ToolError, Toolset, tool, tools};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
struct Customer {
    /// Full name
    name: String,
}

#[derive(Default)]
struct Bank {
    customers: BTreeMap<String, Customer>,
    log: Mutex<Vec<String>>,
}

#[tool]
impl Bank {
    /// The maximum number of digits of an id.
    const LONGEST: usize = 3;

    /// Looks up a customer.
    #[tool]
    async fn customer(
        &self,
        /// Customer id, e.g. "C1"
        id: String,
    ) -> Option<Customer> {
        self.customers.get(&id).cloned()
    }

    /// Lists the ids of all customers whose name contains a text.
    ///
    /// # Returns
    ///
    /// The ids, in order.
    #[tool(name = "find-customers")]
    fn find(
        self: &Arc<Self>,
        /// Part of the name
        text: &str,
        /// Maximum number to list
        #[tool(default = Self::LONGEST)]
        most: usize,
    ) -> Vec<&str> {
        let found = self.customers.iter().filter(|(_, customer)| customer.name.contains(text));
        found.map(|(id, _)| id.as_str()).take(most).collect()
    }

    /// Writes something down.
    #[tool(blocking)]
    fn note(
        self: Arc<Self>,
        cx: &ToolContext,
        author: State<&'static str>,
        /// What
        text: &str,
    ) -> Result<(), ToolError> {
        if text.is_empty() {
            return Err(ToolError::new("there is nothing to note"));
        }
        let id = cx.call_id();
        self.log.lock().unwrap().push(format!("{} {text} {id} {:?}", *author, thread::current().id()));
        Ok(())
    }

    /// Returns the maximum length of an id.
    #[tool]
    fn longest_id() -> usize {
        Self::LONGEST
    }

    /// Compiled out.
    #[cfg(any())]
    #[tool]
    fn never(&self) -> NoSuchType {}

    /// Not a tool, although it is documented like one.
    fn add(&mut self, id: &str, name: &str) {
        self.customers.insert(id.to_owned(), Customer { name: name.to_owned() });
    }
}

fn bank() -> Bank {
    let mut bank = Bank::default();
    for (id, name) in [("C1", "Ada Lovelace"), ("C2", "Adam Smith"), ("C3", "Grace Hopper")] {
        bank.add(id, name);
    }
    bank
}

async fn call(tools: &Toolset, name: &str, input: Value) -> String {
    let outcome = tools.call(name, &input.to_string(), &ToolContext::default()).await;
    let mark = if outcome.is_error() { "! " } else { "" };
    format!("{mark}{}", outcome.text())
}

#[tokio::test]
async fn a_value_is_the_set_of_its_tools() {
    let bank = Arc::new(bank());
    let tools = bank.clone().into_tools().state("Ada");
    let names: Vec<_> = tools.definitions().iter().map(|definition| definition.name().to_owned()).collect();
    assert_eq!(names, ["customer", "find-customers", "note", "longest_id"]);
    let find = &tools.definitions()[1];
    assert_eq!(
        find.description(),
        "Lists the ids of all customers whose name contains a text.\n\n# Returns\n\nThe ids, in order."
    );
    let schema: Value = serde_json::from_str(find.input_schema().get()).unwrap();
    assert_eq!(schema["properties"]["most"]["default"], 3);
    assert_eq!(schema["required"], json!(["text"]));

    assert_eq!(call(&tools, "customer", json!({"id": "C1"})).await, r#"{"name":"Ada Lovelace"}"#);
    assert_eq!(call(&tools, "customer", json!({"id": "C9"})).await, "null");
    assert_eq!(call(&tools, "find-customers", json!({"text": "Ada"})).await, r#"["C1","C2"]"#);
    assert_eq!(call(&tools, "find-customers", json!({"text": "Ada", "most": 1})).await, r#"["C1"]"#);
    assert_eq!(call(&tools, "longest_id", json!({})).await, "3");
    assert_eq!(call(&tools, "note", json!({"text": "paid"})).await, "");
    assert_eq!(call(&tools, "note", json!({"text": ""})).await, "! there is nothing to note");
    let log = bank.log.lock().unwrap();
    assert!(log[0].starts_with("Ada paid") && !log[0].ends_with(&format!("{:?}", thread::current().id())), "{log:?}");
    // The methods can still be called directly.
    assert_eq!(Bank::longest_id(), 3);
}

trait Store: Send + Sync + 'static {
    type Key: serde::de::DeserializeOwned + schemars::JsonSchema + Send;

    fn get(&self, key: &Self::Key) -> Option<String>;
}

struct Numbers;

impl Store for Numbers {
    type Key = u8;

    fn get(&self, key: &u8) -> Option<String> {
        (*key < 3).then(|| format!("number {key}"))
    }
}

struct Shelf<S, const N: usize>(S)
where
    S: Store;

#[tool]
impl<S, const N: usize> Shelf<S, N>
where
    S: Store,
{
    /// Takes something from the shelf.
    #[tool]
    async fn take(
        &self,
        /// Which
        key: S::Key,
    ) -> Result<String, String> {
        self.0.get(&key).ok_or_else(|| format!("there are only {N}"))
    }
}

#[tokio::test]
async fn a_generic_block_is_a_set_of_tools() {
    let tools = Toolset::default().with(Shelf::<_, 3>(Numbers));
    assert_eq!(call(&tools, "take", json!({"key": 1})).await, "number 1");
    assert_eq!(call(&tools, "take", json!({"key": 7})).await, "! there are only 3");
}

/// Adds one.
#[tool]
fn one(
    /// To what
    to: i64,
) -> i64 {
    to + 1
}

#[tokio::test]
async fn several_types_and_functions_combine() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_uses([
        ("customer", json!({"id": "C2"})),
        ("take", json!({"key": 2})),
        ("one", json!({"to": 1})),
    ]));
    claude.respond(MockResponse::text("Done."));
    let client = claude.client("claude-sonnet-5-5");
    let tools = tools![one].with(bank()).with(Arc::new(Shelf::<_, 1>(Numbers)));
    let mut chat = Chat::builder(&client).tools(tools.clone()).state("Ada").build().unwrap();
    let run = chat.toolloop("All of it.").await.unwrap();
    let told: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    assert_eq!(told, [r#"{"name":"Adam Smith"}"#, "number 2", "2"]);

    let error = Chat::builder(&client).tools(tools.with(bank())).state("Ada").build().unwrap_err();
    assert!(error.is_misuse());
    assert!(
        error.to_string().starts_with(
            "two tools have the name `customer`: it::tool::methods::Bank::customer and it::tool::methods::Bank::customer;"
        ),
        "{error}"
    );
    let error = Chat::builder(&client).tools(bank()).build().unwrap_err();
    assert!(error.to_string().contains("`note` (it::tool::methods::Bank::note) requires `State<&str>`"), "{error}");
}
