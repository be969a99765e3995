//! [`TextEditor`]: runs the text editor tool of the API on the files below a directory.

use std::fmt;
use std::path::Path;

use serde_json::json;
use serde_json::value::RawValue;

use super::command::Command;
use super::sandbox_dir::{SandboxDir, Use};
use crate::error::{Error, Result};
use crate::task::BoxFuture;
use crate::tool::builtin::BuiltinTool;
use crate::tool::definition::ToolDefinition;
use crate::tool::function::{blocking, whole};
use crate::tool::run::{Tool, ToolContext, ToolError, ToolOutput};
use crate::tool::schema;
use crate::tool::texts::editor as texts;

/// A tool with which the model views and edits the text files below a directory (feature `editor`). It runs the calls
/// of [`BuiltinTool::text_editor`].
///
/// The API defines this tool, and models are trained on its results and errors ([Text editor
/// tool](https://platform.claude.com/docs/en/agents-and-tools/tool-use/text-editor-tool)). This implementation uses the
/// same texts.
///
/// ```
/// use claudette::{TextEditor, ToolContext, tools};
///
/// # let directory = std::env::temp_dir().join(format!("claudette-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![].with(TextEditor::new(&directory)?.max_characters(10_000));
/// let edit = async |call: &str| tools.call("str_replace_based_edit_tool", call, &ToolContext::default()).await;
///
/// let created = edit(r#"{"command": "create", "path": "src/hello.txt", "file_text": "Hello\nword\n"}"#).await;
/// assert_eq!(created.text(), "File created successfully at: src/hello.txt");
///
/// edit(r#"{"command": "str_replace", "path": "src/hello.txt", "old_str": "word", "new_str": "world"}"#).await;
/// assert_eq!(std::fs::read_to_string(directory.join("src/hello.txt"))?, "Hello\nworld\n");
///
/// let viewed = edit(r#"{"command": "view", "path": "src/hello.txt", "view_range": [2, -1]}"#).await;
/// assert_eq!(viewed.text(), "Here's the content of src/hello.txt with line numbers:\n     2\tworld");
///
/// assert!(edit(r#"{"command": "view", "path": "../secret.txt"}"#).await.is_error());
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Paths
///
/// The model does not learn the path of the directory. Paths are relative to it, and `.` is the directory itself. An
/// absolute path must start with the path of the directory. Paths with `..` or `\` are refused. So are paths that only
/// look as if they led out of the directory (`~/`, `file://`, `%2e%2e`).
///
/// Files outside the directory are never read, changed or created, even if another program changes links at the same
/// time: every access is resolved below a handle to the directory. The handle stays valid if the directory is renamed.
/// Links below the directory are followed, and an edit changes the target of a link. A link that leads out of the
/// directory is refused, and so is every link with an absolute path.
///
/// # Files
///
/// - Files are UTF-8 text with at most 32 MiB ([configurable](Self::max_file_bytes)) and 999,999 lines. No command
///   creates a larger file. Pipes, devices and sockets are refused without waiting for them.
/// - A file is replaced atomically, so other programs never read half of it. If it cannot be written, it is not
///   changed. After a command has succeeded, the file and its name survive a crash of the machine (`fsync`). `create`
///   never replaces a file.
/// - A replaced file keeps its permissions, except for the set-uid and set-gid bits, which are removed. It belongs to
///   the user who runs the program. Other hard links to the old file keep the old text.
/// - If all lines end with `\r\n`, the model sees `\n`, and the text that it writes gets `\r\n`. Other line endings are
///   not converted.
///
/// # Several editors
///
/// The edits of one editor run one after the other, in the order of the calls, on a thread for blocking work. No edit
/// is lost if several editors work on the same files, even if their directories are different: on Unix, each edit locks
/// the directory that contains the file (`flock`), which also works between processes on one machine. On other systems,
/// and on file systems without locks, only the editors of one process wait for each other.
///
/// Other programs do not use this lock. Directly before a file is replaced, its content is compared with the text that
/// was edited. If it differs, nothing is written and the model reads an error. A change between this comparison and the
/// replacement is lost. If another program locks the directory for more than 30 seconds, the edit fails.
#[doc(alias = "str_replace_based_edit_tool")]
#[derive(Clone)]
pub struct TextEditor {
    folder: SandboxDir,
    tool: BuiltinTool,
    definition: ToolDefinition,
    most: usize,
    is_read_only: bool,
}

/// The number of lines that are shown before and after an edit.
const AROUND: usize = 4;
/// About 30,000 tokens.
const MOST: usize = 100_000;

impl TextEditor {
    /// Creates an editor for the files below a directory.
    ///
    /// # Errors
    ///
    /// Misuse: the directory does not exist or cannot be opened.
    #[track_caller]
    pub fn new(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref();
        let folder = SandboxDir::open(directory).map_err(|error| {
            let directory = directory.display();
            Error::misuse(format!("the text editor cannot open its directory `{directory}`")).caused_by(error)
        })?;
        let tool = BuiltinTool::text_editor();
        let definition = definition(&tool);
        Ok(Self { folder, tool, definition, most: MOST, is_read_only: false })
    }

    /// Sets the maximum number of characters of a file that the model sees at once. A longer text is cut off, with a
    /// note for the model. The default is 100,000, which is not sent to the API.
    #[track_caller]
    pub fn max_characters(self, most: u32) -> Self {
        self.define(|tool| tool.max_characters(most))
    }

    /// Sets the maximum size of a file in bytes. Larger files are not read, and no command creates them. The default is
    /// 32 MiB (33,554,432 bytes).
    ///
    /// ```
    /// use claudette::{TextEditor, ToolContext, tools};
    ///
    /// # let directory = std::env::temp_dir().join(format!("claudette-doc-bytes-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(TextEditor::new(&directory)?.max_file_bytes(5));
    /// let create = r#"{"command": "create", "path": "a.txt", "file_text": "Hello!"}"#;
    /// let outcome = tools.call("str_replace_based_edit_tool", create, &ToolContext::default()).await;
    /// assert_eq!(outcome.text(), "Error: File a.txt exceeds maximum size limit of 5 bytes.");
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_file_bytes(mut self, most: u64) -> Self {
        self.folder.set_most_bytes(most);
        self
    }

    /// Sets whether all edits are refused, so the model can only view files.
    ///
    /// ```
    /// use claudette::{TextEditor, ToolContext, tools};
    ///
    /// # let directory = std::env::temp_dir().join(format!("claudette-doc-read-only-{}", std::process::id()));
    /// # std::fs::create_dir_all(&directory)?;
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let tools = tools![].with(TextEditor::new(&directory)?.read_only(true));
    /// let create = r#"{"command": "create", "path": "a.txt", "file_text": "Hello!"}"#;
    /// let outcome = tools.call("str_replace_based_edit_tool", create, &ToolContext::default()).await;
    /// assert_eq!(outcome.text(), "Error: Permission denied. Cannot write to file.");
    /// # std::fs::remove_dir_all(&directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_only(mut self, is_read_only: bool) -> Self {
        self.is_read_only = is_read_only;
        self
    }

    /// Changes the definition that is sent: `.define(|tool| tool.version("20250429"))`.
    #[track_caller]
    pub fn define(mut self, change: impl FnOnce(BuiltinTool) -> BuiltinTool) -> Self {
        self.tool = change(self.tool);
        self.definition = definition(&self.tool);
        let most = json!(self.tool)["max_characters"].as_u64();
        self.most = most.map_or(MOST, |most| most.try_into().unwrap_or(usize::MAX));
        self
    }

    fn run(&self, command: &Command) -> Result<String, ToolError> {
        let place = self.folder.place(command.path())?;
        let path = &place.name;
        if self.is_read_only && !matches!(command, Command::View { .. }) {
            return Err(ToolError::new(texts::CANNOT_WRITE));
        }
        match command {
            Command::View { view_range, .. } => {
                if self.folder.is_directory(&place)? {
                    if view_range.is_some() {
                        return Err(ToolError::new(texts::range_of_directory(path)));
                    }
                    let rows = self.folder.list(&place, self.most)?;
                    return Ok(texts::directory(path, &rows));
                }
                let text = self.folder.read(&place, Use::Read)?.text;
                let (from, to) = match view_range {
                    Some(range) => text.range(*range)?,
                    None if text.len() == 0 => return Ok(texts::empty(path)),
                    None => (1, text.len()),
                };
                let rows = text.numbered(from, to, self.most);
                Ok(texts::content(path, &rows))
            }
            Command::Create { file_text, .. } => {
                self.folder.create(&place, file_text)?;
                Ok(texts::created(path))
            }
            Command::StrReplace { old_str, new_str, .. } => {
                let file = self.folder.read(&place, Use::Edit)?;
                let edited = file.text.replace(old_str, new_str.as_deref().unwrap_or_default(), path)?;
                file.replace(&edited.text, &place)?;
                Ok(texts::edited(path, &edited.snippet(AROUND)))
            }
            Command::Insert { insert_line, insert_text, new_str, .. } => {
                let Some(text) = insert_text.as_ref().or(new_str.as_ref()) else {
                    return Err(ToolError::new(texts::no_insert_text()));
                };
                let file = self.folder.read(&place, Use::Edit)?;
                let edited = file.text.insert(*insert_line, text)?;
                file.replace(&edited.text, &place)?;
                Ok(texts::edited(path, &edited.snippet(AROUND)))
            }
        }
    }
}

#[track_caller]
fn definition(tool: &BuiltinTool) -> ToolDefinition {
    ToolDefinition::defined(tool.clone(), &schema::whole::<Command>())
}

impl Tool for TextEditor {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn checks_itself(&self) -> bool {
        true
    }

    fn call<'a>(&'a self, input: &'a RawValue, cx: &'a ToolContext) -> BoxFuture<'a, Result<ToolOutput, ToolError>> {
        Box::pin(async move {
            let (editor, command) = (self.clone(), whole::<Command>(&self.definition, input));
            // Calls outside a loop take turns as well.
            let turn = self.folder.turn().await;
            let answer = blocking(cx, move |cx| {
                let _turn = turn;
                if cx.is_cancelled() {
                    return Err(ToolError::new(texts::CANCELLED));
                }
                editor.run(&command?).map(ToolOutput::new)
            });
            answer.await.map_err(|error| ToolError::new(texts::error(error.text())))
        })
    }

    /// Later calls of a response may depend on earlier calls.
    fn is_exclusive(&self) -> bool {
        true
    }
}

impl fmt::Debug for TextEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextEditor").field("folder", &self.folder).field("tool", &self.tool).finish_non_exhaustive()
    }
}
