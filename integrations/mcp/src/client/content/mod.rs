//! Content from servers: blocks of tools, resources and prompts, read leniently and made fit for the API.

mod base64;
mod complete;
mod media;
mod note;
mod part;
mod prompt;
mod reader;
mod resource;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(super) use self::base64::is_base64;
pub(super) use self::note::size;
pub(crate) use self::part::Part;
pub(crate) use self::prompt::{message, messages};
pub(crate) use self::reader::Reader;
pub(crate) use self::resource::{contents, resource_output};
