//! [`TextEditor`]: runs the text editor tool of the API on the files below a directory.

mod command;
mod lock;
mod sandbox_dir;
mod sandbox_path;
mod text;
mod text_editor;

pub use self::text_editor::TextEditor;
