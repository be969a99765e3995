//! The files of cassettes: the format that is written, and the formats that are read.

mod body;
mod read;
mod write;
mod yaml;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use claudette::{Error, Result};

pub(super) use self::read::parse;
pub(super) use self::write::now;

use super::interaction::Interaction;

/// The program that wrote a file.
const WRITER: &str = concat!("claudette-testkit ", env!("CARGO_PKG_VERSION"));

/// The number of files that this process has written.
static WRITES: AtomicUsize = AtomicUsize::new(0);

/// Reads a cassette.
pub(super) fn read(path: &Path) -> Result<Vec<Interaction>> {
    parse(&text(path)?).map_err(|problem| Error::misuse(format!("cassette {} {problem}", path.display())))
}

/// Returns `true` if this library wrote the file.
pub(super) fn is_ours(path: &Path) -> Result<bool> {
    let name = WRITER.split(' ').next().unwrap_or_default();
    Ok(text(path)?.lines().any(|line| line.starts_with("recorded_with:") && line.contains(name)))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| Error::misuse(format!("cassette {} cannot be read", path.display())).caused_by(error))
}

/// Writes a cassette. Another process sees the old file or the new one, and nothing in between.
pub(super) fn write(path: &Path, interactions: &[Interaction]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Two tests of one process can write the same cassette.
    let number = WRITES.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{name}.{}.{number}.tmp", std::process::id()));
    fs::write(&temporary, write::to_yaml(interactions))?;
    fs::rename(&temporary, path).inspect_err(|_| drop(fs::remove_file(&temporary)))
}
