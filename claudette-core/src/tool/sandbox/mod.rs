//! Support for tools with which the model changes files: texts and their edits, locks, temporary files.

mod disguise;
mod lock;
mod size;
mod temp_file;
mod text;

pub(in crate::tool) use self::disguise::undisguised;
pub(in crate::tool) use self::lock::Lock;
pub(in crate::tool) use self::size::in_short;
#[cfg(feature = "memory")]
pub(in crate::tool) use self::temp_file::is_temp_name;
pub(in crate::tool) use self::temp_file::{TempFile, open, sync};
#[cfg(feature = "memory")]
pub(in crate::tool) use self::text::Edited;
pub(in crate::tool) use self::text::{Text, count_lines};
