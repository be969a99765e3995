//! Tests with a real Restate server, and workers that are killed.
//!
//! They need a server: `export CLAUDETTE_RESTATE=$(integrations/journal-restate/server start)`.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod restate;
mod worker;

use self::restate::Restate;
use self::worker::{Worker, work_if_asked};
use journal_scenario::{Files, Server};
use serde_json::Value;

fn main() {
    journal_scenario::serve_if_asked();
    work_if_asked();
    let Some(restate) = Restate::from_env() else {
        println!("skipped: {} is not set, see `integrations/journal-restate/server`", restate::VARIABLE);
        return;
    };
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("restate-{}", std::process::id()));
    let files = Files::new(&dir);
    let server = Server::start(&files, 5);
    let worker = Worker::start(&files, server.url(), "");
    restate.register(&worker.url());
    for handler in ["Agent/run", "Agent/in_turn"] {
        let id = restate.send(handler, &Value::Null);
        println!("{id} {:?}", restate.wait(&id));
        restate.steps(&id);
    }
}
