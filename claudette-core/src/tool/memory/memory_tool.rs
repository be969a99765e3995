//! [`Memory`]: runs the memory tool of the API on a store of files.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::Mutex;

use super::audit_log::{AuditLog, Change, Size};
use super::command::Command;
use super::dir_store::DirStore;
use super::listing::rows;
use super::memory_error::MemoryError;
use super::memory_path::MemoryPath;
use super::quota::Quota;
use super::store::{MemoryEntry, MemoryStore};
use super::texts;
use crate::error::{Error, Result};
use crate::task::BoxFuture;
use crate::tool::builtin::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::function::whole;
use crate::tool::run::{Tool, ToolContext, ToolError, ToolOutput};
use crate::tool::sandbox::{Edited, Text, count_lines};
use crate::tool::schema;
use crate::tool::texts::editor;

/// A tool with which the model keeps notes between conversations (feature `memory`). It runs the calls of
/// [`BuiltinTool::memory`].
///
/// The API defines this tool, and tells the model to look into its memory first ([Memory
/// tool](https://platform.claude.com/docs/en/agents-and-tools/tool-use/memory-tool)). The results and errors have the
/// texts of the official SDKs. Texts about a line number or an empty text, which the SDKs do not have or word
/// differently, are those of [`BuiltinTool::text_editor`].
///
/// ```
/// use claudette::memory::Memory;
/// use claudette::{ToolContext, tools};
///
/// # let directory = std::env::temp_dir().join(format!("claudette-doc-memory-{}", std::process::id()));
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![].with(Memory::in_dir(&directory)?);
/// let memory = async |call: &str| tools.call("memory", call, &ToolContext::default()).await.text().into_owned();
///
/// memory(r#"{"command": "create", "path": "/memories/ada.md", "file_text": "Likes coffee.\n"}"#).await;
/// let edited = r#"{"command": "str_replace", "path": "/memories/ada.md", "old_str": "coffee", "new_str": "tea"}"#;
/// assert!(memory(edited).await.starts_with("The memory file has been edited."));
/// assert_eq!(std::fs::read_to_string(directory.join("ada.md"))?, "Likes tea.\n");
///
/// let listed = memory(r#"{"command": "view", "path": "/memories"}"#).await;
/// assert!(listed.ends_with("\n11B\t/memories\n11B\t/memories/ada.md"));
/// assert!(memory(r#"{"command": "view", "path": "/memories/../secret"}"#).await.contains("would escape"));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Whose memory
///
/// Everything that the model writes can come from its input, and it will believe it later. Use one memory for each
/// user, `Memory::in_dir(root.join(user_id))`, and do not let users choose the name of the directory.
///
/// # Limits
///
/// | | default | |
/// |---|---|---|
/// | the whole memory | 4 MiB | [`max_bytes`](Self::max_bytes) |
/// | files | 500 | [`max_files`](Self::max_files) |
/// | one file | 64 KiB | [`max_file_bytes`](Self::max_file_bytes) |
///
/// A change that exceeds a limit is refused, and the model reads what it can do: delete, shorten or split. A change that
/// makes a file smaller is always possible. If several processes use one memory, each of them can exceed a limit by the
/// changes that the others make at the same time. `view` shows at most 100,000 characters of a file or directory; the
/// model continues with `view_range`.
///
/// # Order and other processes
///
/// The calls of one memory and its clones run one after the other, in the order of the calls. An edit is written only if
/// the file still has the text that was edited. If another process has changed it, nothing is written and the model
/// reads that it must look again. So no change is lost silently. [`DirStore`] describes what a crash leaves behind.
///
/// # Context editing
///
/// The server-side clearing of old tool results can be told to keep those of this tool: exclude the tool `memory`.
/// Otherwise the model must read the same files again.
#[doc(alias = "memory_20250818")]
#[derive(Clone)]
pub struct Memory {
    store: Arc<dyn MemoryStore>,
    definition: ToolDefinition,
    quota: Quota,
    audit: Option<AuditLog>,
    turn: Arc<Mutex<()>>,
}

/// The maximum number of characters of a file that the model sees at once: about 30,000 tokens.
const MOST: usize = 100_000;
/// The number of lines that are shown before and after an edit.
const AROUND: usize = 2;
const MOST_LINES: usize = 999_999;

impl Memory {
    /// Creates a memory of the files in a directory, which is created if it does not exist.
    ///
    /// # Errors
    ///
    /// Misuse: the directory cannot be created or opened.
    #[track_caller]
    pub fn in_dir(directory: impl AsRef<Path>) -> Result<Self> {
        DirStore::open(directory).map(Self::new)
    }

    /// Creates a memory in another store.
    ///
    /// ```
    /// use claudette::memory::{MapStore, Memory};
    /// use claudette::tools;
    ///
    /// let tools = tools![].with(Memory::new(MapStore::default()));
    /// assert_eq!(tools.definitions()[0].name(), "memory");
    /// ```
    #[track_caller]
    pub fn new(store: impl MemoryStore) -> Self {
        let definition = ToolDefinition::defined(BuiltinTool::memory(), &schema::whole::<Command>());
        Self { store: Arc::new(store), definition, quota: Quota::default(), audit: None, turn: Arc::default() }
    }

    /// Sets the maximum size of all files together, in bytes. The default is 4 MiB.
    pub fn max_bytes(mut self, most: u64) -> Self {
        self.quota.max_bytes = most;
        self
    }

    /// Sets the maximum number of files. The default is 500.
    pub fn max_files(mut self, most: usize) -> Self {
        self.quota.max_files = most;
        self
    }

    /// Sets the maximum size of a file in bytes. The default is 64 KiB.
    ///
    /// ```
    /// use claudette::memory::{MapStore, Memory};
    /// use claudette::{ToolContext, tools};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(Memory::new(MapStore::default()).max_file_bytes(5));
    /// let create = r#"{"command": "create", "path": "/memories/a.md", "file_text": "Hello!"}"#;
    /// let outcome = tools.call("memory", create, &ToolContext::default()).await;
    /// assert!(outcome.text().contains("would have 6 bytes, and a memory file may have 5"));
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_file_bytes(mut self, most: u64) -> Self {
        self.quota.max_file_bytes = most;
        self
    }

    /// Appends a line of JSON to a file *before* each change: the time in milliseconds since 1970, the command, the
    /// path, and the size and SHA-256 before and after the change. It never contains the text.
    ///
    /// Every change that has taken effect has a line, even if the process is killed: if the line cannot be written
    /// (`fsync`), the change is not made. If the change then fails, the same line follows with `"failed": true`. If the
    /// process was killed in between, the hash of the file is that of `after`, or still that of `before`.
    ///
    /// Put the log outside the directory of the memory. It grows without a limit. Several memories and processes can
    /// append to one log.
    ///
    /// ```
    /// use claudette::memory::{MapStore, Memory};
    /// use claudette::{ToolContext, tools};
    ///
    /// # let log = std::env::temp_dir().join(format!("claudette-doc-audit-{}.jsonl", std::process::id()));
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(Memory::new(MapStore::default()).audit_log(&log)?);
    /// let create = r#"{"command": "create", "path": "/memories/a.md", "file_text": "secret"}"#;
    /// tools.call("memory", create, &ToolContext::default()).await;
    ///
    /// let line: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&log)?)?;
    /// assert_eq!(line["command"], "create");
    /// assert_eq!(line["after"]["bytes"], 6);
    /// # std::fs::remove_file(&log)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Misuse: the file cannot be opened.
    #[track_caller]
    pub fn audit_log(mut self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let log = AuditLog::open(path).map_err(|error| {
            Error::misuse(format!("the memory cannot open its audit log `{}`", path.display())).caused_by(error)
        })?;
        self.audit = Some(log);
        Ok(self)
    }

    async fn run(&self, command: Command) -> Result<String, ToolError> {
        match command {
            Command::View { path, view_range } => self.view(&parse(&path)?, view_range).await,
            Command::Create { path, file_text } => self.create(&parse(&path)?, &file_text).await,
            Command::StrReplace { path, old_str, new_str } => {
                let new = new_str.unwrap_or_default();
                let edit = |text: &Text, path: &str| text.replace(&old_str, &new, path);
                let edited = self.edit("str_replace", &parse(&path)?, edit).await?;
                Ok(texts::replaced(&edited.snippet(AROUND)))
            }
            Command::Insert { path, insert_line, insert_text } => {
                let path = parse(&path)?;
                self.edit("insert", &path, |text, _| text.insert(insert_line, &insert_text)).await?;
                Ok(texts::inserted(path.as_str()))
            }
            Command::Delete { path } => self.delete(&parse(&path)?).await,
            Command::Rename { old_path, new_path } => self.rename(&parse(&old_path)?, &parse(&new_path)?).await,
        }
    }

    async fn view(&self, path: &MemoryPath, range: Option<[i64; 2]>) -> Result<String, ToolError> {
        let name = path.as_str();
        let text = if path.is_root() { None } else { self.read(path).await? };
        let Some(text) = text else {
            let rows = rows(&self.list().await?, path, MOST).ok_or_else(|| ToolError::new(editor::missing(name)))?;
            return match range {
                Some(_) => Err(ToolError::new(editor::range_of_directory(name))),
                None => Ok(texts::directory(name, &rows)),
            };
        };
        check_lines(&text, path)?;
        let text = Text::new(text);
        let (from, to) = match range {
            Some(range) => text.range(range)?,
            None if text.len() == 0 => return Ok(editor::empty(name)),
            None => (1, text.len()),
        };
        Ok(editor::content(name, &text.numbered(from, to, MOST)))
    }

    async fn create(&self, path: &MemoryPath, text: &str) -> Result<String, ToolError> {
        if path.is_root() {
            return Err(ToolError::new(editor::exists(path.as_str())));
        }
        check_text(text, path)?;
        let entries = self.list().await?;
        if exists(&entries, path) {
            return Err(ToolError::new(editor::exists(path.as_str())));
        }
        check_parents(&entries, path)?;
        self.quota.check(&entries, path, text.len() as u64)?;
        let change = Change::new("create", path);
        let size = || (None, Some(Size::of(text)));
        self.change(path, change, size, async || self.store.write(path, text, None).await).await.map_err(|error| {
            match error {
                Failed::Store(MemoryError::Exists) => ToolError::new(editor::exists(path.as_str())),
                other => other.text(path),
            }
        })?;
        Ok(editor::created(path.as_str()))
    }

    async fn edit(
        &self,
        command: &'static str,
        path: &MemoryPath,
        edit: impl FnOnce(&Text, &str) -> Result<Edited, ToolError>,
    ) -> Result<Edited, ToolError> {
        let name = path.as_str();
        let text = if path.is_root() { None } else { self.read(path).await? };
        let Some(old) = text else {
            let is_directory = path.is_root() || exists(&self.list().await?, path);
            let text = if is_directory { texts::not_a_file(name) } else { editor::missing(name) };
            return Err(ToolError::new(text));
        };
        let old = Text::new(old);
        let edited = edit(&old, name)?;
        let (old, new) = (old.content(), edited.text.content());
        check_text(new, path)?;
        if new.len() > old.len() {
            self.quota.check(&self.list().await?, path, new.len() as u64)?;
        }
        let change = Change::new(command, path);
        let sizes = || (Some(Size::of(old)), Some(Size::of(new)));
        self.change(path, change, sizes, async || self.store.write(path, new, Some(old)).await).await.map_err(
            |error| match error {
                Failed::Store(MemoryError::Missing) => ToolError::new(texts::gone(name)),
                other => other.text(path),
            },
        )?;
        Ok(edited)
    }

    async fn delete(&self, path: &MemoryPath) -> Result<String, ToolError> {
        if path.is_root() {
            return Err(ToolError::new(texts::DELETE_ROOT));
        }
        let entries = self.list().await?;
        if !exists(&entries, path) {
            return Err(ToolError::new(texts::nothing(path.as_str())));
        }
        let before = self.size(&entries, path).await;
        let change = Change::new("delete", path).files(count(&entries, path));
        self.change(path, change, || (before, None), async || self.store.delete(path).await).await.map_err(
            |error| match error {
                Failed::Store(MemoryError::Missing) => ToolError::new(texts::nothing(path.as_str())),
                other => other.text(path),
            },
        )?;
        Ok(texts::deleted(path.as_str()))
    }

    async fn rename(&self, from: &MemoryPath, to: &MemoryPath) -> Result<String, ToolError> {
        let (old, new) = (from.as_str(), to.as_str());
        if from.is_root() {
            return Err(ToolError::new(texts::RENAME_ROOT));
        }
        let entries = self.list().await?;
        if !exists(&entries, from) {
            return Err(ToolError::new(texts::nothing(old)));
        }
        if to.is_root() || exists(&entries, to) {
            return Err(ToolError::new(texts::destination(new)));
        }
        if to.is_below(from) {
            return Err(ToolError::new(texts::into_itself(old, new)));
        }
        check_parents(&entries, to)?;
        // The paths of a renamed directory become longer. A file that has no valid path would disappear.
        let moved = |entry: &MemoryEntry| format!("{to}{}", &entry.path.as_str()[old.len()..]);
        for entry in entries.iter().filter(|entry| entry.path.is_below(from)) {
            parse(&moved(entry))?;
        }
        let size = self.size(&entries, from).await;
        let change = Change::new("rename", from).files(count(&entries, from)).new_path(to);
        let sizes = || (size.clone(), size);
        self.change(from, change, sizes, async || self.store.rename(from, to).await).await.map_err(
            |error| match error {
                Failed::Store(MemoryError::Missing) => ToolError::new(texts::nothing(old)),
                Failed::Store(MemoryError::Exists) => ToolError::new(texts::destination(new)),
                other => other.text(from),
            },
        )?;
        Ok(texts::renamed(old, new))
    }

    /// Makes a change. The line of the audit log is written before.
    async fn change(
        &self,
        path: &MemoryPath,
        change: Change,
        sizes: impl FnOnce() -> (Option<Size>, Option<Size>),
        make: impl AsyncFnOnce() -> Result<(), MemoryError>,
    ) -> Result<(), Failed> {
        let Some(audit) = &self.audit else { return make().await.map_err(Failed::Store) };
        let (before, after) = sizes();
        let change = change.sizes(before, after);
        if let Err(error) = audit.add(change.clone()).await {
            tracing::warn!(path = path.as_str(), %error, "memory not changed: the audit log cannot be written");
            return Err(Failed::Audit);
        }
        let done = make().await;
        if done.is_err()
            && let Err(error) = audit.add(change.failed()).await
        {
            tracing::warn!(path = path.as_str(), %error, "the audit log cannot be written");
        }
        done.map_err(Failed::Store)
    }

    async fn list(&self) -> Result<Vec<MemoryEntry>, ToolError> {
        self.store.list().await.map_err(|error| Failed::Store(error).text(&MemoryPath::root()))
    }

    async fn read(&self, path: &MemoryPath) -> Result<Option<String>, ToolError> {
        self.store.read(path).await.map_err(|error| Failed::Store(error).text(path))
    }

    /// Returns the size of a file or directory, if there is an audit log.
    async fn size(&self, entries: &[MemoryEntry], path: &MemoryPath) -> Option<Size> {
        self.audit.as_ref()?;
        if count(entries, path).is_none()
            && let Ok(Some(text)) = self.store.read(path).await
        {
            return Some(Size::of(&text));
        }
        let inside = entries.iter().filter(|entry| entry.path == *path || entry.path.is_below(path));
        Some(Size { bytes: inside.fold(0, |sum, entry| sum.saturating_add(entry.bytes)), sha256: None })
    }
}

/// The reason why a change was not made.
enum Failed {
    Audit,
    Store(MemoryError),
}

impl Failed {
    /// Converts the reason for the model. The message of a store is only logged.
    fn text(self, path: &MemoryPath) -> ToolError {
        let name = path.as_str();
        ToolError::new(match self {
            Self::Audit => texts::UNAVAILABLE.to_owned(),
            Self::Store(error) => match error {
                MemoryError::Missing => editor::missing(name),
                MemoryError::Exists => editor::exists(name),
                MemoryError::Changed => editor::changed(name),
                MemoryError::Link => texts::LINK.to_owned(),
                MemoryError::Unsupported => texts::unsupported(name),
                MemoryError::TooLarge(most) => texts::cannot_read(name, most),
                MemoryError::Path(text) => text,
                MemoryError::Other(error) => {
                    tracing::warn!(path = name, %error, "memory cannot be used");
                    texts::unavailable(name)
                }
            },
        })
    }
}

fn parse(path: &str) -> Result<MemoryPath, ToolError> {
    path.parse().map_err(ToolError::new)
}

/// Returns `true` if there is a file at the path, or below it.
fn exists(entries: &[MemoryEntry], path: &MemoryPath) -> bool {
    entries.iter().any(|entry| entry.path == *path || entry.path.is_below(path))
}

/// Returns the number of files in a directory, or `None` if the path is that of a file.
fn count(entries: &[MemoryEntry], path: &MemoryPath) -> Option<usize> {
    Some(entries.iter().filter(|entry| entry.path.is_below(path)).count()).filter(|count| *count > 0)
}

/// Checks that no directory of a path is a file.
fn check_parents(entries: &[MemoryEntry], path: &MemoryPath) -> Result<(), ToolError> {
    if entries.iter().any(|entry| path.is_below(&entry.path)) {
        return Err(ToolError::new(editor::not_a_directory(path.as_str())));
    }
    Ok(())
}

/// Checks that a text can be read again.
fn check_text(text: &str, path: &MemoryPath) -> Result<(), ToolError> {
    if text.contains('\0') {
        return Err(ToolError::new(editor::not_text(path.as_str())));
    }
    check_lines(text, path)
}

fn check_lines(text: &str, path: &MemoryPath) -> Result<(), ToolError> {
    if count_lines(text) > MOST_LINES {
        return Err(ToolError::new(editor::too_many_lines(path.as_str())));
    }
    Ok(())
}

impl Tool for Memory {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn checks_itself(&self) -> bool {
        true
    }

    fn call<'a>(&'a self, input: &'a RawValue, _: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let command = whole::<Command>(&self.definition, input)?;
            // Calls outside a loop take turns as well.
            let _turn = self.turn.lock().await;
            self.run(command).await.map(ToolOutput::new)
        })
    }

    /// Later calls of a response may depend on earlier calls. Other tools do not wait.
    fn exclusive_key(&self, _: &RawValue) -> Option<String> {
        Some(self.definition.name().to_owned())
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("quota", &self.quota).field("audit", &self.audit).finish_non_exhaustive()
    }
}
