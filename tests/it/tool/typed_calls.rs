//! Calls as values: the types of `#[tool]`, from a user's point of view.

#![allow(clippy::unused_async, reason = "the tools of these tests do not wait")]

use std::borrow::Cow;
use std::path::Path;

use claudette::testing::{MockResponse, MockServer};
use claudette::tooling::{NamedTool, TypedCall};
use claudette::{Approval, Chat, ContentBlock, Message, State, ToolContext, ToolUse, tool, tools};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize, schemars::JsonSchema)]
struct Line {
    article: String,
    #[schemars(range(min = 1, max = 9))]
    number: u8,
}

/// Without `Debug`.
#[derive(Deserialize, schemars::JsonSchema)]
struct Opaque {}

/// Orders things.
#[tool(name = "place-order")]
async fn order(
    cx: &ToolContext,
    shop: State<String>,
    /// Customer
    customer: &str,
    /// Lines
    lines: &[Line],
    /// Kind
    #[tool(rename = "type")]
    kind: Option<&str>,
    /// Weight
    #[tool(default = 2.5)]
    weight: f64,
    /// Note
    note: Cow<'_, str>,
    /// Label
    r#final: Cow<'_, str>,
    /// The destination
    path: &Path,
) -> String {
    format!("{cx:?} {shop:?} {customer} {lines:?} {kind:?} {weight} {note} {final} {}", path.display())
}

/// Closes the shop.
#[tool]
fn close(
    /// Anything
    opaque: Option<Opaque>,
    /// Note
    #[tool(default = "".into())]
    note: Cow<str>,
) -> bool {
    opaque.is_some() && note.is_empty()
}

fn call(name: &str, input: Value) -> ToolUse {
    ToolUse::new("toolu_1", name, input)
}

#[test]
fn the_fields_are_the_arguments() -> claudette::Result<()> {
    let lines = json!([{"article": "tea", "number": 3.0}]);
    let input = json!({"path": "a/b", "final": "yes", "note": "hi", "type": "gift", "lines": lines, "customer": "C1"});
    let order { customer, lines, kind, weight, note, r#final, path } = order::read(&call("place-order", input))?;
    assert_eq!((customer, lines), ("C1".to_owned(), vec![Line { article: "tea".to_owned(), number: 3 }]));
    assert_eq!((kind.as_deref(), weight), (Some("gift"), 2.5));
    assert_eq!((note, r#final, path.as_path()), (Cow::from("hi"), Cow::from("yes"), Path::new("a/b")));
    assert_eq!((order::NAME, order::NAMES), ("place-order", &["place-order"][..]));
    Ok(())
}

#[test]
fn a_call_can_be_shown() {
    let read = close::read(&call("close", json!({"opaque": {}}))).unwrap();
    assert_eq!(format!("{read:?}"), r#"close { opaque: .., note: "" }"#);
    let input = json!({"path": "/", "final": "f", "note": "n", "lines": [], "customer": "C1"});
    let read = order::read(&call("place-order", input)).unwrap();
    let text = r#"order { customer: "C1", lines: [], kind: None, weight: 2.5, note: "n", final: "f", path: "/" }"#;
    assert_eq!(format!("{read:?}"), text);
}

#[tokio::test]
async fn a_call_that_would_fail_cannot_be_read() {
    let tools = tools![close, order].state(String::new());
    let (cx, mut count) = (ToolContext::default(), 0);
    for input in [
        r#"{"opaque": 7}"#,
        r#"{"opake": null}"#,
        r#"{"opaque": null, "opaque": null}"#,
        r#"{"note": 5}"#,
        "[]",
        r#"{"opaque": "\ud800"}"#,
    ] {
        let call = format!(r#"{{"type":"tool_use","id":"toolu_1","name":"close","input":{input}}}"#);
        let call: ToolUse = serde_json::from_str(&call).unwrap();
        let outcome = tools.run_call(&call, &cx).await;
        assert!(outcome.is_error(), "{input}");
        let error = close::read(&call).unwrap_err();
        assert!(error.is_mismatch());
        assert_eq!(error.to_string(), format!("the call of `close` cannot be read: {}", outcome.text()));
        count += 1;
    }
    assert_eq!(count, 6);
    let lines = json!({"lines": [{"article": "tea", "number": 10}]});
    let error = order::read(&call("place-order", lines)).unwrap_err().to_string();
    assert!(error.contains("`lines[0].number`") && error.contains("`customer` is required"), "{error}");
}

#[test]
fn a_call_of_another_tool_cannot_be_read() {
    let error = close::read(&call("closed", json!({}))).unwrap_err();
    assert!(error.is_mismatch());
    assert_eq!(error.to_string(), "the call of `closed` cannot be read: only `close` can; did you mean `close`?");
    let member = json!({"type": "tool_use", "id": "t", "name": "close", "input": {}, "toolset_name": "browser"});
    assert!(close::read(&serde_json::from_value(member).unwrap()).is_err());
}

mod bank {
    /// Moves money.
    #[claudette::tool]
    pub(super) fn pay(
        /// Amount in USD
        amount: u32,
        /// Receiver
        to: &str,
    ) -> String {
        format!("{amount} to {to}")
    }

    /// Returns the balance.
    #[claudette::tool(name = "get-balance")]
    pub(super) fn balance() -> u32 {
        7
    }
}

/// Returns the time.
#[tool]
fn time() -> &'static str {
    "12:00"
}

tools!(
    /// The calls of a bank.
    #[derive(Debug)]
    enum BankCalls {
        /// Moves money.
        bank::pay,
        tell_balance = bank::balance,
        #[cfg(any())]
        Missing = bank::missing,
    }
);

#[test]
fn an_enum_has_a_variant_for_each_tool() -> claudette::Result<()> {
    let names: Vec<_> = BankCalls::tools().definitions().iter().map(|tool| tool.name().to_owned()).collect();
    assert_eq!(names, ["pay", "get-balance"]);
    assert_eq!(BankCalls::NAMES, names);
    match BankCalls::try_from(&call("pay", json!({"amount": 5, "to": "C1"})))? {
        BankCalls::Pay(bank::pay { amount, to }) => assert_eq!((amount, to.as_str()), (5, "C1")),
        BankCalls::TellBalance(_) => unreachable!(),
    }
    let balance = BankCalls::try_from(&call("get-balance", json!({})))?;
    assert_eq!(format!("{balance:?}"), "TellBalance(balance)");
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Account {
    Own,
    Other,
}

/// A value whose methods are tools.
struct Vault {
    content: u32,
}

#[tool(calls = VaultCalls)]
impl Vault {
    const MOST: u32 = 100;

    /// Takes money out.
    #[tool(name = "take-out")]
    async fn take(
        &self,
        cx: &ToolContext,
        /// Amount in USD
        #[tool(default = Self::MOST)]
        amount: u32,
        /// Reason
        reason: Option<&str>,
        #[cfg(any())] missing: Missing,
        #[cfg(test)]
        #[tool(default = Account::Own)]
        account: Account,
    ) -> String {
        format!("{} {amount} {reason:?} {account:?} {}", self.content, cx.call_id())
    }

    /// Looks inside.
    #[tool]
    fn look_inside(&self) -> u32 {
        self.content
    }

    /// Locks the vault.
    #[tool]
    #[cfg(any())]
    fn lock(&self, key: Missing) {}
}

#[test]
fn the_calls_of_a_block_are_variants_with_the_arguments() -> claudette::Result<()> {
    let tools = tools![].with(Vault { content: 7 });
    let names: Vec<_> = tools.definitions().iter().map(|tool| tool.name().to_owned()).collect();
    assert_eq!(VaultCalls::NAMES, names);
    let read = |name, input| VaultCalls::try_from(&call(name, input));
    let take = read("take-out", json!({"amount": 5, "reason": "tea", "account": "other"}))?;
    let expected = VaultCalls::Take { amount: 5, reason: Some("tea".to_owned()), account: Account::Other };
    assert_eq!(take, expected);
    assert_eq!(format!("{take:?}"), r#"Take { amount: 5, reason: Some("tea"), account: Other }"#);
    let all = VaultCalls::Take { amount: 100, reason: None, account: Account::Own };
    assert_eq!(read("take-out", json!({}))?, all);
    assert_eq!(read("look_inside", json!({}))?, VaultCalls::LookInside {});
    assert_ne!(take.clone(), all);
    assert_ne!(take, VaultCalls::LookInside {});
    Ok(())
}

#[tokio::test]
async fn a_call_of_a_block_that_would_fail_cannot_be_read() {
    let tools = tools![].with(Vault { content: 7 });
    for input in [json!({"amount": -1}), json!({"account": "their"}), json!({"amonut": 1}), json!([])] {
        let call = call("take-out", input);
        let outcome = tools.run_call(&call, &ToolContext::default()).await;
        let error = VaultCalls::try_from(&call).unwrap_err();
        assert!(outcome.is_error() && error.is_mismatch());
        assert_eq!(error.to_string(), format!("the call of `take-out` cannot be read: {}", outcome.text()));
    }
    let error = VaultCalls::try_from(&call("take", json!({}))).unwrap_err().to_string();
    assert_eq!(error, "the call of `take` cannot be read: only `take-out` and `look_inside` can");
}

tools!(
    #[derive(Debug, Clone, PartialEq)]
    enum AllCalls {
        #[cfg(any())]
        Missing(MissingCalls),
        time,
        Vault(VaultCalls),
        #[cfg(test)]
        bank::pay,
    }
);

#[tokio::test]
async fn an_enum_can_contain_the_calls_of_a_block() {
    assert_eq!(AllCalls::NAMES, ["time", "take-out", "look_inside", "pay"]);
    assert_eq!(AllCalls::tools().len(), 2);
    let pay = AllCalls::Pay(bank::pay { amount: 5, to: "C1".to_owned() });
    assert_eq!(AllCalls::try_from(&call("pay", json!({"amount": 5, "to": "C1"}))).unwrap(), pay);

    let claude = MockServer::start().await.unwrap();
    let take = |amount| ("take-out", json!({"amount": amount}));
    claude.respond(MockResponse::tool_uses([
        take(5),
        take(50),
        take(-1),
        ("look_inside", json!({})),
        ("time", json!({})),
    ]));
    claude.respond(MockResponse::text("Done."));
    let tools = AllCalls::tools().with(Vault { content: 7 });
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools).build().unwrap();
    let run = chat.toolloop("Take.").approve_typed(|call: AllCalls| async move {
        match call {
            AllCalls::Vault(VaultCalls::Take { amount, .. }) if amount > 10 => Approval::deny("too much"),
            AllCalls::Vault(VaultCalls::Take { .. } | VaultCalls::LookInside {}) | AllCalls::Time(_) => Approval::Allow,
            AllCalls::Pay(_) => unreachable!(),
        }
    });
    let run = run.await.unwrap();
    let texts: Vec<_> = run.steps()[0].outcomes().iter().map(|outcome| outcome.text().into_owned()).collect();
    assert!(texts[0].starts_with("7 5 None Own"), "{}", texts[0]);
    assert!(texts[2].starts_with("Invalid arguments"), "{}", texts[2]);
    assert_eq!((&*texts[1], &*texts[3], &*texts[4]), ("Denied by the user: too much", "7", "12:00"));
}

#[test]
fn calls_can_be_compared_and_cloned() {
    let read = |amount| bank::pay::read(&call("pay", json!({"amount": amount, "to": "C1"}))).unwrap();
    let expected = bank::pay { amount: 5, to: "C1".to_owned() };
    assert_eq!(read(5), expected);
    assert_ne!(read(6), expected);
    assert_eq!(expected.clone(), expected);
}

#[test]
fn an_enum_contains_only_calls_of_its_tools() {
    let error = |name, input| {
        let error = BankCalls::try_from(&call(name, input)).unwrap_err();
        assert!(error.is_mismatch());
        error.to_string()
    };
    assert_eq!(error("time", json!({})), "the call of `time` cannot be read: only `pay` and `get-balance` can");
    assert!(error("get-balanc", json!({})).ends_with("; did you mean `get-balance`?"));
    let wrong = error("pay", json!({"amount": "five"}));
    assert!(wrong.starts_with("the call of `pay` cannot be read") && wrong.contains("`to` is required"), "{wrong}");
}

#[tokio::test]
async fn approvals_match_on_calls() {
    let claude = MockServer::start().await.unwrap();
    let pay = |amount: u32| ("pay", json!({"amount": amount, "to": "C1"}));
    let wrong = ("pay", json!({"amount": 1}));
    let calls = [pay(5), pay(50), wrong, ("get-balance", json!({})), ("time", json!({}))];
    let policy = |call: BankCalls| async move {
        match call {
            BankCalls::Pay(call) if call.amount < 10 => Approval::Allow,
            BankCalls::Pay(call) => Approval::deny(format!("{} get nothing", call.to)),
            BankCalls::TellBalance(_) => Approval::Allow,
        }
    };
    let client = claude.client("claude-sonnet-5-5");
    let tools = BankCalls::tools().with(tools![time]);
    let mut chat = Chat::builder(client).tools(tools).approve_typed(policy).build().unwrap();
    for own in [true, false] {
        claude.respond(MockResponse::tool_uses(calls.clone()));
        claude.respond(MockResponse::text("Done."));
        let run = chat.toolloop("Pay.");
        let run = if own { run.approve_typed(policy) } else { run }.await.unwrap();
        let outcomes = run.steps()[0].outcomes();
        let texts: Vec<_> = outcomes.iter().map(|outcome| outcome.text().into_owned()).collect();
        assert_eq!((&*texts[0], &*texts[1], &*texts[3]), ("5 to C1", "Denied by the user: C1 get nothing", "7"));
        assert!(texts[2].starts_with("Invalid arguments") && texts[2].contains("`to`"), "{}", texts[2]);
        assert!(outcomes[4].is_error() && texts[4].contains("`time`"), "{}", texts[4]);
    }
    // The conversation contains the calls, for tests of what the model did.
    let calls = chat.history().iter().flat_map(Message::content).filter_map(ContentBlock::as_tool_use);
    let paid = calls.filter_map(|call| match BankCalls::try_from(call) {
        Ok(BankCalls::Pay(call)) => Some(call.amount),
        _ => None,
    });
    assert_eq!(paid.collect::<Vec<_>>(), [5, 50, 5, 50]);
}

#[tokio::test]
async fn a_single_response_is_approved_by_the_type_of_one_tool() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("pay", json!({"amount": 5, "to": "C1"})));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![bank::pay]).build().unwrap();
    chat.send("Pay.").approve_typed(|call: bank::pay| async move { Approval::deny(call.to) }).await.unwrap();
    assert!(chat.history().to_json().contains("Denied by the user: C1"));
}
