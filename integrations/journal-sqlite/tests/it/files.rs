//! Backups, and what a step writes.

use claudette::testing::MockServer;
use claudette_journal_sqlite::Journal;

use crate::support::{Folder, chat, queue_payment};

#[tokio::test]
async fn a_backup_of_a_journal_in_use_is_a_journal() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    let run = chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap();
    let copy = folder.path().join("copy.db");
    journal.backup_to(&copy).await.unwrap();
    let error = journal.backup_to(&copy).await.unwrap_err();
    assert!(error.to_string().contains("copy.db` exists"), "{error}");

    let restored = Journal::open(&copy).await.unwrap();
    let again = chat(&claude).toolloop("Pay 5.").journal(restored.run("pay-5")).await.unwrap();
    assert_eq!(again.text(), run.text());
    assert_eq!(claude.requests().len(), 2);
}

#[tokio::test]
async fn lock_files_are_removed() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap();
    let locks = || {
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().contains("-owner-")).count()
    };
    assert_eq!(locks(), 1);
    drop(journal);
    // The thread ends a moment later.
    for _ in 0..200 {
        if locks() == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the lock file is still there");
}

#[tokio::test]
async fn a_journal_opens_and_is_read_while_another_process_commits() {
    let (folder, claude) = (Folder::new(), MockServer::start().await.unwrap());
    let journal = folder.journal().await;
    queue_payment(&claude, 5);
    chat(&claude).toolloop("Pay 5.").journal(journal.run("pay-5")).await.unwrap();
    let other = folder.sqlite();
    other.execute_batch("begin immediate").unwrap();
    let read = folder.journal().await;
    assert_eq!(read.steps("pay-5").await.unwrap(), journal.steps("pay-5").await.unwrap());
    other.execute_batch("rollback").unwrap();
}
