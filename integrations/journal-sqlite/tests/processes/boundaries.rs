//! A kill at each boundary of a step: before and after its record is stored.

use journal_scenario::{Books, CALLS, Moment, REQUESTS, STEPS};

use crate::worker::{Place, Way, Worker, finished};

pub fn a_run_survives_a_kill_at_each_boundary() {
    let place = Place::new("boundaries", 0);
    let mut books = Books::new(&place.files);
    let stored = (1..=STEPS).map(Moment::Stored);
    let done = (1..=REQUESTS + 2 * CALLS).map(Moment::Done);
    for (number, moment) in stored.chain(done).enumerate() {
        let run = format!("run-{number}");
        let killed = Worker::start(&place, &run, Way::Kill(moment)).finish().unwrap_err();
        assert!(killed.contains("signal: 9"), "{moment:?}: {killed}");
        let steps = finished(&place.database(), &run);
        if let Moment::Stored(number) = moment {
            // Calls that run at the same time can have stored their records, too.
            assert!((number..number + 3).contains(&steps.len()), "{moment:?}: {} steps", steps.len());
        }
        books.killed(&run, &steps);
        let outcome = Worker::start(&place, &run, Way::Normal).finish().unwrap();
        books.finished(&run, &finished(&place.database(), &run), &outcome);
    }
    println!("{books}");
    assert_eq!(books.kills(), STEPS + REQUESTS + 2 * CALLS);
    // Records of calls that run at the same time are stored together, so a few numbers can be missing.
    assert!(books.spread().len() >= STEPS - 4, "{:?}", books.spread());
    assert_eq!(place.server.refused(), Vec::<String>::new());
}
