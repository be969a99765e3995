//! Results of `tools/call`: from the answer of a server to the output of a tool.

mod cap;
mod convert;
mod structured;
#[cfg(test)]
mod tests;

pub(crate) use self::cap::allowance;
pub(super) use self::cap::{cap, content_of};
pub(crate) use self::convert::convert;
