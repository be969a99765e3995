//! What logs, errors and `Debug` show: shortened, and without characters that act on a terminal.

mod brief;
mod middle;
mod plain;

pub(crate) use brief::{Brief, Shown, brief, write_shown};
pub(crate) use middle::middle;
pub(crate) use plain::Plain;
