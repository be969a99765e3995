//! The calls inside sub-agents: their ids, and the events of a sub-agent as chunks.

use claudette::chat::SubAgentEvent;
use claudette::{Chat, Event, ToolUse};
use serde_json::json;

use super::chunk::{Chunk, DataChunk};

/// Separates the ids of the calls around a call from its own id, as in [`Chat::pending`].
const INSIDE: char = '/';

/// Returns the ids of the calls around a call, the outermost first and without its own id.
pub(super) fn calls_around(id: &str) -> impl Iterator<Item = &str> {
    id.match_indices(INSIDE).map(|(end, _)| &id[..end])
}

/// Returns `true` if a call is inside another one, at any depth.
pub(super) fn is_inside(id: &str, outer: &str) -> bool {
    id.strip_prefix(outer).is_some_and(|rest| rest.starts_with(INSIDE))
}

/// The output of a call that waits because a call inside it does. A front end sends decisions by itself only if all
/// calls of the step have an output or a decision.
pub(super) const WAITS_INSIDE: &str = "Waits for a decision on a call inside.";

/// Returns the title of a call inside sub-agents: the names of the agents and of the tool.
pub(super) fn title<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(" › ")
}

/// A call that waits for a decision, as a page shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Waiting {
    /// The id of a call inside sub-agents begins with the ids of the calls around it.
    pub(crate) call: ToolUse,
    /// The title of a call inside sub-agents.
    pub(super) title: Option<String>,
}

impl Waiting {
    /// Returns the calls of a chat that wait for a decision.
    pub(crate) fn all(chat: &Chat) -> Vec<Self> {
        let of = |call: ToolUse| {
            let agents = chat.agents_around(&call);
            let names = agents.iter().chain([&call]).map(ToolUse::name);
            Self { title: (!agents.is_empty()).then(|| title(names)), call }
        };
        chat.pending().into_iter().map(of).collect()
    }
}

/// An event inside sub-agents.
pub(super) struct Inside<'e> {
    /// The calls that run the sub-agents, the outermost first.
    pub(super) calls: Vec<&'e ToolUse>,
    pub(super) event: &'e Event,
}

impl<'e> Inside<'e> {
    pub(super) fn new(event: &'e SubAgentEvent) -> Self {
        let (mut calls, mut event) = (vec![event.call()], event.event());
        while let Event::SubAgent(inner) = event {
            calls.push(inner.call());
            event = inner.event();
        }
        Self { calls, event }
    }

    /// Returns the id of the call that runs the sub-agent.
    pub(super) fn agent_id(&self) -> String {
        self.calls.iter().map(|call| call.id()).collect::<Vec<_>>().join("/")
    }

    /// Returns the id and the name of each call that runs a sub-agent.
    pub(super) fn agents(&self) -> impl Iterator<Item = (String, String)> {
        let ids = self.calls.iter().scan(String::new(), |path, call| {
            if !path.is_empty() {
                path.push(INSIDE);
            }
            path.push_str(call.id());
            Some(path.clone())
        });
        ids.zip(self.calls.iter().map(|call| call.name().to_owned()))
    }

    /// Returns the id of a call of the sub-agent.
    pub(super) fn id_of(&self, call: &ToolUse) -> String {
        format!("{}{INSIDE}{}", self.agent_id(), call.id())
    }

    /// Returns the chunk of a text that the sub-agent writes. It does not become a part of the message.
    pub(super) fn text(&self, text: &str) -> Chunk {
        Chunk::Data(DataChunk::transient("agent", json!({"call_id": self.agent_id(), "text": text})))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_contain_the_calls_around() {
        assert_eq!(calls_around("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(calls_around("a").next(), None);
        assert!(is_inside("a/b/c", "a") && is_inside("a/b/c", "a/b"));
        assert!(!is_inside("a", "a") && !is_inside("ab/c", "a") && !is_inside("a/b", "b"));
    }
}
