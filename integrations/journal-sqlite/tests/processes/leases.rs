//! Two processes and one run.

use std::time::{Duration, Instant};

use journal_scenario::Books;
use rustix::process::Signal;

use crate::worker::{Place, Way, Worker, block_on, finished, open};

/// Waits until a run has stored this number of steps.
fn wait_for_steps(place: &Place, run: &str, steps: usize) {
    let begun = Instant::now();
    while finished(&place.database(), run).len() < steps {
        assert!(begun.elapsed() < Duration::from_secs(20), "{run} does not make progress");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn a_second_process_gets_an_error() {
    let place = Place::new("second", 100);
    let first = Worker::start(&place, "run", Way::Normal);
    wait_for_steps(&place, "run", 1);
    let error = Worker::start(&place, "run", Way::Normal).finish().unwrap_err();
    let expected = format!("run `run` is in use by process {} on host `", first.pid());
    assert!(error.contains(&expected) && error.contains("whose lease ends in "), "{error}");

    let unfinished = block_on(async { open(&place.database()).await.unfinished().await.unwrap() });
    assert_eq!(unfinished[0].owner().unwrap().pid(), first.pid());

    let mut books = Books::new(&place.files);
    let outcome = first.finish().unwrap();
    books.finished("run", &finished(&place.database(), "run"), &outcome);
    // The lease is released, and the finished run is read by anyone.
    assert_eq!(Worker::start(&place, "run", Way::Normal).finish().unwrap(), outcome);
    assert_eq!(block_on(async { open(&place.database()).await.unfinished().await.unwrap().len() }), 0);
}

pub fn a_dead_process_does_not_keep_its_lease() {
    let place = Place::new("dead", 20);
    let worker = Worker::start(&place, "run", Way::Normal);
    wait_for_steps(&place, "run", 3);
    assert!(worker.kill());
    let begun = Instant::now();
    let unfinished = block_on(async { open(&place.database()).await.unfinished().await.unwrap() });
    assert!(unfinished[0].owner().is_none(), "{unfinished:?}");
    let mut books = Books::new(&place.files);
    books.killed("run", &finished(&place.database(), "run"));
    let outcome = Worker::start(&place, "run", Way::Normal).finish().unwrap();
    assert!(begun.elapsed() < Duration::from_millis(1400), "it waited for the lease: {:?}", begun.elapsed());
    books.finished("run", &finished(&place.database(), "run"), &outcome);
    // The lock files are gone.
    let names = std::fs::read_dir(place.files.dir()).unwrap().map(|entry| entry.unwrap().file_name());
    let locks: Vec<_> = names.filter(|name| name.to_string_lossy().contains("-owner-")).collect();
    assert!(locks.len() <= 1, "{locks:?}");
}

/// Stops a process between two of its commits. In the middle of one, it keeps SQLite's lock, and no other process can write.
fn stop(place: &Place, worker: &Worker) {
    loop {
        worker.signal(Signal::STOP);
        // The signal takes effect a moment later.
        std::thread::sleep(Duration::from_millis(20));
        let db = rusqlite::Connection::open(place.database()).unwrap();
        db.busy_timeout(Duration::ZERO).unwrap();
        if db.execute_batch("begin immediate; rollback").is_ok() {
            return;
        }
        worker.signal(Signal::CONT);
        std::thread::sleep(Duration::from_millis(1));
    }
}

pub fn a_stopped_process_cannot_write_any_more() {
    let place = Place::new("stopped", 60);
    let first = Worker::start(&place, "run", Way::Normal);
    wait_for_steps(&place, "run", 6);
    stop(&place, &first);
    let mut books = Books::new(&place.files);
    books.killed("run", &finished(&place.database(), "run"));

    // Before the lease ends, the process counts as alive.
    let error = Worker::start(&place, "run", Way::Normal).finish().unwrap_err();
    assert!(error.contains("is in use by process"), "{error}");
    std::thread::sleep(Duration::from_millis(1600));
    let second = Worker::start(&place, "run", Way::Normal);
    wait_for_steps(&place, "run", 12);
    first.signal(Signal::CONT);
    let error = first.finish().unwrap_err();
    let expected = format!("because process {} on host", second.pid());
    assert!(error.contains("of run `run` was not stored") && error.contains(&expected), "{error}");
    let outcome = second.finish().unwrap();
    books.finished("run", &finished(&place.database(), "run"), &outcome);
}
