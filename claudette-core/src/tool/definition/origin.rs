//! [`Origin`]: the place in the code that defines a tool.

use std::fmt;
use std::panic::Location;

/// The place in the code that defines a tool. Errors about its definition show it.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    Function(&'static str),
    Code(&'static Location<'static>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function(path) => f.write_str(path),
            Self::Code(place) => place.fmt(f),
        }
    }
}
