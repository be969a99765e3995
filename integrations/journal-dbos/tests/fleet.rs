//! Runs a queue of runs on three workers. One of them is killed every second, and Postgres is restarted in the middle.
//!
//! `CLAUDETTE_FLEET=1000` sets the number of runs of each part. The first part kills workers; the second
//! one also restarts Postgres, on a cluster of its own.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test")]

mod support;

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use claudette::Usage;
use claudette_journal_dbos::{RunError, journal, workflow_error};
use dbos::{EnqueueOptions, QueueConflict, QueueOptions};
use journal_scenario::{CALLS, Dice, Files, Outcome, Server};

use self::support::Database;

const WORKERS: usize = 3;
const KILLS: usize = 30;

fn main() {
    journal_scenario::serve_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if arguments.first().is_some_and(|first| first == "worker") {
        return runtime.block_on(work(&arguments[1..]));
    }
    let Some(server) = support::server() else { return };
    let runs = std::env::var("CLAUDETTE_FLEET").ok().map(|runs| runs.parse().unwrap());
    let (runs, kills) = runs.map_or((60, 4), |runs: usize| (runs, KILLS));
    runtime.block_on(fleet(&server, runs, kills, None));
    let own = Postgres::start();
    runtime.block_on(fleet(&own.url, runs, kills, Some(&own)));
}

/// A cluster that only this test uses.
struct Postgres {
    url: String,
    dir: String,
    port: String,
}

impl Postgres {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let dir = std::env::temp_dir().join(format!("claudette-fleet-{}", std::process::id()));
        let own =
            Self { url: format!("postgres://postgres@127.0.0.1:{port}"), dir: dir.to_str().unwrap().to_owned(), port };
        own.run("start");
        own
    }

    fn run(&self, command: &str) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres");
        let output = Command::new(script)
            .arg(command)
            .env("CLAUDETTE_PGDATA", &self.dir)
            .env("CLAUDETTE_PGPORT", &self.port)
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("stop");
    }
}

struct Worker {
    child: Child,
    name: String,
}

impl Worker {
    fn start(name: String, files: &Files, model: &Server, database: &Database) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["worker", files.dir().to_str().unwrap(), model.url(), &database.url, &name])
            .spawn()
            .unwrap();
        Self { child, name }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn fleet(server: &str, runs: usize, kills: usize, postgres: Option<&Postgres>) {
    let database = Database::create(server, "claudette_fleet");
    let dir = std::env::temp_dir().join(format!("claudette-dbos-fleet-{}-{}", std::process::id(), postgres.is_some()));
    let files = Files::new(&dir);
    let model = Server::start(&files, 15);
    // Makes the schema.
    let dbos = database.dbos("fleet", "schema");
    dbos.launch().await.unwrap();
    let limits = QueueOptions {
        worker_concurrency: Some(32),
        polling_interval: Duration::from_millis(200),
        ..QueueOptions::default()
    };
    dbos.register_queue("runs", limits, QueueConflict::AlwaysUpdate).await.unwrap();
    dbos.shutdown().await;
    let config = dbos::ClientConfig { app_name: Some("fleet".to_owned()), ..dbos::ClientConfig::new(&database.url) };
    let client = dbos::Client::connect(config).await.unwrap();
    for run in 0..runs {
        let id = format!("run-{run}");
        let input = (model.url().to_owned(), id.clone());
        let options = EnqueueOptions { workflow_id: Some(&id), ..EnqueueOptions::new("runs") };
        client.enqueue_with::<_, Outcome, RunError>("agent", input, options).await.unwrap();
    }
    let begun = Instant::now();
    let start = |n: usize| Worker::start(format!("worker-{n}"), &files, &model, &database);
    let mut workers: Vec<Worker> = (0..WORKERS).map(start).collect();
    let mut dice = Dice::from_env();
    let mut killed = 0;
    let mut restarted = postgres.is_none();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if !restarted && killed >= kills / 2 {
            postgres.unwrap().run("restart");
            restarted = true;
        }
        let open = database.sql("select count(*) from dbos.workflow_status where status in ('PENDING', 'ENQUEUED')");
        let open: usize = open[0].parse().unwrap();
        if open == 0 && restarted {
            break;
        }
        if killed < kills {
            let victim = usize::try_from(dice.below(WORKERS as u64)).unwrap();
            let n = workers[victim].name.strip_prefix("worker-").unwrap().parse().unwrap();
            // The old one is gone before the new one starts.
            let _ = workers[victim].child.kill();
            let _ = workers[victim].child.wait();
            workers[victim] = start(n);
            killed += 1;
        }
        assert!(begun.elapsed() < Duration::from_mins(10), "{open} runs are still open");
    }
    let took = begun.elapsed();
    drop(workers);
    assert_eq!(model.refused(), Vec::<String>::new());
    check(&database, &files, runs, killed);
    let steps = runs * journal_scenario::STEPS;
    println!(
        "fleet: {runs} runs, {killed} workers killed, Postgres restarted {} times, {took:.0?}, {:.0} steps/s",
        usize::from(postgres.is_some()),
        steps as f64 / took.as_secs_f64()
    );
    client.close().await;
    let _ = std::fs::remove_dir_all(dir);
}

/// Checks each run, and counts.
fn check(database: &Database, files: &Files, runs: usize, killed: usize) {
    let counts = files.counts();
    let (mut interrupted, mut repeated_requests, mut repeated_calls) = (0, 0, 0);
    let workflows = database.sql("select workflow_uuid, status, recovery_attempts, output from dbos.workflow_status");
    assert_eq!(workflows.len(), runs);
    let all_steps = database.all_steps("true");
    for row in workflows {
        let [id, status, attempts, output]: [&str; 4] = row.splitn(4, '\t').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(status, "SUCCESS", "{row}");
        let lives: usize = attempts.parse().unwrap();
        let outcome: Outcome = serde_json::from_str(output).unwrap();
        assert_eq!(outcome.text, "Done after 6 requests.", "{id}");
        let steps = &all_steps[id];
        assert_eq!(steps.len(), journal_scenario::STEPS, "{id}");
        let mut usage = Usage::default();
        for (name, record) in steps {
            if let Some(request) = name.strip_prefix("request#") {
                let times = counts.requests(id, request.parse().unwrap());
                assert!((1..=lives).contains(&times), "{id}: {name} was answered {times} times in {lives} lives");
                repeated_requests += times - 1;
                let mut record: serde_json::Value = serde_json::from_str(record).unwrap();
                let response = record["value"]["response"]["response"].take();
                let response: claudette::Response = serde_json::from_value(response).unwrap();
                usage += response.usage();
            }
        }
        assert_eq!(outcome.usage, usage, "{id}");
        for (name, tool, _) in journal_scenario::call_steps() {
            let (times, record) = (counts.effects(id, &name), &steps.iter().find(|(step, _)| *step == name).unwrap().1);
            if journal_scenario::is_idempotent(tool) {
                assert!((1..=lives).contains(&times), "{id}: {name} ran {times} times in {lives} lives");
                repeated_calls += times - 1;
            } else if record.contains("nterrupted") {
                assert!(times <= 1, "{id}: {name} was interrupted and ran {times} times");
                interrupted += 1;
            } else {
                assert_eq!(times, 1, "{id}: {name}");
            }
        }
    }
    println!(
        "{} calls, {interrupted} interrupted, {repeated_calls} idempotent ones repeated, {repeated_requests} requests \
         repeated, after {killed} kills",
        runs * CALLS
    );
}

/// Runs workflows of the queue until it is killed.
async fn work(arguments: &[String]) {
    let [files, _model, database, name] = arguments else { panic!("{arguments:?}") };
    Files::new(files).use_in_this_process();
    let database = Database { url: database.clone() };
    let dbos = database.dbos("fleet", name);
    let agent = dbos.register_workflow("agent", |(model, _): (String, String)| async move {
        journal_scenario::work(&model, journal()).await.map_err(workflow_error)
    });
    agent.unwrap();
    dbos.launch().await.unwrap();
    std::future::pending::<()>().await;
}
