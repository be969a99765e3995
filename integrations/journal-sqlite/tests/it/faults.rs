//! Damaged rows and files, and files of other programs and versions.

use std::error::Error as _;

use claudette::testing::MockServer;
use claudette_journal_sqlite::Journal;

use crate::support::{Folder, chat, queue_payment};

#[tokio::test]
async fn a_damaged_row_is_named() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap();
    folder.sqlite().execute("update steps set record = '{\"at\":1,' where name = 'request#2'", []).unwrap();
    let error = chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("run `pay-5`") && text.contains("`request#2`") && error.source().is_some(), "{text}");
    // The list and the export still show the run.
    assert_eq!(journal.runs().await.unwrap()[0].prompt(), "Pay 5.");
    let lines = String::from_utf8(journal.export("pay-5", Vec::new()).await.unwrap()).unwrap();
    assert!(lines.contains(r#""step":"request#2","damaged":"{\"at\":1,""#), "{lines}");
}

#[tokio::test]
async fn a_damaged_chat_is_named() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    let builder =
        claudette::Chat::builder(claude.client("claude-sonnet-5-5")).tools(claudette::tools![crate::support::pay]);
    let mut stored = journal.chat("c").await.unwrap().restore(builder).build().unwrap();
    stored.toolloop("Pay 5.").await.unwrap();
    drop(stored);
    folder.sqlite().execute("delete from messages where number = 1", []).unwrap();
    let error = journal.chat("c").await.unwrap_err();
    assert!(error.to_string().contains("a chat `c` that cannot be read"), "{error}");
    assert_eq!(error.source().unwrap().to_string(), "it has 3 messages instead of 4");
}

#[tokio::test]
async fn files_that_are_not_journals_are_refused() {
    let folder = Folder::new();
    std::fs::write(folder.database(), "This is not a database, and it is longer than its header. ".repeat(20)).unwrap();
    let error = Journal::open(folder.database()).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("agent.db` cannot be opened") && text.contains("restore it from a backup"), "{text}");

    std::fs::remove_file(folder.database()).unwrap();
    folder.sqlite().execute_batch("create table orders (id integer)").unwrap();
    let error = Journal::open(folder.database()).await.unwrap_err();
    assert!(error.to_string().contains("is a database of another program"), "{error}");

    let error = Journal::open(folder.path().join("missing/agent.db")).await.unwrap_err();
    assert!(error.to_string().contains("check its path and its permissions"), "{error}");
    let error = Journal::open(":memory:").await.unwrap_err();
    assert!(error.to_string().contains("use the path of a file"), "{error}");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_and_not_changed() {
    let folder = Folder::new();
    drop(folder.journal().await);
    folder.sqlite().pragma_update(None, "user_version", 7).unwrap();
    let error = Journal::open(folder.database()).await.unwrap_err();
    let text = error.to_string();
    assert!(error.is_journal() && text.contains("has version 7 of its tables"), "{text}");
    assert!(text.contains("only versions up to 1: use a newer version of claudette-journal-sqlite"), "{text}");
    let version: i64 = folder.sqlite().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 7);
}
