//! An eval of 200 cases and two models in a process that is killed, and run again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use claudette::testing::{MockResponse, MockServer};
use claudette::{Client, Result, tool, tools};
use claudette_journal_sqlite::{Journal, RunStatus};
use claudette_testkit::eval::{Case, Eval, Report, Sample};
use serde_json::{Value, json};

const CASES: usize = 200;
const MODELS: [&str; 2] = ["claude-haiku-4-5", "claude-sonnet-5-5"];
/// Each model: one request for half of the cases, two for the loops of the others.
const REQUESTS: usize = MODELS.len() * (CASES / 2 + CASES / 2 * 2);
const CONCURRENCY: usize = 8;

/// The variables that make a worker of a process.
const DIR: &str = "CLAUDETTE_TEST_EVAL_DIR";
const URL: &str = "CLAUDETTE_TEST_EVAL_URL";

/// The stock of a product.
#[tool(read_only)]
fn stock(
    /// Product id, e.g. "P1"
    id: &str,
) -> u32 {
    id[1..].parse().unwrap_or(0)
}

fn cases() -> impl Iterator<Item = Case<String, String>> {
    (0..CASES).map(|n| {
        let (input, tag) = match n % 2 {
            0 => (format!("How many P{n} are in stock?"), "stock"),
            _ => (format!("What is the number of case {n}?"), "plain"),
        };
        Case::new(format!("case-{n:03}"), input).expected(n.to_string()).tag(tag)
    })
}

async fn answer(sample: Sample<String>) -> Result<String> {
    let question = sample.input().as_str();
    if !question.contains("stock") {
        return Ok(sample.client().send(question).await?.text());
    }
    let mut chat = sample.chat().tools(tools![stock]).build()?;
    Ok(chat.toolloop(question).journal(sample.journal("loop")).await?.text())
}

async fn eval(url: &str, dir: &Path) -> Result<Report> {
    let journal = Journal::open(dir.join("eval.db")).await?;
    let client = |model: &str| Client::builder(model).api_key("key").base_url(url).build();
    let clients = MODELS.iter().map(|model| client(model)).collect::<Result<Vec<_>>>()?;
    Eval::new("support", cases(), answer)
        .models(clients)
        .concurrency(CONCURRENCY)
        .judge(|case, answer| {
            let is_there = answer.split(' ').any(|word| word == case.expects());
            if is_there { Ok(()) } else { Err(format!("{} is not in the answer: {answer}", case.expects())) }
        })
        .journal(move |id| journal.run(id))
        .await
}

/// The process that runs the eval.
#[tokio::test]
#[ignore = "a part of another test"]
async fn worker() {
    let (Ok(url), Some(dir)) = (std::env::var(URL), std::env::var_os(DIR)) else { return };
    let dir = PathBuf::from(dir);
    let report = eval(&url, &dir).await.unwrap();
    std::fs::write(dir.join("full.md"), report.to_markdown()).unwrap();
    let report = report.without_latency();
    std::fs::write(dir.join("report.md"), report.to_markdown()).unwrap();
    std::fs::write(dir.join("report.svg"), report.to_svg()).unwrap();
}

fn start(url: &str, dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "eval::resume::worker", "--ignored"])
        .envs([(URL, url.as_ref()), (DIR, dir.as_os_str())])
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

async fn finish(mut child: Child) {
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(status.success(), "{status}");
}

/// Returns the model and the case of a request.
fn sample_of(request: &Value) -> (String, usize) {
    let question = &request["messages"][0]["content"];
    let text = question.as_str().or_else(|| question[0]["text"].as_str()).unwrap();
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number = number.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
    (request["model"].as_str().unwrap().to_owned(), number)
}

/// The model: the smaller one errs more often.
fn reply(request: &Value) -> MockResponse {
    let (model, number) = sample_of(request);
    let errs = if model == MODELS[0] { number % 10 == 3 || number % 25 == 4 } else { number % 50 == 8 };
    let is_first = request["messages"].as_array().unwrap().len() == 1;
    let response = if number % 2 == 0 && is_first {
        MockResponse::tool_use("stock", json!({"id": format!("P{number}")}))
    } else {
        MockResponse::text(format!("It is {} of course", if errs { number + 1 } else { number }))
    };
    response.usage(json!({"input_tokens": 300, "output_tokens": 40})).delay(Duration::from_millis(5))
}

/// Compares a text with a file in this folder, or writes the file if `CLAUDETTE_BLESS` is set.
fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/eval").join(name);
    if std::env::var_os("CLAUDETTE_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} has changed: run the test with CLAUDETTE_BLESS=1 if this is intended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_eval_continues() {
    let claude = MockServer::start().await.unwrap();
    for _ in 0..2 * REQUESTS {
        claude.respond_with(reply);
    }
    let dir = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();

    let mut child = start(claude.url(), dir.path());
    let begun = Instant::now();
    while claude.requests().len() < REQUESTS / 3 {
        assert!(begun.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none(), "no requests");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = claude.requests().len();
    let finished = finished(dir.path()).await;
    assert!(before < REQUESTS && finished.len() > 50, "{before} requests, {} finished samples", finished.len());

    finish(start(claude.url(), dir.path())).await;
    let requests = claude.requests();
    assert!(requests.iter().all(|request| !request.refused()), "a request was refused");
    let again = requests[before..].iter().map(|request| sample_of(request.body()));
    let again: BTreeSet<_> = again.filter(|sample| finished.contains(sample)).collect();
    assert_eq!(again, BTreeSet::new(), "finished samples were requested again");
    // Only the requests in flight are sent twice.
    let twice = requests.len() - REQUESTS;
    assert!(twice <= CONCURRENCY, "{twice} requests were sent twice");
    assert_golden("report.md", &read("report.md"));
    assert_golden("report.svg", &read("report.svg"));

    // A finished eval is only read. Its latencies are those that were measured.
    let full = read("full.md");
    finish(start(claude.url(), dir.path())).await;
    assert_eq!(claude.requests().len(), requests.len());
    assert_eq!(read("full.md"), full);
    println!(
        "killed after {before} of {REQUESTS} requests with {} finished samples; {twice} sent twice",
        finished.len()
    );
}

/// Returns the samples whose answers are stored.
async fn finished(dir: &Path) -> BTreeSet<(String, usize)> {
    let journal = Journal::open(dir.join("eval.db")).await.unwrap();
    let runs = journal.runs().await.unwrap();
    let answers = runs.iter().filter(|run| run.id().ends_with("/answer") && run.status() == RunStatus::Finished);
    let sample = |id: &str| {
        let mut parts = id.split('/').skip(1);
        let (model, case) = (parts.next().unwrap(), parts.next().unwrap());
        (model.to_owned(), case.trim_start_matches("case-").parse().unwrap())
    };
    answers.map(|run| sample(run.id())).collect()
}
