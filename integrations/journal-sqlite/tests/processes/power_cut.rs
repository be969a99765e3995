//! A power cut: the files are as they were at some moment, and the end of the log can be torn.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use journal_scenario::{Books, Dice, Files};
use rustix::process::Signal;

use crate::worker::{Place, Way, Worker, finished};

pub fn a_run_continues_from_a_copy_of_any_moment() {
    let place = Place::new("power-cut", 5);
    let mut dice = Dice::from_env();
    let (mut copies, mut torn) = (0, 0);
    for number in 0..8 {
        let run = format!("run-{number}");
        let worker = Worker::start(&place, &run, Way::Normal);
        for moment in 0..3 {
            std::thread::sleep(dice.up_to(Duration::from_millis(60)));
            worker.signal(Signal::STOP);
            // The signal needs a moment.
            std::thread::sleep(Duration::from_millis(5));
            let copy = place.files.dir().join(format!("copy-{number}-{moment}"));
            copy_files(place.files.dir(), &copy);
            worker.signal(Signal::CONT);
            if dice.below(2) == 0 {
                // The disk has only a part of the last frame.
                let mut log = OpenOptions::new().append(true).create(true).open(copy.join("agent.db-wal")).unwrap();
                let frame: Vec<u8> = (0..dice.below(5000)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect();
                log.write_all(&frame).unwrap();
                torn += 1;
            }

            let mut books = Books::new(&Files::new(&copy));
            books.killed(&run, &finished(&copy.join("agent.db"), &run));
            // The server writes to the files of the place, so the copy has its own.
            let server = journal_scenario::Server::start(&Files::new(&copy), 0);
            let outcome = Worker::start_in(&copy, server.url(), &run, Way::Normal).finish().unwrap();
            books.finished(&run, &finished(&copy.join("agent.db"), &run), &outcome);
            assert_eq!(server.refused(), Vec::<String>::new());
            copies += 1;
        }
        // The original is not disturbed.
        worker.finish().unwrap();
    }
    println!("{copies} copies continued, {torn} of them with a torn end of the log");
    assert!(torn >= 4, "{torn}");
}

/// Copies the files of a database whose processes are stopped, without the shared memory, and the files of effects.
fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["agent.db", "agent.db-wal", "effects", "requests", "asks"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}
