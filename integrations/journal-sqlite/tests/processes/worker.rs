//! A worker: a process that runs the loop with a journal.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use claudette::{Approval, ToolUse};
use claudette_journal_sqlite::{Journal, StoredStep};
use journal_scenario::{Files, KillAt, Moment, Outcome, Server, approve, chat, prompt};

/// The first argument of a worker.
const ARGUMENT: &str = "worker";

/// The folder, the model and the checks of one test.
pub struct Place {
    pub files: Files,
    pub server: Server,
}

impl Place {
    /// `delay` is the time that the model takes, in milliseconds.
    pub fn new(name: &str, delay: u64) -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let files = Files::new(&dir);
        Self { server: Server::start(&files, delay), files }
    }

    pub fn database(&self) -> PathBuf {
        self.files.dir().join("agent.db")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // The files of a failed test are kept.
        if !std::thread::panicking() {
            std::fs::remove_dir_all(self.files.dir()).unwrap();
        }
    }
}

/// The settings of a worker.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Normal,
    Kill(Moment),
    /// `approve` suspends each call of `pay`.
    Suspend,
}

pub struct Worker {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Worker {
    /// Starts a worker, and waits until its journal is open.
    pub fn start(place: &Place, run: &str, way: Way) -> Self {
        Self::start_in(place.files.dir(), place.server.url(), run, way)
    }

    pub fn start_in(dir: &Path, url: &str, run: &str, way: Way) -> Self {
        let (way, number) = match way {
            Way::Normal => ("normal", 0),
            Way::Suspend => ("suspend", 0),
            Way::Kill(Moment::Stored(number)) => ("stored", number),
            Way::Kill(Moment::Done(number)) => ("done", number),
        };
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(ARGUMENT)
            .arg(dir)
            .args([url, run, way, &number.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "open\n");
        Self { child, output }
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process with `SIGKILL`. Returns `false` if it had already ended.
    pub fn kill(mut self) -> bool {
        let has_ended = self.child.try_wait().unwrap().is_some();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        !has_ended
    }

    /// Waits for the end: the outcome, or the error of the loop.
    pub fn finish(mut self) -> Result<Outcome, String> {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        let status = self.child.wait().unwrap();
        if !status.success() {
            return Err(if text.is_empty() { status.to_string() } else { text });
        }
        Ok(serde_json::from_str(&text).unwrap())
    }
}

/// Works and exits, if this process is a worker.
pub fn work_if_asked() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [argument, dir, url, run, way, number] = &arguments[..] else { return };
    if argument != ARGUMENT {
        return;
    }
    let (dir, number) = (Path::new(dir), number.parse().unwrap());
    Files::new(dir).use_in_this_process();
    let kill = KillAt::new(if way == "stored" { Moment::Stored(number) } else { Moment::Done(number) });
    let is_patient = way == "suspend";
    let worked = block_on(async {
        let journal = open(&dir.join("agent.db")).await;
        println!("open");
        let mut chat = chat(url);
        let prompt = prompt(run);
        let toolloop = chat.toolloop(prompt).hook(kill.clone());
        let journal = kill.wrap(journal.run(run.as_str()));
        let toolloop = toolloop.approve(move |call: ToolUse| async move {
            if is_patient && call.name() == "pay" { Approval::Suspend } else { approve(call).await }
        });
        toolloop.journal(journal).await.map(|run| Outcome::of(&run, &chat))
    });
    match worked {
        Ok(outcome) => println!("{}", serde_json::to_string(&outcome).unwrap()),
        Err(error) => {
            println!("{error}");
            std::process::exit(1);
        }
    }
    std::process::exit(0);
}

/// Opens a journal with a short lease.
pub async fn open(path: &Path) -> Journal {
    Journal::open(path).lease(Duration::from_millis(1500)).await.unwrap()
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap().block_on(future)
}

/// Returns the finished steps of a run, or none if it has not begun.
pub fn finished(database: &Path, run: &str) -> Vec<(String, String)> {
    block_on(async { steps(&open(database).await, run).await })
}

/// Returns the finished steps of a run, or none if it has not begun.
pub async fn steps(journal: &Journal, run: &str) -> Vec<(String, String)> {
    let pair = |step: StoredStep| (step.name().to_owned(), step.record().to_owned());
    journal.steps(run).await.map(|steps| steps.into_iter().map(pair).collect()).unwrap_or_default()
}
