//! [`Files`]: what the processes of a test have done, as lines of text files.

use std::collections::HashMap;
use std::fs::{OpenOptions, create_dir_all, read_to_string};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The files of a test, in one folder.
#[derive(Clone, Debug)]
pub struct Files {
    dir: PathBuf,
}

/// The files that the tools and `approve` of this process write to.
static OWN: OnceLock<Files> = OnceLock::new();

impl Files {
    /// Returns the files in a folder. The folder is created if it does not exist.
    pub fn new(dir: impl AsRef<Path>) -> Self {
        create_dir_all(&dir).unwrap();
        Self { dir: dir.as_ref().to_owned() }
    }

    /// Makes the tools and [`approve`](crate::approve) of this process write to these files. A worker calls it first.
    /// Without it, they write nothing and take no time.
    pub fn use_in_this_process(&self) {
        OWN.set(self.clone()).expect("called once");
    }

    pub(crate) fn own() -> Option<&'static Self> {
        OWN.get()
    }

    /// Returns the folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the file with a line for each effect of a tool: `step \t idempotency key \t pid`.
    pub fn effects(&self) -> PathBuf {
        self.dir.join("effects")
    }

    /// Returns the file with a line for each answered request: `run \t number`.
    pub fn requests(&self) -> PathBuf {
        self.dir.join("requests")
    }

    /// Returns the file with a line for each question to `approve`: `call id \t pid`.
    pub fn asks(&self) -> PathBuf {
        self.dir.join("asks")
    }

    pub(crate) fn effect(&self, step: &str, key: &str) {
        append(&self.effects(), &format!("{step}\t{key}\t{}", std::process::id()));
    }

    pub(crate) fn request(&self, run: &str, number: usize) {
        append(&self.requests(), &format!("{run}\t{number}"));
    }

    pub(crate) fn ask(&self, call: &str) {
        append(&self.asks(), &format!("{call}\t{}", std::process::id()));
    }

    /// Reads the files.
    pub fn counts(&self) -> Counts {
        let (mut effects, mut requests, mut asks) = (HashMap::new(), HashMap::new(), HashMap::new());
        for line in lines(&self.effects()) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [step, key, _pid] = fields[..] else { panic!("a torn line in the effects file: {line:?}") };
            assert!(key.ends_with(&format!("/{step}")), "the idempotency key of `{step}` is `{key}`");
            *effects.entry(key.to_owned()).or_default() += 1;
        }
        for line in lines(&self.requests()) {
            *requests.entry(line).or_default() += 1;
        }
        for line in lines(&self.asks()) {
            let (call, _pid) = line.split_once('\t').unwrap();
            *asks.entry(call.to_owned()).or_default() += 1;
        }
        Counts { effects, requests, asks }
    }
}

/// The number of lines for each effect, request and question.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    effects: HashMap<String, usize>,
    requests: HashMap<String, usize>,
    asks: HashMap<String, usize>,
}

impl Counts {
    /// Returns how often a tool call had its effect.
    pub fn effects(&self, run: &str, step: &str) -> usize {
        *self.effects.get(&format!("{run}/{step}")).unwrap_or(&0)
    }

    /// Returns how often a request was answered. The first has the number 1.
    pub fn requests(&self, run: &str, number: usize) -> usize {
        *self.requests.get(&format!("{run}\t{number}")).unwrap_or(&0)
    }

    /// Returns how often there was a question about a call.
    pub fn asks(&self, call: &str) -> usize {
        *self.asks.get(call).unwrap_or(&0)
    }
}

fn append(path: &Path, line: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    // One write, so that a kill cannot tear the line.
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn lines(path: &Path) -> Vec<String> {
    read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}
