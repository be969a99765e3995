//! Kills a worker with `SIGKILL` at the boundaries of steps and at random moments, until its run is finished.
//!
//! `CLAUDETTE_KILLS=200` sets the number of random kills, and then every boundary is covered.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use claudette_journal_dbos::{RunError, journal, workflow_error};
use dbos::StartOptions;
use journal_scenario::{Books, CALLS, Dice, Files, KillAt, Moment, Outcome, REQUESTS, STEPS, Server};

use self::support::Database;

fn main() {
    journal_scenario::serve_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_worker = arguments.first().is_some_and(|first| first == "worker");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if is_worker {
        return runtime.block_on(work(&arguments[1..]));
    }
    let Some(server) = support::server() else { return };
    let full = std::env::var("CLAUDETTE_KILLS").ok().map(|kills| kills.parse().unwrap());
    let begun = Instant::now();
    let mut test = Test::new(&server);
    // The first launch makes the schema.
    test.start_run();
    test.finish_run();
    let every = if full.is_some() { 1 } else { 5 };
    for moment in (1..=STEPS).step_by(every).map(Moment::Stored) {
        test.kill_at(moment);
    }
    for moment in (1..=REQUESTS + 2 * CALLS).step_by(every).map(Moment::Done) {
        test.kill_at(moment);
    }
    println!("boundaries: {} kills, {:.0?}", test.books.kills(), begun.elapsed());
    let target = test.books.kills() + full.unwrap_or(24);
    while test.books.kills() < target {
        test.kill_at_random(target);
    }
    assert_eq!(test.model.refused(), Vec::<String>::new());
    test.books.assert_spread();
    println!("{}\n{:.0?}", test.books, begun.elapsed());
    drop(test.model);
    let _ = std::fs::remove_dir_all(test.files.dir());
}

struct Test {
    database: Database,
    files: Files,
    model: Server,
    books: Books,
    dice: Dice,
    runs: usize,
}

impl Test {
    fn new(server: &str) -> Self {
        let database = Database::create(server, "claudette_kill");
        let dir = std::env::temp_dir().join(format!("claudette-dbos-kill-{}", std::process::id()));
        let files = Files::new(dir);
        let model = Server::start(&files, 15);
        Self { database, model, books: Books::new(&files), files, dice: Dice::from_env(), runs: 0 }
    }

    fn start_run(&mut self) {
        self.runs += 1;
    }

    fn run_id(&self) -> String {
        format!("run-{}", self.runs)
    }

    /// Starts a worker, and waits until its workflow runs. Returns the first line of its output.
    fn worker(&self, moment: Option<Moment>) -> (Worker, String) {
        let moment = match moment {
            None => "none".to_owned(),
            Some(Moment::Stored(n)) => format!("stored {n}"),
            Some(Moment::Done(n)) => format!("done {n}"),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("worker")
            .args([self.files.dir().to_str().unwrap(), self.model.url(), &self.database.url, &self.run_id(), &moment])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut worker = Worker { output: BufReader::new(child.stdout.take().unwrap()), child };
        let line = worker.line();
        (worker, line)
    }

    fn kill_at(&mut self, moment: Moment) {
        self.start_run();
        let (mut worker, _) = self.worker(Some(moment));
        let rest = worker.line();
        let status = worker.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "{moment:?}: {status} {rest}");
        self.killed();
        self.finish_run();
    }

    /// Kills the workers of a run at random moments until the run has finished.
    fn kill_at_random(&mut self, target: usize) {
        self.start_run();
        while self.books.kills() < target {
            let (mut worker, line) = self.worker(None);
            if line != BEGUN {
                // It was killed after its run had finished.
                assert!(worker.child.wait().unwrap().success(), "{line}");
                return self.finished(&line);
            }
            std::thread::sleep(self.dice.up_to(Duration::from_millis(350)));
            worker.child.kill().unwrap();
            if worker.child.wait().unwrap().success() {
                return self.finished(&worker.line());
            }
            self.killed();
        }
        self.finish_run();
    }

    fn killed(&mut self) {
        let run = self.run_id();
        self.books.killed(&run, &self.database.steps(&run));
    }

    fn finish_run(&mut self) {
        let (mut worker, mut line) = self.worker(None);
        if line == BEGUN {
            line = worker.line();
        }
        assert!(worker.child.wait().unwrap().success(), "{line}");
        self.finished(&line);
    }

    fn finished(&mut self, line: &str) {
        let outcome: Outcome = serde_json::from_str(line).unwrap();
        let run = self.run_id();
        self.books.finished(&run, &self.database.steps(&run), &outcome);
    }
}

/// The line that a worker prints when its workflow begins.
const BEGUN: &str = "begun\n";

struct Worker {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Worker {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }
}

/// Runs a workflow, or continues it.
async fn work(arguments: &[String]) {
    let [files, model, database, run, moment] = arguments else { panic!("{arguments:?}") };
    Files::new(files).use_in_this_process();
    let database = Database { url: database.clone() };
    let kill = moment.split_once(' ').map(|(kind, n)| {
        let n = n.parse().unwrap();
        KillAt::new(if kind == "stored" { Moment::Stored(n) } else { Moment::Done(n) })
    });
    let dbos = database.dbos("kill", run);
    let agent = dbos.register_workflow("agent", move |(model, run): (String, String)| agent(model, run, kill.clone()));
    let agent = agent.unwrap();
    dbos.launch().await.unwrap();
    let options = StartOptions { workflow_id: Some(run), ..StartOptions::default() };
    let handle = agent.start_with((model.clone(), run.clone()), options).await.unwrap();
    let outcome = handle.result().await.unwrap();
    println!("{}", serde_json::to_string(&outcome).unwrap());
}

async fn agent(model: String, run: String, kill: Option<KillAt>) -> dbos::Result<Outcome, RunError> {
    println!("begun");
    let Some(kill) = kill else { return journal_scenario::work(&model, journal()).await.map_err(workflow_error) };
    let mut chat = journal_scenario::chat(&model);
    let work = chat.toolloop(journal_scenario::prompt(&run)).approve(journal_scenario::approve);
    let run = work.hook(kill.clone()).journal(kill.wrap(journal())).await.map_err(workflow_error)?;
    Ok(Outcome::of(&run, &chat))
}
