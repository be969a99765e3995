//! [`Mismatch`]: a request that was not recorded.

use std::fmt::Write;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::content::Content;
use super::difference::Difference;
use super::interaction::{Interaction, Sent};
use super::secrets;
use super::settings::Settings;

/// A request that was not recorded.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The number of the request; the first is 1.
    pub(super) number: usize,
    /// The number of recorded interactions.
    pub(super) recorded: usize,
    /// The unused interaction that is most like the request, with its number.
    pub(super) closest: Option<(usize, Arc<Interaction>, Vec<Difference>)>,
    /// Another interaction that would match, and `true` if it was used.
    pub(super) equal: Option<(usize, bool)>,
}

/// The number of further paths in a message.
const MOST_PATHS: usize = 3;

impl Mismatch {
    /// Returns the message of the error.
    pub(super) fn message(&self, cassette: &Path, sent: &Sent, kept: Option<&[PathBuf]>, command: &str) -> String {
        let mut text = format!("cassette {}: request {} ", cassette.display(), self.number);
        let line = format!("\n  {} {}", sent.method, sent.path());
        // Writing to a `String` does not fail.
        let _ = match &self.closest {
            Some((number, _, differences)) => {
                let others =
                    if *number == self.number { String::new() } else { format!(" (recorded request {number})") };
                let _ = write!(text, "does not match the recording{others}{line}");
                let mut differences = differences.iter();
                if let Some(first) = differences.next() {
                    let shown = first.to_string();
                    // The program may put a key into a prompt.
                    let is_secret = secrets::in_text(&shown, &secrets::of_environment()).is_some();
                    let _ = write!(text, "\n  {}", if is_secret { &first.path } else { &shown });
                }
                let more: Vec<_> = differences.map(|difference| difference.path.as_str()).collect();
                let shown = more[..more.len().min(MOST_PATHS)].join(", ");
                match more.len() {
                    0 => Ok(()),
                    1 => write!(text, "\n  and 1 more path: {shown}"),
                    count => write!(
                        text,
                        "\n  and {count} more paths: {shown}{}",
                        if count > MOST_PATHS { ", …" } else { "" }
                    ),
                }
            }
            None => write!(text, "was not recorded; all {} recorded requests were used{line}", self.recorded),
        };
        let _ = match self.equal {
            Some((number, true)) => write!(text, "\n  recorded request {number} is equal, but it was already used"),
            Some((number, false)) => write!(text, "\n  recorded request {number} would match"),
            None => Ok(()),
        };
        let _ = match kept {
            Some([sent, recorded]) => write!(text, "\ncompare: diff {} {}", recorded.display(), sent.display()),
            Some([sent]) => write!(text, "\nthe request: {}", sent.display()),
            _ => Ok(()),
        };
        let _ = write!(text, "\nto record it anew: {command}");
        text
    }

    /// Stores both bodies in the target folder, and returns the paths. It is an aid, so failures are ignored. A body with a
    /// secret is not stored.
    pub(super) fn keep(&self, cassette: &Path, sent: &Sent, settings: &Settings) -> Option<Vec<PathBuf>> {
        let folder = target_folder().join("cassettes");
        // Cassettes in different folders can have the same name.
        let parts = cassette.with_extension("");
        let parts: Vec<_> = parts
            .components()
            .filter_map(|part| match part {
                Component::Normal(part) => Some(part.to_string_lossy()),
                _ => None,
            })
            .collect();
        let name = parts.join("-");
        fs::create_dir_all(&folder).ok()?;
        let write = |suffix: &str, sent: &Sent| {
            let path = folder.join(format!("{name}.{suffix}.json"));
            let text = Content::read(&sent.body, &settings.scrubs).to_text()?;
            if secrets::in_text(&text, &secrets::of_environment()).is_some() {
                return None;
            }
            fs::write(&path, text + "\n").ok()?;
            Some(path)
        };
        let mut paths = vec![write("sent", sent)?];
        if let Some((_, interaction, _)) = &self.closest {
            paths.extend(write("recorded", &interaction.request));
        }
        Some(paths)
    }
}

/// Returns the target folder of cargo, which contains the test program, or else a temporary folder.
fn target_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let is_target = |folder: &Path| ["CACHEDIR.TAG", ".rustc_info.json"].iter().any(|mark| folder.join(mark).exists());
    program.ancestors().find(|folder| is_target(folder)).map_or_else(std::env::temp_dir, Path::to_owned)
}
