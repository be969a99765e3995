//! A whole chat as one tool.

mod agent_tool;
mod answer;
mod ask;
mod conversations;
mod reporter;

pub use self::agent_tool::{AgentTool, agent};
