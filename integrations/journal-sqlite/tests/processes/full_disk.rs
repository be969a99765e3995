//! A disk that is full in the middle of a run.

use std::fs;
use std::path::{Path, PathBuf};

use claudette_journal_sqlite::Journal;
use journal_scenario::{Books, approve, chat, prompt, work};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::worker::{Place, block_on, steps};

/// A small disk in memory. Only root can make one.
struct Disk(PathBuf);

impl Disk {
    fn new(path: &Path) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        mount("none", path, "tmpfs", MountFlags::empty(), Some(c"size=8m")).ok()?;
        Some(Self(path.to_owned()))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

pub fn nothing_is_lost() {
    let place = Place::new("full-disk", 0);
    let Some(disk) = Disk::new(&place.files.dir().join("disk")) else {
        println!("skipped: only root can mount a small disk");
        return;
    };
    // This process is the worker of this test.
    place.files.use_in_this_process();
    let (database, ballast) = (disk.0.join("agent.db"), disk.0.join("ballast"));
    block_on(async {
        let journal = Journal::open(&database).await.unwrap();
        // The journal of another run shows how much a run needs; then all but a part of that is taken.
        work(place.server.url(), journal.run("first")).await.unwrap();
        let mut chat = chat(place.server.url());
        let full = full_after(&ballast, 40_000);
        let toolloop = chat.toolloop(prompt("second")).approve(approve);
        let error = toolloop.journal(journal.run("second")).await.unwrap_err();
        assert!(error.is_journal(), "{error}");
        let text = error.to_string();
        assert!(text.contains("of run `second` was not stored") && text.contains("the disk is full"), "{text}");
        println!("{text}");

        // The chat has everything that was received, also the response that was not stored.
        let stored = steps(&journal, "second").await;
        let responses = stored.iter().filter(|(step, _)| step.starts_with("request#")).count();
        let answered = (1..=6).filter(|request| place.files.counts().requests("second", *request) == 1).count();
        let messages = chat.history().iter().filter(|message| *message.role() == claudette::wire::Role::Assistant);
        assert_eq!(messages.count(), answered, "{stored:?}");
        assert!(responses <= answered && answered < 6, "{responses} of {answered}");

        // As long as the disk is full, the run does not get further.
        let error = chat.toolloop(prompt("second")).approve(approve).journal(journal.run("second")).await.unwrap_err();
        assert!(error.is_journal(), "{error}");

        drop(full);
        fs::remove_file(&ballast).unwrap();
        let outcome = work(place.server.url(), journal.run("second")).await.unwrap();
        let mut books = Books::new(&place.files);
        books.killed("second", &stored);
        books.killed("second", &stored);
        books.finished("second", &steps(&journal, "second").await, &outcome);
    });
}

/// Fills the disk until this number of bytes is left.
fn full_after(ballast: &Path, left: u64) -> fs::File {
    use std::io::Write as _;
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[0; 1000]).is_ok() {}
    let len = file.metadata().unwrap().len();
    file.set_len(len - left).unwrap();
    file
}
