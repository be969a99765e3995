//! Resources and prompts.

use claudette::{Message, ToolContext, ToolError, tools};
use claudette_mcp::{McpPrompt, McpResource, ResourceData, serve};

use super::{connect, dirty};

#[tokio::test]
async fn resources_and_prompts_of_our_own_server() {
    let serve = serve(tools![])
        .name("notes")
        .resource(McpResource::new("note:///a", |_| async { Ok::<_, ToolError>(ResourceData::text("Buy milk.")) }))
        .prompt(
            McpPrompt::new("review", "Reviews code.", |request| async move {
                let text = format!("Review this {}.", request.argument("language"));
                Ok::<_, ToolError>(vec![Message::user(text)])
            })
            .argument("language", "Language of the code"),
        );
    let (server, _serving) = connect(serve).await;

    let resources = server.resources().await.unwrap();
    assert_eq!(resources[0].uri, "note:///a");
    let blocks = server.resource("note:///a").await.unwrap();
    assert_eq!(blocks.len(), 1);
    assert!(format!("{blocks:?}").contains("Buy milk."), "{blocks:?}");
    let error = server.resource("note:///b").await.unwrap_err();
    assert!(error.is_server() && error.to_string().contains("note:///b"), "{error}");

    let tools = server.resource_tools();
    let cx = ToolContext::default();
    let list = tools.call("mcp__notes__list_resources", "{}", &cx).await;
    assert!(list.text().contains("note:///a"), "{list:?}");
    let read = tools.call("mcp__notes__read_resource", r#"{"uri": "note:///a"}"#, &cx).await;
    assert!(!read.is_error(), "{read:?}");

    let prompts = server.prompts().await.unwrap();
    assert_eq!((prompts[0].name.as_str(), prompts[0].arguments[0].is_required), ("review", true));
    let messages = server.prompt("review", [("language", "Rust")]).await.unwrap();
    assert_eq!(messages[0].text(), "Review this Rust.");
}

#[tokio::test]
async fn a_server_without_resources_and_prompts() {
    let server = dirty("none").await.unwrap();
    for error in [server.resources().await.unwrap_err(), server.resource("a:b").await.unwrap_err()] {
        assert!(error.is_misuse() && error.to_string().contains("does not offer resources"), "{error}");
    }
    let error = server.prompts().await.unwrap_err();
    assert!(error.to_string().contains("does not offer prompts"), "{error}");
}
