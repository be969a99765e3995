//! Checks stored cassettes for secrets.

use std::fs;
use std::path::{Path, PathBuf};

use claudette::{Error, Result};

use super::cassette::Cassette;
use super::file;
use super::secrets;

impl Cassette {
    /// Checks all cassettes below a folder, and returns their number: the files `.yaml`, `.yml` and `.json`.
    ///
    /// One test with it protects a repository from keys in cassettes of any origin. It searches for the credentials of the
    /// environment, `sk-ant-`, bearer tokens, and filled headers such as `x-api-key` and `cookie`.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # std::fs::write(folder.path().join("a.yaml"), "when: {path: /v1/models}\nthen: {status: 200, body: '{}'}").unwrap();
    /// # let cassettes = folder.path();
    /// use claudette_testkit::Cassette;
    ///
    /// # #[cfg(any())]
    /// let cassettes = "tests/cassettes";
    /// assert_eq!(Cassette::check_dir(cassettes).unwrap(), 1);
    /// ```
    ///
    /// # Errors
    /// Misuse: a file contains a secret or is not a cassette, or the folder cannot be read or has no cassettes. The error
    /// lists all problems, and does not show secrets.
    pub fn check_dir(path: impl AsRef<Path>) -> Result<usize> {
        let path = path.as_ref();
        let mut files = Vec::new();
        collect(path, &mut files)
            .map_err(|error| Error::misuse(format!("the folder {} cannot be read", path.display())).caused_by(error))?;
        files.sort();
        let known = secrets::of_environment();
        let problems: Vec<String> = files.iter().filter_map(|file| problem(file, &known)).collect();
        match (problems.is_empty(), files.len()) {
            (true, 0) => Err(Error::misuse(format!("the folder {} has no cassettes", path.display()))),
            (true, count) => Ok(count),
            (false, _) => Err(Error::misuse(problems.join("\n"))),
        }
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_cassette = || path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|own| end == *own));
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_cassette() {
            files.push(path);
        }
    }
    Ok(())
}

fn problem(path: &Path, known: &[String]) -> Option<String> {
    let name = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Some(format!("cassette {name} cannot be read: {error}")),
    };
    if let Some(found) = secrets::in_text(&text, known) {
        return Some(format!("cassette {name} contains {found}"));
    }
    match file::parse(&text) {
        // The parsed bodies were perhaps compressed.
        Ok(interactions) => secrets::find(&interactions, known).map(|found| format!("cassette {name}: {found}")),
        Err(problem) => Some(format!("cassette {name} {problem}")),
    }
}
