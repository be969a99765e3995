//! Text for logs, errors and `Debug`: shortened, and with control characters escaped.

mod brief;
mod middle;
mod plain;

pub(crate) use brief::{Brief, Shown, brief, write_shown};
pub(crate) use middle::middle;
pub(crate) use plain::Plain;
