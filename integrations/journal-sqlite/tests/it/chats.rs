//! Chats over days, alone and together with runs.

use claudette::chat::{ChatState, StepId};
use claudette::testing::{MockResponse, MockServer};
use claudette::{Approval, BoxFuture, Chat, EndReason, Hook, Result, ToolUse, tools};
use claudette_journal_sqlite::Journal;

use crate::support::{Folder, pay, queue_payment};

async fn restored(journal: &Journal, claude: &MockServer) -> Chat {
    let builder = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]);
    journal.chat("customer-42").await.unwrap().restore(builder).build().unwrap()
}

async fn stored(journal: &Journal) -> String {
    journal.chat("customer-42").await.unwrap().state().to_json()
}

#[tokio::test]
async fn a_chat_over_days_with_a_suspended_call() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    // Each day is another open journal, as in another process.
    let mut today = restored(&folder.journal().await, &claude).await;
    assert!(today.history().is_empty());
    claude.respond(MockResponse::text("Hi, Jeremy!"));
    today.send("I'm Jeremy.").await.unwrap();
    let before = today.state().to_json();
    drop(today);

    let mut today = restored(&folder.journal().await, &claude).await;
    assert_eq!(today.state().to_json(), before);
    queue_payment(&claude, 5);
    let run = today.toolloop("Pay 5.").approve(async |_: ToolUse| Approval::Suspend).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    let (usage, cost) = (today.usage(), today.cost());
    drop(today);

    let mut today = restored(&folder.journal().await, &claude).await;
    assert_eq!((today.usage(), today.cost()), (usage, cost));
    let call = today.pending()[0].clone();
    today.decide(&call, Approval::Allow).unwrap();
    assert_eq!(today.resume_toolloop().await.unwrap().text(), "5 is paid.");
    let before = today.state().to_json();
    drop(today);
    assert_eq!(stored(&folder.journal().await).await, before);
}

#[tokio::test]
async fn each_step_is_stored_and_only_what_has_changed() {
    /// Reads the tables at each step.
    struct Watch(std::path::PathBuf, std::sync::Mutex<Vec<(String, i64, i64)>>);

    impl Hook for &Watch {
        fn committed<'a>(&'a self, step: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
            Box::pin(async move {
                let db = rusqlite::Connection::open(&self.0).unwrap();
                let count = |query: &str| -> i64 { db.query_row(query, [], |row| row.get(0)).unwrap() };
                let rows = (step.to_string(), count("select count(*) from messages"), count("select n from written"));
                assert_eq!(usize::try_from(rows.1).unwrap(), state.history().len());
                self.1.lock().unwrap().push(rows);
                Ok(())
            })
        }
    }

    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    let mut chat = restored(&journal, &claude).await;
    folder
        .sqlite()
        .execute_batch(
            "create table written (n integer); insert into written values (0);
             create trigger count after insert on messages begin update written set n = n + 1; end;",
        )
        .unwrap();
    let watch = Watch(folder.database(), std::sync::Mutex::default());
    for amount in 1..=3 {
        queue_payment(&claude, amount);
        chat.toolloop(format!("Pay {amount}.")).hook(&watch).await.unwrap();
    }
    let seen = watch.1.into_inner().unwrap();
    let steps: Vec<&str> = seen.iter().map(|(step, ..)| step.as_str()).collect();
    assert_eq!(steps[..4], ["request#1", "tool#1.1:pay", "request#2", "end"]);
    let written: Vec<i64> = seen.iter().map(|(_, _, written)| *written).collect();
    // A prompt, a call and its placeholder; its result; the result as sent, and the answer.
    let per_run: Vec<i64> = written.chunks(4).map(|run| run[3]).collect();
    assert_eq!(per_run[2] - per_run[1], per_run[1] - per_run[0], "a longer history does not write more: {written:?}");
    assert!(per_run[0] <= 6, "{written:?}");
}

/// Tries again until it works.
async fn soon<T>(attempt: impl AsyncFn() -> Result<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        match attempt().await {
            Ok(output) => return output,
            Err(error) => assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{error}"),
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_second_process_does_not_get_the_chat() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let (journal, other) = (folder.journal().await, folder.journal().await);
    let chat = restored(&journal, &claude).await;
    for journal in [&journal, &other] {
        let error = journal.chat("customer-42").await.unwrap_err();
        let expected = format!("chat `customer-42` is in use by this process {} on host `", std::process::id());
        assert!(error.to_string().contains(&expected), "{error}");
        assert!(journal.remove_chat("customer-42").await.is_err());
    }
    // A dropped chat releases its lease on the thread of its journal; another journal sees it a moment later.
    drop(chat);
    soon(async || other.chat("customer-42").await.map(drop)).await;
    assert!(soon(async || journal.remove_chat("customer-42").await).await);
    assert!(!journal.remove_chat("customer-42").await.unwrap());
}

#[tokio::test]
async fn rewinds_and_forks_are_stored_as_they_are() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    let mut chat = restored(&journal, &claude).await;
    for text in ["one", "two", "three", "four", "five"] {
        claude.respond(MockResponse::text(text));
    }
    chat.send("1").await.unwrap();
    chat.send("2").await.unwrap();
    chat.rewind(2).unwrap();
    chat.send("another 2").await.unwrap();
    let mut fork = chat.fork();
    fork.send("in the fork").await.unwrap();
    let in_fork = fork.state().to_json();
    chat.send("in the chat").await.unwrap();
    let in_chat = chat.state().to_json();
    assert_ne!(in_fork, in_chat);
    drop((chat, fork));
    // The last one that made a step is stored, as a whole.
    assert_eq!(stored(&journal).await, in_chat);
}

/// Ends a loop before its end is committed.
struct Crash;
impl Hook for Crash {
    fn committed<'a>(&'a self, step: &'a StepId, _: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        let is_end = *step == StepId::end();
        Box::pin(async move { if is_end { Err(claudette::Error::journal("a crash")) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn a_run_enters_the_chat_when_it_is_finished() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    let mut chat = restored(&journal, &claude).await;
    claude.respond(MockResponse::text("Hi, Jeremy!"));
    chat.send("I'm Jeremy.").await.unwrap();
    drop(chat);
    let before = stored(&journal).await;

    // The run is suspended: the stored chat does not change.
    queue_payment(&claude, 5);
    let mut chat = restored(&journal, &claude).await;
    let approve = async |_: ToolUse| Approval::Suspend;
    let run = chat.toolloop("Pay 5.").approve(approve).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(*run.end_reason(), EndReason::Suspended);
    drop(chat);
    assert_eq!(stored(&journal).await, before);
    let call = journal.pending("pay-5").await.unwrap()[0].call().clone();
    journal.decide("pay-5", &call, Approval::Allow).await.unwrap();

    // The process ends after the end of the run, and before the chat is stored.
    let builder = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![pay]).hook(Crash);
    let mut chat = journal.chat("customer-42").await.unwrap().restore(builder).build().unwrap();
    let crash = chat.toolloop("Pay 5.").approve(approve).journal(journal.run("pay-5")).await.unwrap_err();
    assert_eq!(crash.to_string(), "a crash");
    drop(chat);
    assert!(journal.unfinished().await.unwrap().is_empty());
    assert_eq!(stored(&journal).await, before);

    // The same line replays the run into the chat.
    let mut chat = restored(&journal, &claude).await;
    let run = chat.toolloop("Pay 5.").approve(approve).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(run.text(), "5 is paid.");
    assert_eq!(chat.history().len(), 6);
    let after = chat.state().to_json();
    drop(chat);
    assert_eq!(stored(&journal).await, after);

    // Once more: the run is already in the chat, which does not change.
    let mut chat = restored(&journal, &claude).await;
    let run = chat.toolloop("Pay 5.").approve(approve).journal(journal.run("pay-5")).await.unwrap();
    assert_eq!(run.text(), "5 is paid.");
    assert_eq!(chat.state().to_json(), after);
    assert_eq!(claude.requests().len(), 3);

    // The next prompt continues the chat.
    claude.respond(MockResponse::text("Bye!"));
    chat.toolloop("Bye.").journal(journal.run("bye")).await.unwrap();
    assert_eq!(chat.history().len(), 8);
    drop(chat);
    assert_eq!(journal.chat("customer-42").await.unwrap().state().last().unwrap().text(), "Bye!");
}

#[tokio::test]
async fn a_step_that_could_not_be_stored_is_stored_with_the_next_one() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    let mut chat = restored(&journal, &claude).await;
    claude.respond(MockResponse::text("one"));
    claude.respond(MockResponse::text("two"));
    let db = folder.sqlite();
    db.execute_batch("create trigger refuse before insert on messages begin select raise(abort, 'refused'); end")
        .unwrap();
    let error = chat.send("1").await.unwrap_err();
    assert!(error.is_journal() && error.to_string().contains("chat `customer-42` was not stored"), "{error}");
    assert_eq!(chat.history().len(), 2);
    db.execute_batch("drop trigger refuse").unwrap();
    chat.send("2").await.unwrap();
    let state = chat.state().to_json();
    drop(chat);
    assert_eq!(stored(&journal).await, state);
}

#[tokio::test]
async fn chats_are_listed_with_their_cost_and_owner() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    let talk = async |id: &str, prompt: &str| {
        claude.respond(MockResponse::text("Noted."));
        let builder = Chat::builder(claude.client("claude-sonnet-5-5"));
        let mut chat = journal.chat(id).await.unwrap().restore(builder).build().unwrap();
        chat.send(prompt).await.unwrap();
        chat
    };
    let tea = talk("a", "Tell me about tea.").await;
    let (usage, cost) = (tea.usage(), tea.cost());
    drop(tea);
    let ships = talk("b", "Tell me about ships.").await;
    // A chat without messages was opened, and not used.
    drop(journal.chat("c").await.unwrap());

    let chats = journal.chats().await.unwrap();
    let listed: Vec<_> = chats.iter().map(|chat| (chat.id(), chat.prompt(), chat.messages())).collect();
    assert_eq!(listed, [("b", "Tell me about ships.", 2), ("a", "Tell me about tea.", 2)]);
    assert!(chats[0].owner().is_some() && chats[0].changed() >= chats[1].changed());
    assert_eq!((&chats[1].spent().usage, chats[1].spent().cost), (&usage, cost));

    // Damage in one chat does not hide the others.
    drop(ships);
    folder.sqlite().execute_batch("update chats set head = 'x'; update messages set message = 'x'").unwrap();
    let chats = journal.chats().await.unwrap();
    assert_eq!((chats.len(), chats[0].prompt(), chats[0].spent().usage.total()), (2, "", 0));
}
