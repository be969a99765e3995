//! The client with `server-filesystem` of the TypeScript SDK.

use claudette_mcp::McpServer;
use mcp_tests::{Folder, Peers, call, own_names, scratch_home};
use serde_json::json;

#[tokio::test]
async fn files_are_written_and_read() {
    let Some((node, args)) = Peers::from_env().node("server-filesystem/dist/index.js") else { return };
    let folder = Folder::new();
    let args = [args[0].as_str(), folder.text()];
    let server = McpServer::spawn(&node, args).name("files").env("HOME", scratch_home()).await.unwrap();
    assert!(own_names(&server).len() >= 10, "{}", server.report());
    let path = folder.path().join("note.txt");
    let outcome = call(&server, "write_file", json!({"path": path, "content": "first\nsecond\n"})).await;
    assert!(!outcome.is_error(), "{}", outcome.text());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\nsecond\n");
    let outcome = call(&server, "read_text_file", json!({"path": path, "head": 1})).await;
    assert_eq!(outcome.text().trim(), "first");
    let outcome = call(&server, "list_directory", json!({"path": folder.path()})).await;
    assert!(outcome.text().contains("note.txt"), "{}", outcome.text());
    let outcome = call(&server, "read_text_file", json!({"path": "/etc/passwd"})).await;
    assert!(outcome.is_error() && outcome.text().to_lowercase().contains("access denied"), "{}", outcome.text());

    // Only some of the tools, under their own names.
    let tools = claudette::tools![].with(server.tools().only(["read_text_file", "list_directory"]).prefix(""));
    let names: Vec<&str> = tools.definitions().iter().map(claudette::ToolDefinition::name).collect();
    assert_eq!(names, ["read_text_file", "list_directory"]);
    server.close().await;
}
