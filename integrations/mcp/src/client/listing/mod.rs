//! The tools of a server, read page by page and tool by tool.
//!
//! Each page is read from raw JSON, because one malformed tool must not hide the others.

mod listed_tool;
mod listing;
mod page;
mod problem;
#[cfg(test)]
mod tests;

pub(crate) use self::listed_tool::{Hints, ListedTool};
pub(crate) use self::listing::{DEFAULT_MAX_TOOLS, Listing, Next};
#[cfg(test)]
use self::page::Page;
pub(crate) use self::page::read_page;
pub(crate) use self::problem::Problem;
