//! Snapshots of runs.

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, ToolUse, tool, tools};
use claudette_testkit::snapshot;
use serde_json::json;

/// Divides a by b.
#[tool]
fn divide(
    /// The dividend
    a: i64,
    /// The divisor
    b: i64,
) -> Result<i64, String> {
    a.checked_div(b).ok_or_else(|| "cannot divide by zero".to_owned())
}

async fn run(claude: &MockServer) -> claudette::Run {
    claude.respond(
        MockResponse::tool_uses([("divide", json!({"a": 7, "b": 2})), ("divide", json!({"a": 1, "b": 0}))])
            .thinking("Two sums."),
    );
    claude.respond(MockResponse::tool_use("divide", json!({"a": 9, "b": 3})));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![divide]).build().unwrap();
    let approve = |call: ToolUse| async move {
        if call.input().get().contains('9') { Approval::Suspend } else { Approval::Allow }
    };
    chat.toolloop("Divide.").approve(approve).await.unwrap()
}

#[tokio::test]
async fn a_snapshot_is_equal_in_every_execution() {
    // The ids of the server are other ones after the first run.
    let claude = MockServer::start().await.unwrap();
    let (first, second) = (run(&claude).await, run(&claude).await);
    assert_ne!(first.steps()[0].calls()[0].id(), second.steps()[0].calls()[0].id());
    assert_eq!(snapshot(&first), snapshot(&second));

    insta::assert_snapshot!(snapshot(&first), @r"
    steps:
    - content:
      - thinking: Two sums.
      - tool_use: divide
        id: call_1
        input:
          a: 7
          b: 2
        result: '3'
      - tool_use: divide
        id: call_2
        input:
          a: 1
          b: 0
        error: cannot divide by zero
      stop_reason: tool_use
    - content:
      - tool_use: divide
        id: call_3
        input:
          a: 9
          b: 3
        pending: true
      stop_reason: tool_use
    end_reason: Suspended
    ");
}

#[tokio::test]
async fn server_tools_and_citations_are_shown_without_opaque_values() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::content(json!([
        {"type": "server_tool_use", "id": "srvtoolu_0123456789", "name": "web_search", "input": {"query": "tea"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_0123456789", "content": [
            {"type": "web_search_result", "title": "Tea", "url": "https://example.com", "encrypted_content": "AAAA", "page_age": null},
        ]},
        {"type": "text", "text": "Tea is a drink.", "citations": [
            {"type": "web_search_result_location", "cited_text": "a drink", "url": "https://example.com", "title": "Tea", "encrypted_index": "AAAA"},
        ]},
    ])));
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let run = chat.toolloop("What is tea?").await.unwrap();
    insta::assert_json_snapshot!(snapshot(&run), @r#"
    {
      "steps": [
        {
          "content": [
            {
              "server_tool_use": {
                "input": {
                  "query": "tea"
                },
                "id": "call_1",
                "name": "web_search"
              }
            },
            {
              "web_search_tool_result": {
                "content": [
                  {
                    "type": "web_search_result",
                    "title": "Tea",
                    "url": "https://example.com",
                    "page_age": null
                  }
                ],
                "tool_use_id": "call_1"
              }
            },
            {
              "text": "Tea is a drink.",
              "citations": [
                {
                  "type": "web_search_result_location",
                  "cited_text": "a drink",
                  "url": "https://example.com",
                  "title": "Tea"
                }
              ]
            }
          ],
          "stop_reason": "end_turn"
        }
      ],
      "end_reason": "Finished"
    }
    "#);
}
