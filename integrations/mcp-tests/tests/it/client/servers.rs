//! Several servers, and configuration files.

use claudette_mcp::McpServers;
use mcp_tests::Folder;
use serde_json::json;

use super::{call, dirty};

fn config(folder: &Folder) -> std::path::PathBuf {
    let dirty = env!("CARGO_BIN_EXE_dirty");
    let config = json!({"mcpServers": {
        "good": {"command": dirty, "args": ["environment"], "env": {"TOKEN": "${NO_SUCH_VARIABLE:-t0ken}"}},
        "broken": {"command": dirty, "args": ["crash"]},
        "absent": {"command": "no-such-program"},
        "off": {"command": dirty, "args": ["none"], "disabled": true},
    }});
    let path = folder.path().join("servers.json");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

#[tokio::test]
async fn one_server_that_fails_does_not_take_the_others_along() {
    let folder = Folder::new();
    let servers = McpServers::from_config(config(&folder)).await.unwrap();
    assert_eq!(servers.iter().count(), 1);
    let good = servers.get("good").unwrap();
    assert!(call(good, "bad", "{}").await.text().contains("TOKEN"));
    let report = servers.report().to_string();
    assert!(report.contains("left-pad") && report.contains("no-such-program") && report.contains("good"), "{report}");
    assert!(!report.contains("t0ken") && !format!("{servers:?}").contains("t0ken"), "{report}");
    assert!(servers.tools().list().iter().all(|tool| tool.name.starts_with("mcp__good__")));
    assert!(servers.refresh().await.unwrap().is_empty());
    servers.close().await;
}

#[tokio::test]
async fn a_required_server_must_connect() {
    let folder = Folder::new();
    let path = config(&folder);
    let error = McpServers::from_config(&path).only(["good", "broken"]).required(["broken"]).await.unwrap_err();
    assert!(error.is_connection() && error.to_string().contains("broken"), "{error}");
    let error = McpServers::from_config(&path).required(["typo"]).await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("typo"), "{error}");
}

#[tokio::test]
async fn two_servers_of_one_name() {
    let servers = McpServers::of([dirty("none").await.unwrap(), dirty("none").await.unwrap()]);
    let mut names: Vec<String> = servers.tools().list().into_iter().map(|tool| tool.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}
