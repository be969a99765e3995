//! Files in a prompt: `@path` in the text, and files of the command line.

use std::ops::Range;
use std::path::{Path, PathBuf};

use claudette::{ContentBlock, Document, Image};

use crate::error::{Problem, Result};

/// The largest text file that is attached, in bytes. A larger one would fill the context of the model.
const MAX_TEXT: u64 = 512 * 1024;

/// The endings of files that are attached as images.
const IMAGES: &[&str] = &["png", "jpg", "jpeg", "gif", "webp"];

/// The beginning and the end of the text of a file in a prompt.
pub(crate) const FILE_START: &str = "<file path=\"";
pub(crate) const FILE_END: &str = "</file>";

/// A file that a prompt mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    /// The place in the prompt, with the `@`.
    pub(crate) place: Range<usize>,
    /// The path as it was typed, without quotes.
    pub(crate) path: String,
}

/// A prompt with its files.
#[derive(Debug, Default)]
pub(crate) struct Attached {
    pub(crate) blocks: Vec<ContentBlock>,
    /// The paths of the attached files.
    pub(crate) files: Vec<String>,
    /// The mentions that are not files, and stay text.
    pub(crate) missing: Vec<String>,
}

/// Returns the mentions in a prompt: `@path` or `@"a path"`, at the beginning of a word.
pub(crate) fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut is_start = true;
    let mut rest = 0;
    for (at, char) in text.char_indices() {
        if at < rest {
            continue;
        }
        if char == '@' && is_start {
            let (path, length) = path_at(&text[at + 1..]);
            if !path.is_empty() {
                rest = at + 1 + length;
                found.push(Mention { place: at..rest, path: path.to_owned() });
            }
        }
        is_start = char.is_whitespace() || matches!(char, '(' | '[' | '"' | '\'');
    }
    found
}

/// Returns the path at the beginning of a text, and the length that it takes with its quotes.
fn path_at(text: &str) -> (&str, usize) {
    if let Some(quoted) = text.strip_prefix('"') {
        return match quoted.find(['"', '\n']) {
            Some(end) if quoted[end..].starts_with('"') => (&quoted[..end], end + 2),
            _ => ("", 0),
        };
    }
    let word = &text[..text.find(char::is_whitespace).unwrap_or(text.len())];
    (word, word.len())
}

/// Reads the files that a prompt mentions. Their blocks come before the text, which is unchanged.
///
/// `input` is appended to the text. Its mentions are not read: it can come from a stranger.
///
/// # Errors
/// Returns an error that names the file if a mentioned file exists and cannot be attached.
pub(crate) async fn attach(text: &str, input: &str, files: &[PathBuf]) -> Result<Attached> {
    let mut attached = Attached::default();
    for path in files {
        attached.add(path, &path.display().to_string()).await?;
    }
    for mention in mentions(text) {
        match existing(&mention.path) {
            Some((path, name)) if !attached.files.contains(&name) => attached.add(&path, &name).await?,
            Some(_) => {}
            None => attached.missing.push(mention.path),
        }
    }
    let text = joined(text, input);
    if !text.trim().is_empty() {
        attached.blocks.push(ContentBlock::text(text));
    }
    Ok(attached)
}

fn joined(prompt: &str, input: &str) -> String {
    match (prompt.trim().is_empty(), input.trim().is_empty()) {
        (_, true) => prompt.to_owned(),
        (true, false) => input.to_owned(),
        (false, false) => format!("{prompt}\n\n{input}"),
    }
}

impl Attached {
    async fn add(&mut self, path: &Path, name: &str) -> Result<()> {
        self.blocks.push(block(path, name).await?);
        self.files.push(name.to_owned());
        Ok(())
    }
}

/// Returns the path of a mentioned file. A full stop or a comma after the name belongs to the sentence.
fn existing(typed: &str) -> Option<(PathBuf, String)> {
    let sentence = typed.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'']);
    [typed, sentence].into_iter().find_map(|name| {
        let path = expand(name);
        path.exists().then(|| (path, name.to_owned()))
    })
}

/// Replaces `~` by the home folder.
pub(crate) fn expand(path: &str) -> PathBuf {
    match path.strip_prefix("~/").zip(std::env::home_dir()) {
        Some((rest, home)) => home.join(rest),
        None => PathBuf::from(path),
    }
}

/// Returns the ending of a path in lower case.
fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

async fn block(path: &Path, name: &str) -> Result<ContentBlock> {
    let failed = |why: String| Problem::new(format!("\"{name}\" cannot be attached: {why}"));
    let meta = tokio::fs::metadata(path).await.map_err(|error| failed(error.to_string()))?;
    if meta.is_dir() {
        return Err(failed("it is a folder; name the files".to_owned()));
    }
    if !meta.is_file() {
        return Err(failed("it is not an ordinary file".to_owned()));
    }
    let kind = ending(path);
    if IMAGES.contains(&kind.as_str()) {
        return Ok(Image::from_path(path).await?.into());
    }
    if kind == "pdf" {
        return Ok(Document::from_path(path).await?.into());
    }
    if meta.len() > MAX_TEXT {
        let (size, most) = (meta.len().div_ceil(1024), MAX_TEXT / 1024);
        return Err(failed(format!("it has {size} KiB, and at most {most} KiB of text are attached")));
    }
    let bytes = tokio::fs::read(path).await.map_err(|error| failed(error.to_string()))?;
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(ContentBlock::text(file_text(name, &text))),
        _ => Err(failed("it is not UTF-8 text, an image or a PDF".to_owned())),
    }
}

/// Returns the text of a file for the model.
fn file_text(name: &str, text: &str) -> String {
    let name = name.replace(['"', '\n', '\r'], " ");
    format!("{FILE_START}{name}\">\n{}\n{FILE_END}", text.trim_end_matches('\n'))
}

/// Divides the words of the command line into the prompt and the files to attach.
///
/// # Errors
/// Returns an error if a word has the ending of an image or a PDF, and the file does not exist.
pub(crate) fn words(input: &[String]) -> Result<(String, Vec<PathBuf>)> {
    let (mut words, mut files) = (Vec::new(), Vec::new());
    for word in input {
        let path = expand(word.strip_prefix('@').unwrap_or(word));
        // A long prompt is not a path, and asking for it is an error on some systems.
        if word.len() < 1024 && path.is_file() {
            files.push(path);
        } else if !word.contains(char::is_whitespace) && is_media(&path) {
            return Err(Problem::new(format!("the file \"{word}\" does not exist")));
        } else {
            words.push(word.as_str());
        }
    }
    Ok((words.join(" "), files))
}

fn is_media(path: &Path) -> bool {
    let ending = ending(path);
    ending == "pdf" || IMAGES.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn paths(text: &str) -> Vec<String> {
        mentions(text).into_iter().map(|mention| mention.path).collect()
    }

    #[test]
    fn a_mention_begins_a_word() {
        assert_eq!(paths("@a.rs and @src/b.rs, (@c.rs"), ["a.rs", "src/b.rs,", "c.rs"]);
        assert_eq!(paths("Look at @\"my file.txt\" please"), ["my file.txt"]);
        assert_eq!(paths("mail jo@example.com @ home @\"open"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn a_place_contains_its_path(text in "[a @\"\\n.é]{0,30}") {
            for mention in mentions(&text) {
                let place = &text[mention.place.clone()];
                prop_assert!(place.starts_with('@') && place.contains(&mention.path));
            }
        }
    }

    #[tokio::test]
    async fn files_come_before_the_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "alpha\n").unwrap();
        let text = format!("What is in @{}? @nothing", path.display());
        let attached = attach(&text, "", &[]).await.unwrap();
        let json = serde_json::to_value(&attached.blocks).unwrap();
        assert!(json[0]["text"].as_str().unwrap().ends_with(">\nalpha\n</file>"), "{json}");
        assert_eq!(json[1]["text"], text);
        assert_eq!(attached.missing, ["nothing"]);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_attached_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.bin");
        std::fs::write(&path, [0, 159, 146, 150]).unwrap();
        let error = attach(&format!("@{}", path.display()), "", &[]).await.unwrap_err().to_string();
        assert!(error.contains("data.bin") && error.contains("is not UTF-8 text"), "{error}");
        let error = attach(&format!("@{}", folder.path().display()), "", &[]).await.unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
    }

    #[test]
    fn a_missing_image_is_an_error() {
        let (prompt, files) = words(&["Cargo.toml".into(), "What is".into(), "this?".into()]).unwrap();
        assert_eq!((prompt.as_str(), files.len()), ("What is this?", 1));
        let error = words(&["cat.pgn".into(), "missing.png".into()]).unwrap_err().to_string();
        assert_eq!(error, "the file \"missing.png\" does not exist");
    }
}
