//! A decision in a process that does not run the loop.

use claudette::Approval;
use journal_scenario::{MARKERS, REQUESTS};

use crate::worker::{Place, Way, Worker, block_on, open};

pub fn another_process_decides() {
    let place = Place::new("decisions", 0);
    let mut decided = 0;
    loop {
        // Each life ends as suspended, or the run is finished.
        let outcome = Worker::start(&place, "run", Way::Suspend).finish().unwrap();
        let pending = block_on(async {
            let journal = open(&place.database()).await;
            let pending = journal.pending("run").await.unwrap();
            for call in &pending {
                journal.decide("run", call.call(), Approval::Allow).await.unwrap();
                let again = journal.decide("run", call.call().id(), Approval::Allow).await.unwrap_err();
                assert!(again.to_string().contains("was already decided"), "{again}");
            }
            pending
        });
        decided += pending.len();
        if pending.is_empty() {
            assert_eq!(outcome.text, format!("Done after {REQUESTS} requests."));
            break;
        }
    }
    assert_eq!(decided, MARKERS);
    let counts = place.files.counts();
    for (step, tool, _) in journal_scenario::call_steps() {
        assert_eq!(counts.effects("run", &step), 1, "{step} of {tool}");
    }
    assert!((1..=REQUESTS).all(|request| counts.requests("run", request) == 1));
}
