//! [`TextEditor`]: runs the text editor tool of the API on the files below a directory.

mod command;
mod sandbox_dir;
mod sandbox_path;
mod text_editor;

pub use self::text_editor::TextEditor;
