#![doc = include_str!("../README.md")]

mod cassette;
pub mod eval;
mod snapshot;

pub use self::cassette::{Cassette, MatchOn};
pub use self::snapshot::{RunSnapshot, snapshot};
