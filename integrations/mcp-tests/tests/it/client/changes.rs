//! Lists of tools that change, pins, and reports.

use std::time::Duration;

use claudette::ToolContext;
use claudette::tooling::IntoTools as _;
use claudette_mcp::OnDrift;
use mcp_tests::{Folder, wait_until};

use super::{call, dirty, dirty_in};

const HI: &str = r#"{"text": "hi"}"#;

#[tokio::test]
async fn a_definition_that_changes_is_refused_until_the_program_takes_it() {
    let server = dirty("rug-pull").await.unwrap();
    let tools = server.tools().prefix("").into_tools();
    assert!(!server.is_stale());
    let cx = ToolContext::default();
    assert!(!tools.call("echo", HI, &cx).await.is_error());
    assert!(wait_until(Duration::from_secs(2), || server.is_stale()).await.is_some());
    server.changed().await;

    assert!(!tools.call("echo", HI, &cx).await.is_error());
    let outcome = tools.call("bad", "{}", &cx).await;
    assert!(outcome.is_error() && outcome.text().contains("has changed since it was approved"), "{outcome:?}");
    let report = server.report().to_string();
    assert!(report.contains("bad") && report.contains("has changed"), "{report}");

    let changes = server.refresh().await.unwrap();
    assert!(!changes.is_empty() && changes.changed().iter().any(|change| change.name() == "bad"), "{changes}");
    assert!(!server.is_stale());
    assert!(!call(&server, "bad", "{}").await.text().contains("has changed"));
    // The old tools stay refused.
    assert!(tools.call("bad", "{}", &cx).await.text().contains("has changed"));
}

#[tokio::test]
async fn drift_can_be_a_warning_or_end_the_run() {
    let cx = ToolContext::default();
    for on_drift in [OnDrift::Warn, OnDrift::Abort] {
        let server = dirty("rug-pull").on_drift(on_drift).await.unwrap();
        let tools = server.tools().prefix("").into_tools();
        assert!(!tools.call("echo", HI, &cx).await.is_error());
        assert!(wait_until(Duration::from_secs(2), || server.is_stale()).await.is_some());
        let outcome = tools.call("bad", "{}", &cx).await;
        assert_eq!(outcome.is_abort(), on_drift == OnDrift::Abort);
    }
}

#[tokio::test]
async fn tools_that_do_not_match_their_pins_are_left_out() {
    let folder = Folder::new();
    let pins = dirty_in("restarted", &folder).await.unwrap().pins();
    assert!(!pins.is_empty());
    let stored = serde_json::to_string(&pins).unwrap();
    let pins = serde_json::from_str(&stored).unwrap();
    // The second start has other tools.
    let server = dirty_in("restarted", &folder).pins(pins).await.unwrap();
    let report = server.report();
    assert!(report.left_out().count() > 0, "{report}");
    for (tool, _) in report.left_out() {
        assert!(server.tools().list().iter().all(|info| info.own_name != tool));
    }
}

#[tokio::test]
async fn bad_tools_are_left_out_and_the_rest_works() {
    let server = dirty("nine").await.unwrap();
    assert_eq!(call(&server, "echo", HI).await.text(), "hi");
    let tools = server.tools().into_tools();
    assert_eq!(tools.len(), server.tools().len());
    for definition in tools.definitions() {
        definition.check().unwrap();
    }
    let report = server.report();
    assert!(report.mended().count() + report.left_out().count() > 3, "{report}");
}

#[tokio::test]
async fn a_storm_of_announcements_costs_few_lists() {
    let folder = Folder::new();
    let server = dirty_in("storm", &folder).await.unwrap();
    for _ in 0..5 {
        assert!(!call(&server, "echo", HI).await.is_error());
    }
    let lists = folder.lines("received").iter().filter(|line| line.contains("tools/list")).count();
    assert!(lists < 10, "{lists}");
}

#[tokio::test]
async fn choices_of_tools() {
    let server = dirty("none").await.unwrap();
    let all = server.tools();
    let names = |tools: claudette_mcp::McpTools| tools.list().into_iter().map(|tool| tool.name).collect::<Vec<_>>();
    assert_eq!(names(all.clone().only(["echo"])), ["mcp__dirty__echo"]);
    assert_eq!(names(all.clone().only(["mcp__dirty__echo"]).prefix("d_")), ["d_echo"]);
    assert_eq!(names(all.clone().except(["echo"])).len(), all.len() - 1);
    for wrong in
        [all.clone().only(["echo", "ecoh"]), all.clone().except(["ecoh"]), all.clone().only(["ecoh"]).prefix("")]
    {
        let error = claudette::tools![].with(wrong).check().unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("([\"ecoh\"])`: no server has a tool"), "{error}");
        assert!(error.to_string().contains("`echo`"), "{error}");
    }
    assert!(all.to_string().contains("mcp__dirty__echo"));
}
