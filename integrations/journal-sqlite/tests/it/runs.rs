//! Runs: their list, decisions, removal, and mistakes of the caller.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, Chat, EndReason, ToolUse, tool, tools};
use claudette_journal_sqlite::RunStatus;
use serde_json::{Value, json};

use crate::support::{Folder, chat, queue_payment};

async fn suspend(_: ToolUse) -> Approval {
    Approval::Suspend
}

#[tokio::test]
async fn a_suspended_run_is_listed_decided_and_continued() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    let run = chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);

    let listed = &journal.unfinished().await.unwrap()[0];
    assert_eq!((listed.id(), listed.prompt(), listed.status()), ("pay-5", "Pay 5.", RunStatus::Suspended));
    assert_eq!((listed.end_reason(), listed.steps()), (Some("Suspended"), 2));
    let (last, at) = listed.last_step().unwrap();
    assert_eq!(last, "request#1");
    assert!(at >= listed.started() && at.elapsed().unwrap() < Duration::from_mins(1));
    assert!(listed.owner().is_none());

    let waiting = journal.pending("pay-5").await.unwrap();
    let [call] = &waiting[..] else { panic!("{waiting:?}") };
    assert_eq!((call.call().name(), call.step()), ("pay", "approval#1.1"));

    for (run, id, approval, expected) in [
        ("pay-6", call.call().id(), Approval::Allow, "the journal has no run `pay-6`"),
        (
            "pay-5",
            "toolu_x",
            Approval::Allow,
            "`toolu_x` of run `pay-5` does not wait for a decision; these calls do: ",
        ),
        ("pay-5", call.call().id(), Approval::Suspend, "`Suspend` is not a decision"),
        ("pay-5", call.call().id(), Approval::AllowWith(json!(5)), "are not a JSON object: 5"),
    ] {
        let error = journal.decide(run, id, approval).await.unwrap_err();
        assert!(error.is_journal() && error.to_string().contains(expected), "{error}");
    }
    let other = ToolUse::new(call.call().id(), "pay", json!({"amount": 500}));
    let error = journal.decide("pay-5", &other, Approval::Allow).await.unwrap_err();
    assert!(error.to_string().contains("is not the call that was decided on"), "{error}");

    // Without a decision, the same line asks again.
    let run = chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);

    journal.decide("pay-5", call.call(), Approval::allow_with(json!({"amount": 4}))).await.unwrap();
    let error = journal.decide("pay-5", call.call(), Approval::Allow).await.unwrap_err();
    assert!(error.to_string().contains("was already decided"), "{error}");
    assert!(journal.pending("pay-5").await.unwrap().is_empty());
    let run = chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Finished);
    assert!(run.steps()[0].outcomes()[0].text().contains("paid 4"));
    assert_eq!(claude.requests().len(), 2);
    assert!(journal.unfinished().await.unwrap().is_empty());
    assert_eq!(journal.runs().await.unwrap()[0].status(), RunStatus::Finished);
}

#[tokio::test]
async fn the_program_decides_on_a_call_that_has_waited() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    let allow = async |_: ToolUse| Approval::Allow;
    let run = chat(&claude).toolloop("Pay 5.").approve(allow).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(run.text(), "5 is paid.");
    assert!(journal.pending("pay-5").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_decision_is_never_overruled_by_the_program() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    let call = journal.pending("pay-5").await.unwrap()[0].call().clone();
    // The decision comes while the program is asked.
    let late = async |call: ToolUse| {
        journal.decide("pay-5", &call, Approval::deny("not today")).await.unwrap();
        Approval::Allow
    };
    let error = chat(&claude).toolloop("Pay 5.").approve(late).journal(journal.run("pay-5")).await.unwrap_err();
    let expected = format!("another process has decided on call `{}` (step `approval#1.1` of run `pay-5`)", call.id());
    assert!(error.to_string().contains(&expected), "{error}");
    let run = chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();
    assert!(run.steps()[0].outcomes()[0].text().contains("not today"));

    // A program that suspends the call again gets the decision at once.
    queue_payment(&claude, 6);
    chat(&claude).toolloop("Pay 6.").approve(suspend).journal(journal.run("pay-6")).await.unwrap();
    let late = async |call: ToolUse| {
        journal.decide("pay-6", &call, Approval::Allow).await.unwrap();
        Approval::Suspend
    };
    let run = chat(&claude).toolloop("Pay 6.").approve(late).journal(journal.run("pay-6")).await.unwrap();
    assert_eq!(run.text(), "6 is paid.");
}

#[tokio::test]
async fn a_run_is_in_use_until_its_loop_is_dropped() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let (journal, other) = (folder.journal().await, folder.journal().await);
    claude.respond(MockResponse::text("Late.").delay(Duration::from_mins(1)));
    claude.respond(MockResponse::text("Hi!"));
    let mut first = chat(&claude);
    {
        let mut running = Box::pin(first.toolloop("Hello").journal(journal.run("greeting")).into_future());
        let started = async {
            while claude.requests().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! { _ = &mut running => panic!("it waits for the response"), () = started => {} }
        // In the same open journal, and in another one of the same process.
        for journal in [&journal, &other] {
            let error = chat(&claude).toolloop("Hello").journal(journal.run("greeting")).await.unwrap_err();
            let expected = format!("run `greeting` is in use by this process {} on host `", std::process::id());
            assert!(error.to_string().contains(&expected), "{error}");
            let error = journal.remove_run("greeting").await.unwrap_err();
            assert!(error.to_string().contains("run `greeting` is in use"), "{error}");
        }
        assert!(journal.unfinished().await.unwrap()[0].owner().unwrap().is_this_process());
    }
    // The same line works at once.
    let run = chat(&claude).toolloop("Hello").journal(other.run("greeting")).await.unwrap();
    assert_eq!(run.text(), "Hi!");
}

#[tokio::test]
async fn another_prompt_a_vanished_tool_and_drift() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap();

    let error = chat(&claude).toolloop("Pay 7.").approve(suspend).journal(journal.run("pay-5")).await.unwrap_err();
    assert!(error.to_string().contains("the run `pay-5` began with another prompt"), "{error}");
    let mut without = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    let error = without.toolloop("Pay 5.").approve(suspend).journal(journal.run("pay-5")).await.unwrap_err();
    assert!(error.to_string().contains("the tool `pay`"), "{error}");

    let call = journal.pending("pay-5").await.unwrap()[0].call().clone();
    journal.decide("pay-5", &call, Approval::Allow).await.unwrap();
    let drifted = chat(&claude).toolloop("Pay 7.").approve(suspend).journal(journal.run("pay-5").allow_drift()).await;
    assert_eq!(drifted.unwrap().text(), "5 is paid.");
}

#[tokio::test]
async fn a_finished_run_has_no_live_steps() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap();
    folder.sqlite().execute("delete from steps where name = 'request#2'", []).unwrap();
    let error = chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("run `pay-5` is finished") && text.contains("no record of step `request#2`"), "{text}");
    assert_eq!(claude.requests().len(), 2);
}

#[tokio::test]
async fn old_runs_are_pruned_and_any_run_is_removed() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    for amount in 0..120 {
        queue_payment(&claude, amount);
        chat(&claude).toolloop("Pay.").journal(journal.run(format!("pay-{amount}"))).await.unwrap();
    }
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay.").approve(suspend).journal(journal.run("open")).await.unwrap();
    assert_eq!(journal.prune(Duration::from_mins(1)).await.unwrap(), 0);
    assert_eq!(journal.prune(Duration::ZERO).await.unwrap(), 120);
    let left: Vec<String> = journal.runs().await.unwrap().iter().map(|run| run.id().to_owned()).collect();
    assert_eq!(left, ["open"]);
    let count = |table: &str| -> i64 {
        folder.sqlite().query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("steps"), count("pending")), (2, 1));

    journal.remove_run("open").await.unwrap();
    assert_eq!((count("steps"), count("pending"), count("runs")), (0, 0, 0));
    let error = journal.remove_run("open").await.unwrap_err();
    assert!(error.to_string().contains("the journal has no run `open`"), "{error}");
}

#[tokio::test]
async fn a_run_is_exported_with_all_digits_of_its_numbers() {
    /// Returns a large number.
    #[tool]
    fn number() -> claudette::ToolOutput {
        claudette::ToolOutput::new("It is large.").with_value(&json!(12_345_678_901_234_567_890_u64)).unwrap()
    }
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    claude.respond(MockResponse::tool_use("number", json!({})));
    claude.respond(MockResponse::text("Done."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![number]).build().unwrap();
    chat.toolloop("Which?").journal(journal.run("a")).await.unwrap();
    let lines = String::from_utf8(journal.export("a", Vec::new()).await.unwrap()).unwrap();
    let names: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["step"].take()).collect();
    assert_eq!(names, ["run", "request#1", "tool#1.1:number/started", "tool#1.1:number", "request#2"]);
    assert!(lines.contains("12345678901234567890"), "{lines}");
    assert!(journal.export("b", Vec::new()).await.unwrap_err().to_string().contains("no run `b`"));
}

#[tokio::test]
async fn two_loops_that_begin_a_run_at_the_same_moment() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let (journal, other) = (folder.journal().await, folder.journal().await);
    for number in 0..10 {
        claude.respond(MockResponse::text("Hi!").delay(Duration::from_millis(400)));
        let id = format!("greeting-{number}");
        let (mut first, mut second) = (chat(&claude), chat(&claude));
        let (first, second) = tokio::join!(
            first.toolloop("Hello").journal(journal.run(&id)).into_future(),
            second.toolloop("Hello").journal(other.run(&id)).into_future(),
        );
        let (run, error) = match (first, second) {
            (Ok(run), Err(error)) | (Err(error), Ok(run)) => (run, error),
            (first, second) => panic!("{first:?}, {second:?}"),
        };
        assert_eq!(run.text(), "Hi!");
        let text = error.to_string();
        assert!(error.is_journal() && (text.contains("at the same moment") || text.contains("is in use by")), "{text}");
    }
    assert_eq!(claude.requests().len(), 10, "only one of them sends the request");
}
