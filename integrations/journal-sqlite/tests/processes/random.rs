//! Kills at random moments, spread over the whole run.

use std::time::{Duration, Instant};

use journal_scenario::{Books, Dice, STEPS};

use crate::worker::{Place, Way, Worker, finished};

pub fn runs_survive_kills_at_random_moments() {
    let kills: usize = std::env::var("CLAUDETTE_KILLS").map_or(40, |kills| kills.parse().unwrap());
    let place = Place::new("random", 5);
    let (mut books, mut dice) = (Books::new(&place.files), Dice::from_env());

    // The time of a whole run.
    let begun = Instant::now();
    let outcome = Worker::start(&place, "whole", Way::Normal).finish().unwrap();
    let whole = begun.elapsed();
    books.finished("whole", &finished(&place.database(), "whole"), &outcome);

    let mut runs = 0;
    while books.kills() < kills {
        let run = format!("run-{runs}");
        runs += 1;
        let mut steps = 0;
        // Several lives, each killed at a random moment of what is left.
        for _ in 0..=dice.below(3) {
            let left = whole.mul_f64((STEPS - steps).max(1) as f64 / STEPS as f64);
            // One moment in each eighth of that time, in turn.
            let moment = left / 8 * u32::try_from(runs % 8).unwrap() + dice.up_to(left / 8);
            let worker = Worker::start(&place, &run, Way::Normal);
            std::thread::sleep(moment.max(Duration::from_micros(10)));
            if !worker.kill() {
                break;
            }
            let stored = finished(&place.database(), &run);
            steps = stored.len();
            books.killed(&run, &stored);
        }
        let outcome = Worker::start(&place, &run, Way::Normal).finish().unwrap();
        books.finished(&run, &finished(&place.database(), &run), &outcome);
    }
    println!("{books}");
    books.assert_spread();
    assert_eq!(place.server.refused(), Vec::<String>::new());
}
