//! Tests of a small agent with a cassette, as the guide shows them.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Result, Run, tool, tools};
use claudette_testkit::{Cassette, snapshot};
use serde_json::json;

/// The number of packs in stock.
#[tool]
fn stock(
    /// Name of the product, e.g. "green tea"
    product: &str,
) -> u32 {
    if product == "green tea" { 3 } else { 0 }
}

/// The agent under test.
async fn answer(client: Client, question: &str) -> Result<Run> {
    let mut chat = Chat::builder(client).system("You sell tea.").tools(tools![stock]).build()?;
    chat.toolloop(question).max_steps(5).await
}

#[tokio::test]
async fn the_agent_counts_the_tea() -> Result<()> {
    let cassette = Cassette::open("tests/cassettes/stock.yaml")?;
    let run = answer(cassette.client("claude-sonnet-5-5")?, "How much green tea is there?").await?;
    assert_eq!(run.text(), "There are 3 packs of green tea.");
    cassette.finish()
}

#[tokio::test]
async fn the_run_is_the_one_in_the_snapshot() -> Result<()> {
    let cassette = Cassette::open("tests/cassettes/stock.yaml")?;
    let run = answer(cassette.client("claude-sonnet-5-5")?, "How much green tea is there?").await?;
    insta::assert_snapshot!(snapshot(&run), @r"
    steps:
    - content:
      - text: I will look.
      - tool_use: stock
        id: call_1
        input:
          product: green tea
        result: '3'
      stop_reason: tool_use
    - content:
      - text: There are 3 packs of green tea.
      stop_reason: end_turn
    end_reason: Finished
    ");
    cassette.finish()
}

#[test]
fn no_cassette_contains_a_key() -> Result<()> {
    Cassette::check_dir("tests/cassettes")?;
    Ok(())
}

#[tokio::test]
async fn a_cassette_of_another_client_is_replayed_in_order() -> Result<()> {
    use claudette_testkit::MatchOn;

    let cassette = Cassette::replay("tests/fixtures/vcrpy.yaml")?.match_on(MatchOn::Order);
    let client = cassette.client("claude-sonnet-5-5")?;
    let run = answer(client.clone(), "How much tea is there?").await?;
    assert_eq!(run.text(), "There are 3 — enough.");
    client.send("Hello").await?;
    cassette.finish()
}

/// Writes the cassette, with a mock server in place of the API.
#[tokio::test]
#[ignore = "writes tests/cassettes/stock.yaml"]
async fn write_the_cassette() -> Result<()> {
    let claude = MockServer::start().await?;
    claude.respond(MockResponse::content(json!([
        {"type": "text", "text": "I will look."},
        {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "stock", "input": {"product": "green tea"}},
    ])));
    claude.respond(MockResponse::text("There are 3 packs of green tea."));
    let cassette = Cassette::record("tests/cassettes/stock.yaml")?.scrub(claude.url(), "https://api.anthropic.com");
    let builder = Client::builder("claude-sonnet-5-5").api_key("key").base_url(claude.url());
    answer(cassette.wrap(builder).build()?, "How much green tea is there?").await?;
    cassette.finish()
}
