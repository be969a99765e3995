//! [`SandboxPath`]: a path as the model wrote it, and the way to it from the editor's directory.

use std::path::{Component, Path, PathBuf};

use crate::tool::run::{ToolError, shorten};
use crate::tool::texts::editor as texts;

/// A path below the editor's directory. Where it leads is for the file system to say: links stand in no path.
#[derive(Debug)]
pub(super) struct SandboxPath {
    /// As the model wrote it, for what it is told.
    pub(super) name: String,
    /// From the directory on, of plain names only; `.` is the directory.
    pub(super) path: PathBuf,
}

/// As long as Linux takes them; elsewhere they might lead thousands of directories deep.
const LONGEST: usize = 4_096;

impl SandboxPath {
    /// Reads a path: one that is relative to the directory, or an absolute one that begins with one of its names.
    ///
    /// # Errors
    ///
    /// The path leads elsewhere, or looks as if it did; or it is too long.
    pub(super) fn read(path: &str, roots: &[PathBuf]) -> Result<Self, ToolError> {
        if path.is_empty() {
            return Err(ToolError::new(texts::EMPTY_PATH));
        }
        if path.len() > LONGEST {
            return Err(ToolError::new(texts::long_path(&shorten(path), LONGEST)));
        }
        let rest = roots.iter().find_map(|root| Path::new(path).strip_prefix(root).ok());
        let below = rest.map_or(Some(path), Path::to_str).unwrap_or_default();
        if leads_out(below) || leads_out(&undisguised(below)) {
            return Err(outside(path));
        }
        let names = Path::new(below).components().filter(|component| *component != Component::CurDir);
        let mut inside: PathBuf = names.collect();
        if inside.as_os_str().is_empty() {
            inside.push(Component::CurDir);
        }
        Ok(Self { name: shorten(path), path: inside })
    }

    /// Whether it can only be a directory.
    pub(super) fn is_directory(&self) -> bool {
        self.name.ends_with('/') || self.path.as_path() == Path::new(".")
    }
}

/// What the model is told of a path to elsewhere.
pub(super) fn outside(path: &str) -> ToolError {
    ToolError::new(texts::outside(&shorten(path)))
}

/// Whether a path means something other than what stands below the directory: here, on another system, or to a shell.
fn leads_out(path: &str) -> bool {
    let is_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    // On Windows a colon also names a stream of a file.
    let is_foreign = is_drive || path.contains(['\\', '\0']) || cfg!(windows) && path.contains(':');
    let is_url = path.contains("://") || path.starts_with("file:");
    let is_climb = |component| !matches!(component, Component::Normal(_) | Component::CurDir);
    is_foreign || is_url || path.starts_with('~') || Path::new(path).components().any(is_climb)
}

/// A path as somebody may read it who decodes it first, or who looks at it only briefly.
///
/// No file system does, so nothing depends on it; but nobody means such a name.
fn undisguised(path: &str) -> String {
    const DISGUISES: &[(&str, &str)] = &[
        ("\u{2024}", "."),
        ("\u{2025}", ".."),
        ("\u{fe52}", "."),
        ("\u{ff0e}", "."),
        ("\u{2044}", "/"),
        ("\u{2215}", "/"),
        ("\u{29f8}", "/"),
        ("\u{ff0f}", "/"),
        ("\u{ff05}", "%"),
        ("%25", "%"),
        ("%00", "\0"),
        ("%2e", "."),
        ("%c0%ae", "."),
        ("%2f", "/"),
        ("%c0%af", "/"),
        ("%5c", "\\"),
    ];
    // A path may be encoded more than once.
    (0..3).fold(path.to_lowercase(), |path, _| {
        DISGUISES.iter().fold(path, |path, (disguise, plain)| path.replace(disguise, plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<String> {
        let roots = [PathBuf::from("/work/project"), PathBuf::from("/real/project")];
        SandboxPath::read(path, &roots).ok().map(|place| place.path.to_str().expect("it was UTF-8").replace('\\', "/"))
    }

    #[test]
    fn a_path_is_relative_to_the_directory() {
        for (path, inside) in [
            ("a.txt", "a.txt"),
            ("./src//a.txt", "src/a.txt"),
            ("src/", "src"),
            (".", "."),
            ("./", "."),
            ("...", "..."),
            (".hidden/a..b", ".hidden/a..b"),
            ("a~", "a~"),
            ("./~a", "~a"),
            ("100%.txt", "100%.txt"),
            ("AC\u{ff0f}DC.txt", "AC\u{ff0f}DC.txt"),
        ] {
            assert_eq!(read(path).as_deref(), Some(inside), "{path}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_absolute_path_is_what_it_says() {
        assert_eq!(read("/work/project/src/a.txt").as_deref(), Some("src/a.txt"));
        assert_eq!(read("/real/project/").as_deref(), Some("."));
        for path in ["/", "/work", "/work/projects/a", "/work/project/../x", "//work/x", "/work/project/%2e%2e/x"] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_no_path() {
        for path in ["", "..", "a/../b", "../a", "~", "~/a", "~root/a", "C:a", "c:/a", "a\\b", "\\\\host\\a", "a\0b"] {
            assert_eq!(read(path), None, "{path:?}");
        }
        for path in ["file:///etc/passwd", "http://a.example/b", "%2e%2E/a", "a/%252e%252e/b", "\u{ff0e}\u{ff0e}/a"] {
            assert_eq!(read(path), None, "{path:?}");
        }
    }
}
