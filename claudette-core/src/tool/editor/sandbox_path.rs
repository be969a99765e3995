//! [`SandboxPath`]: a path below the directory of the editor.

use std::path::{Component, Path, PathBuf};

use crate::tool::run::{ToolError, shorten};
use crate::tool::sandbox::undisguised;
use crate::tool::texts::editor as texts;

/// A path below the directory of the editor. Links are not resolved here, but by the file system.
#[derive(Debug)]
pub(super) struct SandboxPath {
    /// The path as the model wrote it, for texts.
    pub(super) name: String,
    /// The path relative to the directory, which consists of plain names only; `.` is the directory.
    pub(super) path: PathBuf,
}

/// The maximum length of a path in bytes, as on Linux. On other systems, a path could be thousands of directories deep.
const LONGEST: usize = 4_096;

impl SandboxPath {
    /// Reads a path that is relative to the directory, or an absolute path that starts with one of `roots`.
    ///
    /// # Errors
    ///
    /// The path leads out of the directory, looks as if it did, or is too long.
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

    /// Returns `true` if the path can only be the path of a directory.
    pub(super) fn is_directory(&self) -> bool {
        self.name.ends_with('/') || self.path.as_path() == Path::new(".")
    }
}

/// The error for a path that leads out of the directory.
pub(super) fn outside(path: &str) -> ToolError {
    ToolError::new(texts::outside(&shorten(path)))
}

/// Returns `true` if a path leads out of the directory: on this system, on another system, or in a shell.
fn leads_out(path: &str) -> bool {
    let is_drive = matches!(path.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    // On Windows, a colon also separates the name of a stream.
    let is_foreign = is_drive || path.contains(['\\', '\0']) || cfg!(windows) && path.contains(':');
    let is_url = path.contains("://") || path.starts_with("file:");
    let is_climb = |component| !matches!(component, Component::Normal(_) | Component::CurDir);
    is_foreign || is_url || path.starts_with('~') || Path::new(path).components().any(is_climb)
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
    fn an_absolute_path_starts_with_a_root() {
        assert_eq!(read("/work/project/src/a.txt").as_deref(), Some("src/a.txt"));
        assert_eq!(read("/real/project/").as_deref(), Some("."));
        for path in ["/", "/work", "/work/projects/a", "/work/project/../x", "//work/x", "/work/project/%2e%2e/x"] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn a_path_that_leads_out_is_refused() {
        for path in ["", "..", "a/../b", "../a", "~", "~/a", "~root/a", "C:a", "c:/a", "a\\b", "\\\\host\\a", "a\0b"] {
            assert_eq!(read(path), None, "{path:?}");
        }
        for path in ["file:///etc/passwd", "http://a.example/b", "%2e%2E/a", "a/%252e%252e/b", "\u{ff0e}\u{ff0e}/a"] {
            assert_eq!(read(path), None, "{path:?}");
        }
    }
}
