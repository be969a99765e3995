//! A request that was not recorded is an error that names the first difference.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, tools};
use claudette_testkit::Cassette;
use serde_json::json;

use super::support::{File, MODEL, QUESTION, ask, recording, stock};

async fn recorded() -> File {
    let file = File::new();
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("stock", json!({"item": "tea"})));
    claude.respond(MockResponse::text("There are 3."));
    let cassette = Cassette::record(&file).unwrap();
    ask(&recording(&cassette, &claude), QUESTION).await.unwrap();
    cassette.finish().unwrap();
    file
}

#[tokio::test]
async fn a_changed_prompt_is_named_by_its_path() {
    let file = recorded().await;
    let cassette = Cassette::replay(&file).unwrap();
    let error = ask(&cassette.client(MODEL).unwrap(), "How much tea and salt is there?").await.unwrap_err();
    assert!(error.is_misuse());
    let text = error.to_string();
    let path = r#"/messages/0/content/0/text: recorded "How much tea and milk is there?", sent "How much tea and salt is there?""#;
    assert!(
        text.contains("test.yaml: request 1 does not match the recording\n  POST /v1/messages\n")
            && text.contains(path),
        "{text}"
    );
    let command =
        "CLAUDETTE_RECORD=1 cargo test -p claudette-testkit cassette::mismatch::a_changed_prompt_is_named_by_its_path";
    assert!(text.ends_with(command), "{text}");

    // Both bodies can be compared with `diff`.
    let compare = text.lines().find_map(|line| line.strip_prefix("compare: diff ")).unwrap();
    let (ours, sent) = compare.split_once(' ').unwrap();
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert!(read(ours).contains("tea and milk"));
    assert!(read(sent).contains("tea and salt"));
}

#[tokio::test]
async fn a_changed_result_is_named_in_the_second_request() {
    /// Returns the number of items in stock.
    #[claudette::tool(name = "stock")]
    fn more_stock(
        /// Name of the item
        item: &str,
    ) -> u32 {
        stock(item) + 1
    }

    let file = recorded().await;
    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    let mut chat = Chat::builder(client).system("You sell tea.").tools(tools![more_stock]).build().unwrap();
    let error = chat.toolloop(QUESTION).await.unwrap_err();
    let text = error.to_string();
    assert!(error.is_misuse() && text.contains("request 2 does not match the recording\n"), "{text}");
    assert!(text.contains(r#"/messages/2/content/0/content: recorded "3", sent "4""#), "{text}");
}

#[tokio::test]
async fn further_paths_are_counted() {
    let file = recorded().await;
    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client("claude-haiku-4-5").unwrap();
    let mut chat = Chat::builder(client).system("You sell milk.").build().unwrap();
    let text = chat.toolloop("Hi").await.unwrap_err().to_string();
    assert!(text.contains(r#"/model: recorded "claude-sonnet-5-5", sent "claude-haiku-4-5""#), "{text}");
    assert!(text.contains("and ") && text.contains("more paths: ") && text.contains("/system"), "{text}");
}

#[tokio::test]
async fn a_request_too_many_names_the_equal_one() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    recording(&cassette, &claude).send("Hello").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    client.send("Hello").await.unwrap();
    let text = client.send("Hello").await.unwrap_err().to_string();
    assert!(text.contains("request 2 was not recorded; all 1 recorded requests were used"), "{text}");
    assert!(text.contains("recorded request 1 is equal, but it was already used"), "{text}");
}

#[tokio::test]
async fn the_most_similar_recorded_request_is_compared() {
    let file = File::new();
    let claude = MockServer::auto_reply().await.unwrap();
    let cassette = Cassette::record(&file).unwrap();
    let client = recording(&cassette, &claude);
    client.send("Red?").system("Colours").await.unwrap();
    client.send("Tea?").system("Drinks").await.unwrap();
    cassette.finish().unwrap();

    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    let text = client.send("Milk?").system("Drinks").await.unwrap_err().to_string();
    assert!(text.contains("request 1 does not match the recording (recorded request 2)"), "{text}");
    assert!(
        text.contains(r#"/messages/0/content: recorded "Tea?", sent "Milk?""#) && !text.contains("more path"),
        "{text}"
    );
}

#[tokio::test]
async fn a_mismatch_is_not_retried_and_not_counted_as_use() {
    let file = recorded().await;
    let cassette = Cassette::replay(&file).unwrap();
    let client = cassette.client(MODEL).unwrap();
    assert!(ask(&client, "Something else").await.is_err());
    let run = ask(&client, QUESTION).await.unwrap();
    assert_eq!(run.text(), "There are 3.");
    cassette.assert_finished();
}

#[tokio::test]
async fn unused_requests_are_an_error() {
    let file = recorded().await;
    let cassette = Cassette::replay(&file).unwrap();
    let text = cassette.finish().unwrap_err().to_string();
    assert!(
        text.contains("2 of 2 recorded requests were not sent; the first is request 1, POST /v1/messages"),
        "{text}"
    );
}

#[test]
fn a_missing_cassette_is_an_error_with_the_command() {
    let file = File::new();
    let error = Cassette::replay(&file).unwrap_err();
    assert!(error.is_misuse());
    let text = error.to_string();
    assert!(text.contains("does not exist; record it with a key: CLAUDETTE_RECORD=1 cargo test"), "{text}");
}
