//! [`Setup`]: the processes of a test.

use journal_scenario::{Files, Outcome, Server};

use crate::restate::Restate;
use crate::worker::Worker;

/// The processes of a test.
pub(crate) struct Setup {
    pub(crate) restate: Restate,
    pub(crate) files: Files,
    pub(crate) model: Server,
    pub(crate) worker: Worker,
}

impl Setup {
    pub(crate) fn new(restate: Restate) -> Self {
        let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("restate-{}", std::process::id()));
        let files = Files::new(dir);
        let model = Server::start(&files, 15);
        let worker = Worker::start(&files, model.url());
        restate.register(&worker.url());
        Self { restate, files, model, worker }
    }

    /// Waits until a run has finished, and returns its outcome.
    pub(crate) fn outcome(&self, invocation: &str) -> Outcome {
        let (status, text) = self.restate.wait(invocation);
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }
}
