//! [`Shared`]: the state of a cassette.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudette::{Error, Result};

use super::command;
use super::file;
use super::interaction::{Interaction, Received, Sent};
use super::recording::Recording;
use super::secrets;
use super::settings::Settings;
use super::tape::Tape;

/// The state of a cassette, which its transport shares.
pub(super) struct Shared {
    path: PathBuf,
    /// The command that records the cassette.
    command: String,
    state: Mutex<State>,
}

struct State {
    settings: Settings,
    mode: Mode,
}

enum Mode {
    Replay(Tape),
    Record(Recording),
}

impl Shared {
    /// Returns a replay of a file.
    pub(super) fn replay(path: &Path) -> Result<Self> {
        let command = command::to_record();
        if !path.exists() {
            let path = path.display();
            return Err(Error::misuse(format!("cassette {path} does not exist; record it with a key: {command}")));
        }
        let mut interactions = file::read(path)?;
        // Tools that record a whole process record its requests to other services too.
        interactions.retain(|interaction| interaction.request.is_of_this_api());
        if interactions.is_empty() {
            return Err(Error::misuse(format!("cassette {} has no requests to the Messages API", path.display())));
        }
        Ok(Self::new(path, command, Mode::Replay(Tape::new(interactions))))
    }

    /// Returns a recording into a file.
    pub(super) fn record(path: &Path) -> Result<Self> {
        if path.exists() && !file::is_ours(path)? {
            return Err(Error::misuse(format!(
                "cassette {} was not recorded by this library, so it is not overwritten; open it with `Cassette::replay(..)`, or \
                 remove the file",
                path.display()
            )));
        }
        Ok(Self::new(path, command::to_record(), Mode::Record(Recording::default())))
    }

    fn new(path: &Path, command: String, mode: Mode) -> Self {
        let state = State { settings: Settings::default(), mode };
        Self { path: path.to_owned(), command, state: Mutex::new(state) }
    }

    pub(super) fn is_recording(&self) -> bool {
        matches!(self.lock().mode, Mode::Record(_))
    }

    pub(super) fn set(&self, set: impl FnOnce(&mut Settings)) {
        set(&mut self.lock().settings);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn check(&self) -> Result<()> {
        self.lock().settings.check()
    }

    /// Returns the recorded interaction of a request, and `true` if its pauses are replayed.
    pub(super) fn take(&self, sent: &Sent) -> Result<(Arc<Interaction>, bool)> {
        let mut state = self.lock();
        let State { settings, mode } = &mut *state;
        settings.check()?;
        let Mode::Replay(tape) = mode else { return Err(Error::misuse("a cassette that records does not replay")) };
        match tape.take(sent, settings) {
            Ok(interaction) => Ok((interaction, settings.is_paced)),
            Err(mismatch) => {
                let kept = mismatch.keep(&self.path, sent, settings);
                Err(Error::misuse(mismatch.message(&self.path, sent, kept.as_deref(), &self.command)))
            }
        }
    }

    /// Adds a request to the recording, and returns its index.
    pub(super) fn begin(&self, sent: Sent, secrets: Vec<String>) -> usize {
        match &mut self.lock().mode {
            Mode::Record(recording) => recording.begin(sent, secrets, file::now()),
            Mode::Replay(_) => usize::MAX,
        }
    }

    /// Adds a response to the recording.
    pub(super) fn settle(&self, place: usize, received: Received) {
        if let Mode::Record(recording) = &mut self.lock().mode {
            recording.settle(place, received);
        }
    }

    /// Ends a replay or a recording.
    pub(super) fn finish(&self) -> Result<()> {
        let State { settings, mode } = &mut *self.lock();
        settings.check()?;
        match mode {
            Mode::Replay(tape) => tape.unused().map_or(Ok(()), |(count, number, first)| {
                let (path, all) = (self.path.display(), tape.len());
                let (method, place) = (&first.request.method, first.request.path());
                let command = &self.command;
                Err(Error::misuse(format!(
                    "cassette {path}: {count} of {all} recorded requests were not sent; the first is request {number}, {method} \
                     {place}\nto record it anew: {command}",
                )))
            }),
            Mode::Record(recording) => {
                recording.is_changed = false;
                self.write(recording, settings)
            }
        }
    }

    fn write(&self, recording: &Recording, settings: &Settings) -> Result<()> {
        let refused =
            |reason: String| Error::misuse(format!("cassette {} was not written: {reason}", self.path.display()));
        let interactions = recording.interactions(settings).map_err(refused)?;
        let mut known = recording.secrets.clone();
        known.extend(secrets::of_environment());
        if let Some(found) = secrets::find(&interactions, &known) {
            return Err(refused(format!("{found}; keep it out of the request, or call `.scrub(text, replacement)`")));
        }
        file::write(&self.path, &interactions)
            .map_err(|error| refused("the file cannot be written".to_owned()).caused_by(error))
    }
}

/// Writes a recording that was not finished.
impl Drop for Shared {
    fn drop(&mut self) {
        let is_unsaved = matches!(&self.lock().mode, Mode::Record(recording) if recording.is_changed);
        if !is_unsaved {
            return;
        }
        if std::thread::panicking() {
            eprintln!("cassette {} was not written, because the test failed", self.path.display());
        } else if let Err(error) = self.finish() {
            // A test that loses its recording must not pass.
            panic!("{error}");
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, requests) = match &self.lock().mode {
            Mode::Replay(tape) => ("replay", tape.len()),
            Mode::Record(recording) => ("record", recording.len()),
        };
        let mut out = f.debug_struct("Shared");
        out.field("path", &self.path).field("mode", &mode).field("requests", &requests).finish_non_exhaustive()
    }
}
