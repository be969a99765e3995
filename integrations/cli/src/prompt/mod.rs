//! The prompt: a line editor with history, completion and several lines, and questions with one key.

mod completer;
mod edit_mode;
mod line_editor;
mod look;
mod question;

pub(crate) use self::completer::Known;
pub(crate) use self::line_editor::{Entered, LineEditor};
pub(crate) use self::question::{ask_key, ask_line};
