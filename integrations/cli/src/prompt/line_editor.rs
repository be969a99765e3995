//! [`LineEditor`]: reads prompts.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use reedline::{
    ColumnarMenu, FileBackedHistory, HISTORY_SIZE, MenuBuilder as _, Reedline, ReedlineMenu, Signal, ValidationResult,
    Validator,
};

use super::completer::{Known, WordCompleter};
use super::edit_mode::{CleanPaste, MENU};
use super::look::{Look, Marks};
use crate::data;
use crate::error::{Problem, Result};

/// The text that the user has entered, or the key that ended the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entered {
    Line(String),
    CtrlC,
    CtrlD,
}

/// A line editor with a history.
pub(crate) struct LineEditor {
    editor: Reedline,
    known: Arc<Mutex<Known>>,
}

impl LineEditor {
    /// Creates an editor. The history is kept in a file, or only in memory.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub(crate) fn new(history: Option<&Path>, is_colored: bool) -> Result<Self> {
        let known = Arc::new(Mutex::new(Known::default()));
        let menu = ColumnarMenu::default().with_name(MENU).with_columns(1);
        let mut editor = Reedline::create()
            .with_edit_mode(Box::new(CleanPaste::new()))
            .with_validator(Box::new(Continued))
            .with_completer(Box::new(WordCompleter { known: known.clone() }))
            .with_menu(ReedlineMenu::EngineCompleter(Box::new(menu)))
            .with_quick_completions(true)
            .with_partial_completions(true)
            .with_highlighter(Box::new(Marks))
            .with_ansi_colors(is_colored)
            .with_history_exclusion_prefix(Some(" ".to_owned()))
            .use_bracketed_paste(true)
            .use_kitty_keyboard_enhancement(true);
        if let Some(path) = history {
            let failed = |error: String| {
                Problem::new(format!("the history of prompts \"{}\" cannot be read: {error}", path.display()))
            };
            data::create_private(path).map_err(|error| failed(error.to_string()))?;
            let history = FileBackedHistory::with_file(HISTORY_SIZE, path.to_owned());
            editor = editor.with_history(Box::new(history.map_err(|error| failed(error.to_string()))?));
        }
        Ok(Self { editor, known })
    }

    /// Sets the words that the completion suggests.
    pub(crate) fn set_known(&self, known: Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Reads a prompt. The thread waits, and other tasks of the runtime continue.
    ///
    /// # Errors
    /// Returns an error if the terminal cannot be used.
    pub(crate) fn read(&mut self) -> Result<Entered> {
        let failed = |error: std::io::Error| Problem::new(format!("the terminal cannot be read: {error}"));
        let signal = tokio::task::block_in_place(|| self.editor.read_line(&Look { text: "❯ " })).map_err(failed)?;
        // The history survives the end of the process, however it ends.
        let _ = self.editor.sync_history();
        Ok(match signal {
            Signal::Success(text) => Entered::Line(text),
            Signal::CtrlD => Entered::CtrlD,
            _ => Entered::CtrlC,
        })
    }
}

impl fmt::Debug for LineEditor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineEditor").finish_non_exhaustive()
    }
}

/// A line that ends with a backslash continues.
struct Continued;

impl Validator for Continued {
    fn validate(&self, line: &str) -> ValidationResult {
        if line.ends_with('\\') { ValidationResult::Incomplete } else { ValidationResult::Complete }
    }
}
