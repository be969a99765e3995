//! The stored form of a [`ToolOutcome`], for journals.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::end::End;
use super::outcome::{Inner, ToolOutcome};
use super::output::OutputValue;
use crate::catalog::Spent;
use crate::json::RawJson;
use crate::messages::{ToolResult, ToolUse};

/// The fields of an outcome. The error of a call that aborts the run is stored as text.
#[derive(Serialize, Deserialize)]
struct Stored {
    call: ToolUse,
    result: ToolResult,
    value: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Ending>,
    elapsed: Duration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent: Option<Box<Spent>>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
enum Value {
    None,
    Text,
    Shown,
    Kept(RawJson),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
enum Ending {
    Finish,
    Abort(String),
}

impl Serialize for ToolOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inner { call, result, value, end, elapsed, spent } = &*self.0;
        let stored = Stored {
            call: call.clone(),
            result: result.clone(),
            value: match value {
                OutputValue::None => Value::None,
                OutputValue::Text => Value::Text,
                OutputValue::Shown => Value::Shown,
                OutputValue::Kept(json) => Value::Kept(json.clone()),
            },
            end: end.as_ref().and_then(|end| match end {
                End::Finish => Some(Ending::Finish),
                End::Abort(error) => Some(Ending::Abort(error.to_string())),
                // The state of the conversation contains the suspended call, and so does the record of a journal.
                End::Suspend(_) => None,
            }),
            elapsed: *elapsed,
            spent: spent.clone(),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ToolOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { call, result, value, end, elapsed, spent } = Stored::deserialize(deserializer)?;
        let value = match value {
            Value::None => OutputValue::None,
            Value::Text => OutputValue::Text,
            Value::Shown => OutputValue::Shown,
            Value::Kept(json) => OutputValue::Kept(json),
        };
        let end = end.map(|end| match end {
            Ending::Finish => End::Finish,
            Ending::Abort(text) => End::Abort(Arc::new(Aborted(text))),
        });
        Ok(Self(Arc::new(Inner { call, result, value, end, elapsed, spent })))
    }
}

/// The text of an error that aborted a run in another process.
#[derive(Debug)]
struct Aborted(String);

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for Aborted {}
