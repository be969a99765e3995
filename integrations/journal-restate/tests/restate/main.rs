//! Tests with a real Restate server, and workers that are killed.
//!
//! They need a server: `export CLAUDETTE_RESTATE=$(integrations/journal-restate/server start)`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod approve;
mod drift;
mod kill;
mod loops;
mod restate;
mod setup;
mod worker;

use std::time::Instant;

use self::restate::Restate;
use self::setup::Setup;

type Test = (&'static str, fn(&mut Setup));

const TESTS: [Test; 11] = [
    ("calls_run_at_the_same_time", loops::calls_run_at_the_same_time),
    ("each_loop_needs_its_own_journal", loops::each_loop_needs_its_own_journal),
    ("a_call_waits_for_a_decision", approve::a_call_waits_for_a_decision),
    ("a_decision_can_have_a_time_limit", approve::a_decision_can_have_a_time_limit),
    ("a_run_can_be_cancelled", approve::a_run_can_be_cancelled),
    ("a_changed_program_does_not_continue_a_run", drift::a_changed_program_does_not_continue_a_run),
    ("a_changed_program_can_be_allowed", drift::a_changed_program_can_be_allowed),
    ("a_call_waits_for_a_process_with_its_tool", drift::a_call_waits_for_a_process_with_its_tool),
    ("a_permanent_error_ends_the_invocation", drift::a_permanent_error_ends_the_invocation),
    ("a_run_survives_the_server", kill::a_run_survives_the_server),
    ("a_run_survives_its_worker", kill::a_run_survives_its_worker),
];

fn main() {
    journal_scenario::serve_if_asked();
    worker::work_if_asked();
    let Some(restate) = Restate::from_env() else {
        println!("skipped: {} is not set, see `integrations/journal-restate/server`", restate::VARIABLE);
        return;
    };
    let filter = std::env::args().nth(1).filter(|first| !first.starts_with('-')).unwrap_or_default();
    let mut setup = Setup::new(restate);
    for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(&filter)) {
        println!("--- {name}");
        let begun = Instant::now();
        test(&mut setup);
        let panic = std::fs::read_to_string(worker::panics(&setup.files));
        assert!(panic.is_err(), "a worker has panicked: {panic:?}");
        println!("ok in {:.1?}", begun.elapsed());
    }
    assert_eq!(setup.model.refused(), Vec::<String>::new(), "the library has sent a conversation that is not valid");
    std::fs::remove_dir_all(setup.files.dir()).unwrap();
}
