//! [`TempFile`]: a file that gets its name when it is complete. Opens files without following links.

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, OpenOptions, Permissions};

/// A file under a temporary name. If it does not get its final name, it is removed when it is dropped.
pub(in crate::tool) struct TempFile<'a> {
    dir: &'a Dir,
    name: String,
}

/// Returns `true` for the names of temporary files.
#[cfg(feature = "memory")]
pub(in crate::tool) fn is_temp_name(name: &str) -> bool {
    name.strip_prefix(".claudette-").is_some_and(|rest| rest.strip_suffix(".tmp").is_some())
}

impl<'a> TempFile<'a> {
    pub(in crate::tool) fn write(dir: &'a Dir, content: &str, permissions: Option<&Permissions>) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        let (draft, mut file) = loop {
            let name = format!(".claudette-{}-{}.tmp", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
            match dir.open_with(&name, &options) {
                Ok(file) => break (Self { dir, name }, file),
                // The file of a program that was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        };
        // Before the content is written, so that it is never readable by others.
        if let Some(permissions) = permissions {
            file.set_permissions(without_set_id(permissions))?;
        }
        file.write_all(content.as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    /// Replaces a file or a link. The target of a link is not changed.
    pub(in crate::tool) fn replace(self, name: &Path) -> io::Result<()> {
        self.dir.rename(&self.name, self.dir, name)
    }

    /// Takes a name that does not exist yet.
    pub(in crate::tool) fn settle(self, name: &Path) -> io::Result<()> {
        match self.dir.hard_link(&self.name, self.dir, name) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            // Some file systems do not support hard links.
            Err(_) if self.dir.symlink_metadata(name).is_err() => self.replace(name),
            result => result,
        }
    }
}

/// Removes the set-uid and set-gid bits: a text that a model wrote must not run with the rights of another user.
fn without_set_id(permissions: &Permissions) -> Permissions {
    #[cfg(unix)]
    {
        use cap_std::fs::PermissionsExt;
        const SET_ID: u32 = 0o6000;
        Permissions::from_mode(permissions.mode() & !SET_ID)
    }
    #[cfg(not(unix))]
    permissions.clone()
}

impl Drop for TempFile<'_> {
    fn drop(&mut self) {
        // It fails if the file has its final name already.
        let _ = self.dir.remove_file(&self.name);
    }
}

/// Opens a file. It does not follow a link, and does not wait for a pipe.
pub(in crate::tool) fn open(dir: &Dir, name: &OsStr, writes: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(writes).follow(FollowSymlinks::No).nonblock(true);
    dir.open_with(name, &options)
}

/// Makes the names in a directory survive a crash of the machine. Windows does this automatically.
pub(in crate::tool) fn sync(dir: &Dir) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match dir.open(".")?.sync_all() {
        // Some file systems do not support it.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_is_not_used_is_removed() {
        let path = std::env::temp_dir().join(format!("claudette-draft-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory can be made");
        let dir = Dir::open_ambient_dir(&path, cap_std::ambient_authority()).expect("it is there");
        let entries = || std::fs::read_dir(&path).expect("it is there").count();
        let draft = |content| TempFile::write(&dir, content, None).expect("it can be written");

        let first = draft("first");
        assert_eq!(entries(), 1);
        first.settle(Path::new("file")).expect("the place is free");
        assert_eq!(draft("second").settle(Path::new("file")).expect_err("no more").kind(), ErrorKind::AlreadyExists);
        dir.create_dir("directory").expect("a directory can be made");
        draft("third").replace(Path::new("directory")).expect_err("a file does not replace a directory");
        drop(draft("fourth"));
        assert_eq!(dir.read_to_string("file").expect("it is there"), "first");
        assert_eq!(entries(), 2);
        std::fs::remove_dir_all(&path).expect("it can be removed");
    }
}
