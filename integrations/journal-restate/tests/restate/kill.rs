//! Workers that are killed at random moments, and a server that is killed.

use std::time::Duration;

use journal_scenario::{Books, Dice, Outcome, STEPS};
use serde_json::Value;

use crate::restate::wait_for;
use crate::setup::Setup;

/// The number of kills, unless `CLAUDETTE_KILLS` is set.
const KILLS: usize = 60;

/// The average time of a step.
const STEP: Duration = Duration::from_millis(8);

/// Kills the worker at random moments. No finished step runs again, and no payment is made twice.
pub(crate) fn a_run_survives_its_worker(setup: &mut Setup) {
    let wanted = std::env::var("CLAUDETTE_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    for handler in ["Agent/run", "Agent/in_turn"] {
        let (mut books, mut dice) = (Books::new(&setup.files), Dice::from_env());
        while books.kills() < wanted {
            let invocation = setup.restate.send(handler, &Value::Null);
            let run = format!("{invocation}.standard");
            let mut done = 0;
            // Most runs are killed several times.
            for _ in 0..=dice.below(4) {
                let Some(steps) = rarest(&books, &mut dice).checked_sub(done) else { break };
                std::thread::sleep(u32::try_from(steps).unwrap() * STEP + dice.up_to(2 * STEP));
                setup.worker.kill();
                let is_over = setup.restate.output(&invocation).is_some();
                let steps = setup.restate.steps(&invocation);
                setup.worker.restart();
                if is_over {
                    break;
                }
                books.killed(&run, &steps);
                done = steps.len();
            }
            let outcome = setup.outcome(&invocation);
            books.finished(&run, &setup.restate.steps(&invocation), &outcome);
        }
        println!("{handler}: {books}");
        books.assert_spread();
    }
}

/// Returns a random step in the quarter of the run that has the fewest kills so far.
fn rarest(books: &Books, dice: &mut Dice) -> usize {
    let kills = |quarter: usize| -> usize {
        books.spread().range(quarter * STEPS / 4..(quarter + 1) * STEPS / 4).map(|(_, kills)| kills).sum()
    };
    let quarter = (0..4).min_by_key(|quarter| kills(*quarter)).unwrap();
    quarter * STEPS / 4 + usize::try_from(dice.below(STEPS as u64 / 4)).unwrap()
}

/// Kills the server in the middle of a run. It continues from its own journal.
pub(crate) fn a_run_survives_the_server(setup: &mut Setup) {
    let mut books = Books::new(&setup.files);
    for steps_before in [3, 12, 20] {
        let invocation = setup.restate.send("Agent/run", &Value::Null);
        let run = format!("{invocation}.standard");
        let steps = wait_for("enough steps", || {
            let steps = setup.restate.steps(&invocation);
            (steps.len() >= steps_before).then_some(steps)
        });
        setup.restate.crash();
        books.killed(&run, &steps);
        let outcome: Outcome = setup.outcome(&invocation);
        books.finished(&run, &setup.restate.steps(&invocation), &outcome);
    }
    println!("{books}");
}
