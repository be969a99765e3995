//! [`ToolSearch`]: finds hidden tools in the program.

mod finder;
mod index;
mod synonyms;
mod tool_search;
mod words;

pub use self::tool_search::ToolSearch;
