//! Tests with several processes: they are killed, stopped, and run at the same time.
//!
//! `CLAUDETTE_KILLS=200` sets the number of kills at random moments, `CLAUDETTE_SEED` repeats them. An argument selects the
//! tests whose names contain it.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod boundaries;
mod decisions;
mod full_disk;
mod leases;
mod power_cut;
mod random;
mod worker;

use std::time::Instant;

fn main() {
    journal_scenario::serve_if_asked();
    worker::work_if_asked();
    let tests: [(&str, fn()); 8] = [
        ("boundaries::a_run_survives_a_kill_at_each_boundary", boundaries::a_run_survives_a_kill_at_each_boundary),
        ("random::runs_survive_kills_at_random_moments", random::runs_survive_kills_at_random_moments),
        ("power_cut::a_run_continues_from_a_copy_of_any_moment", power_cut::a_run_continues_from_a_copy_of_any_moment),
        ("leases::a_second_process_gets_an_error", leases::a_second_process_gets_an_error),
        ("leases::a_dead_process_does_not_keep_its_lease", leases::a_dead_process_does_not_keep_its_lease),
        ("leases::a_stopped_process_cannot_write_any_more", leases::a_stopped_process_cannot_write_any_more),
        ("decisions::another_process_decides", decisions::another_process_decides),
        ("full_disk::nothing_is_lost", full_disk::nothing_is_lost),
    ];
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, test) in tests.into_iter().filter(|(name, _)| name.contains(&filter)) {
        println!("test {name}");
        let begun = Instant::now();
        // A panic ends the process with an error.
        test();
        println!("test {name} ... ok ({:.1} s)", begun.elapsed().as_secs_f32());
    }
}
