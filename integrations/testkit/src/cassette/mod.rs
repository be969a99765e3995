//! [`Cassette`]: recorded exchanges with the API, and their replay.

mod cassette;
mod check_dir;
mod command;
mod content;
mod difference;
mod file;
mod interaction;
mod match_on;
mod mismatch;
mod pointer;
mod recorder;
mod recording;
mod replayer;
mod scrubs;
mod secrets;
mod settings;
mod shared;
mod tape;

pub use self::cassette::Cassette;
pub(crate) use self::content::hash_data;
pub use self::match_on::MatchOn;
