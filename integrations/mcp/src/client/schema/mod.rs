//! Foreign schemas: mended so that the API accepts them, and the server still understands the arguments.

mod alternatives;
mod argument_map;
mod branches;
mod cycles;
mod definitions;
mod dialect;
mod document;
mod join;
mod keywords;
mod limits;
mod mended;
mod notes;
mod references;
mod rename;
mod root;
mod rules;
mod shape;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use self::argument_map::ArgumentMap;
pub(crate) use self::mended::mend;
