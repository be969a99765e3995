//! Configuration files: `.mcp.json` of Claude Code, `claude_desktop_config.json`, and those of editors.

mod config;
mod expand;
mod fields;
mod jsonc;
mod launch;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use self::config::{Config, Entry, Launch};
#[cfg(test)]
use self::parse::parse;
pub(crate) use self::parse::read;
