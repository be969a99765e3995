//! The kill test of a journal in a text file: a check of this package, and the pattern of the tests of the engines.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, read_to_string};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use claudette::journal::{Journal, JournalStep, Record};
use claudette::{BoxFuture, Result};
use journal_scenario::{Books, CALLS, Dice, Files, KillAt, Moment, Outcome, STEPS, Server, approve, chat, prompt};

fn main() {
    journal_scenario::serve_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["worker", dir, url, run, moment, step] => {
            let step = step.parse().unwrap();
            worker(dir, url, run, if moment == "stored" { Moment::Stored(step) } else { Moment::Done(step) });
        }
        _ => test(),
    }
}

/// Kills runs at each boundary and at random moments, and continues them.
fn test() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-{}", std::process::id()));
    let files = Files::new(&dir);
    let server = Server::start(&files, 5);
    let mut books = Books::new(&files);
    let spawn = |run: &str, moment: &str, step: usize| -> Child {
        let mut worker = Command::new(std::env::current_exe().unwrap());
        worker.arg("worker").arg(&dir).args([server.url(), run, moment, &step.to_string()]);
        worker.stdout(Stdio::piped()).spawn().unwrap()
    };
    let finish = |books: &mut Books, run: &str| {
        let output = spawn(run, "stored", usize::MAX).wait_with_output().unwrap();
        assert!(output.status.success(), "{run}: {output:?}");
        let outcome: Outcome = serde_json::from_slice(&output.stdout).unwrap();
        books.finished(run, &read(&dir, run), &outcome);
    };

    let boundaries =
        (1..=STEPS).step_by(5).map(|step| ("stored", step)).chain([("done", 1), ("done", 6), ("done", 15)]);
    for (moment, step) in boundaries {
        let run = format!("{moment}-{step}");
        assert!(!spawn(&run, moment, step).wait().unwrap().success(), "{run} was not killed");
        books.killed(&run, &read(&dir, &run));
        finish(&mut books, &run);
    }
    let mut dice = Dice::from_env();
    for n in 0..5 {
        let run = format!("random-{n}");
        let mut worker = spawn(&run, "stored", usize::MAX);
        std::thread::sleep(dice.up_to(Duration::from_millis(150)));
        worker.kill().unwrap();
        worker.wait().unwrap();
        books.killed(&run, &read(&dir, &run));
        finish(&mut books, &run);
    }
    println!("{books}");
    assert_eq!(books.kills(), STEPS.div_ceil(5) + 3 + 5);
    assert!(books.kills_in_a_call() >= 1);
    assert_eq!(server.refused(), Vec::<String>::new());
    assert_eq!(files.counts().requests("stored-1", 1), 1);
    assert_eq!(journal_scenario::call_steps().len(), CALLS);
    std::fs::remove_dir_all(&dir).unwrap();
}

fn worker(dir: &str, url: &str, run: &str, moment: Moment) {
    Files::new(dir).use_in_this_process();
    let kill = KillAt::new(moment);
    let journal = TextFile::open(Path::new(dir), run);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let mut chat = chat(url);
        let journal = kill.wrap(journal);
        let run = chat.toolloop(prompt(run)).approve(approve).hook(kill).journal(journal).await.unwrap();
        Outcome::of(&run, &chat)
    });
    println!("{}", serde_json::to_string(&outcome).unwrap());
}

/// Returns the complete lines of the file of a run.
fn read(dir: &Path, run: &str) -> Vec<(String, String)> {
    let text = read_to_string(path(dir, run)).unwrap_or_default();
    text.lines().map(|line| line.split_once('\t').unwrap()).map(|(step, it)| (step.to_owned(), it.to_owned())).collect()
}

fn path(dir: &Path, run: &str) -> PathBuf {
    dir.join(format!("{run}.journal"))
}

/// A journal in a text file, with a line for each step.
struct TextFile {
    run: String,
    old: HashMap<String, String>,
    file: Mutex<File>,
}

impl TextFile {
    fn open(dir: &Path, run: &str) -> Self {
        let file = OpenOptions::new().append(true).create(true).open(path(dir, run)).unwrap();
        Self { run: run.to_owned(), old: read(dir, run).into_iter().collect(), file: Mutex::new(file) }
    }
}

impl Journal for TextFile {
    fn run_id(&self) -> &str {
        &self.run
    }

    fn step<'a>(&'a self, step: JournalStep<'a>) -> BoxFuture<'a, Result<Record>> {
        Box::pin(async move {
            let id = step.id().clone();
            if let Some(record) = self.old.get(id.as_str()) {
                return Ok(Record::from(record.clone()));
            }
            let record = step.run().await?;
            let line = format!("{id}\t{}\n", record.as_str());
            let mut file = self.file.lock().unwrap();
            file.write_all(line.as_bytes()).unwrap();
            file.sync_data().unwrap();
            Ok(record)
        })
    }
}
