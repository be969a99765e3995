//! The stored form of a [`ChatState`]: JSON with a version.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::run_state::RunState;
use super::served_by::ServedBy;
use super::staged::Staged;
use super::state::{ChatState, PendingCall};
use crate::catalog::Spent;
use crate::chat::history::History;
use crate::error::{Error, Result};
use crate::messages::{CacheControl, Container, Message};

/// The version of the stored form. A new field increments the minor version, any other change the major version.
const MAJOR: u32 = 1;
const MINOR: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Stored<'s> {
    version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation_id: Option<Cow<'s, str>>,
    messages: Cow<'s, [Message]>,
    /// The number of messages that no longer change.
    sealed: usize,
    /// Cache breakpoints that tools requested for their results, by index in the open message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    result_breakpoints: Cow<'s, BTreeMap<usize, CacheControl>>,
    #[serde(default, skip_serializing_if = "<[PendingCall]>::is_empty")]
    pending: Cow<'s, [PendingCall]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<Cow<'s, RunState>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_unanswerable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context: Option<u64>,
    /// The number of results, and of responses with thinking, that the API left out in the last request.
    #[serde(default, skip_serializing_if = "is_zero")]
    cleared: u64,
    /// The number of responses before a summary is tried again, because the model did not write one.
    #[serde(default, skip_serializing_if = "is_zero")]
    unsummarized: u32,
    #[serde(default)]
    spent: Cow<'s, Spent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container: Option<Cow<'s, Container>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    served_by: Option<Cow<'s, ServedBy>>,
    /// Changes that the next request sends as a system message.
    #[serde(default, skip_serializing_if = "Staged::is_empty")]
    staged: Cow<'s, Staged>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// `major.minor`.
#[derive(Clone, Copy)]
struct Version(u32, u32);

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}.{}", self.0, self.1))
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let version =
            text.split_once('.').and_then(|(major, minor)| Some(Self(major.parse().ok()?, minor.parse().ok()?)));
        match version {
            Some(Self(MAJOR, minor)) => Ok(Self(MAJOR, minor)),
            Some(_) => Err(D::Error::custom(format_args!(
                "the stored state has version {text}, but this library reads only version {MAJOR}: use a newer library"
            ))),
            None => Err(D::Error::custom(format_args!("{text:?} is not the version of a stored state"))),
        }
    }
}

impl ChatState {
    /// Returns the state as JSON, so that it can be stored.
    ///
    /// ```
    /// use claudette::chat::ChatState;
    ///
    /// let state = ChatState::new();
    /// assert_eq!(ChatState::from_json(&state.to_json())?, state);
    ///
    /// let error = ChatState::from_json(r#"{"version":"2.0","messages":[],"sealed":0}"#).unwrap_err();
    /// assert!(error.is_misuse());
    /// # Ok::<(), claudette::Error>(())
    /// ```
    #[allow(clippy::missing_panics_doc, reason = "every part of a state has a JSON form")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every part of a state has a JSON form")
    }

    /// Reads a state that was stored by [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// Returns a misuse error if the text is not a stored state, or if its major version is not supported. The source
    /// of the error has the reason.
    pub fn from_json(json: &str) -> Result<Self> {
        serde_json::from_str(json)
            .map_err(|error| Error::misuse("the text is not the stored state of a chat").caused_by(error))
    }

    /// Returns the state without its messages as JSON. A store that keeps each message apart then writes only the
    /// messages that have changed.
    ///
    /// ```
    /// use claudette::chat::ChatState;
    ///
    /// let state = ChatState::new();
    /// assert_eq!(ChatState::from_head(&state.head_to_json(), state.history().to_vec())?, state);
    /// # Ok::<(), claudette::Error>(())
    /// ```
    #[allow(clippy::missing_panics_doc, reason = "every part of a state has a JSON form")]
    pub fn head_to_json(&self) -> String {
        serde_json::to_string(&self.stored(&[])).expect("every part of a state has a JSON form")
    }

    /// Reads a state that was stored as a [head](Self::head_to_json) and messages.
    ///
    /// # Errors
    /// Returns a misuse error if the text is not the head of a state, if its major version is not supported, or if the
    /// number of messages is wrong. The source of the error has the reason.
    pub fn from_head(json: &str, messages: Vec<Message>) -> Result<Self> {
        let unreadable = "the text and the messages are not the stored state of a chat";
        let head: Stored = serde_json::from_str(json).map_err(|error| Error::misuse(unreadable).caused_by(error))?;
        Self::restored(Stored { messages: messages.into(), ..head })
            .map_err(|error| Error::misuse(unreadable).caused_by(error))
    }

    fn stored<'s>(&'s self, messages: &'s [Message]) -> Stored<'s> {
        Stored {
            version: Version(MAJOR, MINOR),
            conversation_id: self.conversation_id.as_deref().map(Cow::Borrowed),
            messages: Cow::Borrowed(messages),
            sealed: self.history.sealed().len(),
            result_breakpoints: Cow::Borrowed(self.history.marked_results()),
            pending: Cow::Borrowed(&self.pending),
            run: self.run.as_deref().map(Cow::Borrowed),
            is_unanswerable: self.is_unanswerable,
            context: self.context,
            cleared: self.cleared,
            unsummarized: self.unsummarized,
            spent: Cow::Borrowed(&self.spent),
            container: self.container.as_ref().map(Cow::Borrowed),
            served_by: self.served_by.as_deref().map(Cow::Borrowed),
            staged: Cow::Borrowed(&self.staged),
            extra: self.extra.clone(),
        }
    }

    fn restored(stored: Stored<'_>) -> Result<Self> {
        let (messages, marks) = (stored.messages.into_owned(), stored.result_breakpoints.into_owned());
        Ok(Self {
            conversation_id: stored.conversation_id.map(Into::into),
            history: History::restore(messages, stored.sealed, marks)?,
            pending: stored.pending.into_owned(),
            run: stored.run.map(|run| Box::new(run.into_owned())),
            is_unanswerable: stored.is_unanswerable,
            context: stored.context,
            cleared: stored.cleared,
            unsummarized: stored.unsummarized,
            spent: stored.spent.into_owned(),
            container: stored.container.map(Cow::into_owned),
            served_by: stored.served_by.map(|served| Box::new(served.into_owned())),
            staged: stored.staged.into_owned(),
            changes: Vec::new(),
            extra: stored.extra,
        })
    }
}

impl Serialize for ChatState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored(&self.history).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ChatState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::restored(Stored::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Compares the stored forms.
impl PartialEq for ChatState {
    fn eq(&self, other: &Self) -> bool {
        serde_json::to_string(self).ok() == serde_json::to_string(other).ok()
    }
}
