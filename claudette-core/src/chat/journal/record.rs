//! [`Record`]: the stored result of a step.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::inbox_record::ChangeRecord;
use crate::catalog::Spent;
use crate::chat::approval::Approval;
use crate::chat::machine::ChatState;
use crate::error::{Error, Result};
use crate::tool::Amount;

/// The result of a step as JSON text, which a [`Journal`](crate::journal::Journal) stores.
///
/// The text also contains the time of the result and the life of the run that made it. Its form is stable: a newer
/// library reads the records of an older one.
///
/// ```
/// use claudette::Approval;
/// use claudette::journal::Record;
///
/// let record = Record::decision(&Approval::Allow)?;
/// assert!(record.is_decision() && !record.is_open());
/// assert_eq!(Record::from(record.as_str().to_owned()), record);
/// assert!(Record::decision(&Approval::Suspend).is_err());
/// # Ok::<(), claudette::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    text: String,
    is_open: bool,
}

/// The parts of a record.
#[derive(Serialize, Deserialize)]
pub(super) struct Parts<V> {
    /// The life of the run that made the result; `None` for a decision from outside and for a value of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) life: Option<String>,
    /// The time of the result, in microseconds since 1970.
    pub(super) at: u64,
    /// The changes that a tool call has put into the inbox of the loop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) changes: Vec<ChangeRecord>,
    /// The amount that the step has used of the budget of the run, if there is one. It also contains the reservations of
    /// tools and the maximum of attempts that were dropped, which are not part of a usage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) used: Option<Amount>,
    /// The usage and cost of the requests of a tool call since it continues, if it was suspended before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) own: Option<Box<Spent>>,
    /// The state from which a tool call continues, if it is suspended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inner: Option<Box<ChatState>>,
    pub(super) value: V,
}

impl<V> Parts<V> {
    /// Returns the parts of a result that exists now.
    pub(super) fn now(life: Option<String>, value: V) -> Self {
        Self { life, at: now(), changes: Vec::new(), used: None, own: None, inner: None, value }
    }
}

impl Record {
    /// Returns the record of a decision on a suspended call, made outside the loop.
    ///
    /// The time until the decision does not count towards the deadline of the run.
    ///
    /// # Errors
    ///
    /// Misuse: [`Approval::Suspend`] is not a decision, and the arguments of [`Approval::AllowWith`] must be a JSON
    /// object.
    pub fn decision(approval: &Approval) -> Result<Self> {
        match approval {
            Approval::Suspend => Err(Error::misuse("`Suspend` is not a decision: use `Allow`, `AllowWith` or `Deny`")),
            Approval::AllowWith(arguments) if !arguments.is_object() => {
                Err(Error::misuse(format!("the arguments of `AllowWith` are not a JSON object: {arguments}")))
            }
            _ => Ok(Self::of(&Parts::now(None, ApprovalRecord::Approval(approval)))),
        }
    }

    /// Returns `true` if this is the record of a [`decision`](Self::decision). Engines that receive decisions as messages
    /// use it to ignore other messages.
    pub fn is_decision(&self) -> bool {
        let parts = self.read::<ApprovalRecord<Approval>>();
        parts.is_ok_and(|parts| match parts.value {
            ApprovalRecord::Approval(approval) => Self::decision(&approval).is_ok(),
            ApprovalRecord::Late => false,
        })
    }

    /// Creates the record of a value of the program's own, for [`JournalStep::new`](crate::journal::JournalStep::new).
    ///
    /// # Errors
    ///
    /// Returns an error if the value does not have a JSON form, such as a map whose keys are not texts.
    pub fn new(value: &impl Serialize) -> Result<Self> {
        let value = serde_json::value::to_raw_value(value).map_err(Error::other)?;
        Ok(Self::of(&Parts::now(None, value)))
    }

    /// Reads the value of a record that [`new`](Self::new) has created.
    ///
    /// # Errors
    ///
    /// Returns an error if the record has another form.
    pub fn value<V: DeserializeOwned>(&self) -> Result<V> {
        let parts = self.read().map_err(|error| Error::journal("a record cannot be read").caused_by(error))?;
        Ok(parts.value)
    }

    /// Returns the time of the result; `None` if the text is not a record.
    ///
    /// ```
    /// use claudette::journal::Record;
    /// use std::time::SystemTime;
    ///
    /// let record = Record::new(&42)?;
    /// assert!(record.at().unwrap() <= SystemTime::now());
    /// assert_eq!(record.value::<u8>()?, 42);
    /// # Ok::<(), claudette::Error>(())
    /// ```
    pub fn at(&self) -> Option<SystemTime> {
        let parts = self.read::<serde::de::IgnoredAny>().ok()?;
        UNIX_EPOCH.checked_add(Duration::from_micros(parts.at))
    }

    /// Returns the token of the life of the run that made the result; `None` for a decision from outside and for a value
    /// of the program.
    pub fn life(&self) -> Option<String> {
        self.read::<serde::de::IgnoredAny>().ok()?.life
    }

    /// Returns the usage and cost of a request, including its failed attempts; `None` if this is not the record of a
    /// request.
    pub fn spent(&self) -> Option<Spent> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Request {
            Response { spent: Spent },
            Late { spent: Spent },
        }
        let (Request::Response { spent } | Request::Late { spent }) = self.read().ok()?.value;
        Some(spent)
    }

    pub(super) fn of<V: Serialize>(parts: &Parts<V>) -> Self {
        let text = serde_json::to_string(parts).expect("every result of a step has a JSON form");
        Self { text, is_open: false }
    }

    pub(super) fn open<V: Serialize>(parts: &Parts<V>) -> Self {
        Self { is_open: true, ..Self::of(parts) }
    }

    /// Returns the JSON text, which is to be stored unchanged.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns `true` if the step is the approval of a call that was suspended. Such a record is not stored.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Reads the parts.
    ///
    /// # Errors
    /// Returns the error of the first part that cannot be read.
    pub(super) fn read<V: DeserializeOwned>(&self) -> Result<Parts<V>, serde_json::Error> {
        // The value is read from its text: numbers keep all their digits.
        let Parts { life, at, changes, used, own, inner, value } =
            serde_json::from_str::<Parts<Box<RawValue>>>(&self.text)?;
        Ok(Parts { life, at, changes, used, own, inner, value: serde_json::from_str(value.get())? })
    }
}

/// Takes the text of a stored record. It is checked when the loop reads it.
impl From<String> for Record {
    fn from(text: String) -> Self {
        Self { text, is_open: false }
    }
}

/// The value of the record of an approval.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ApprovalRecord<A> {
    Approval(A),
    /// The deadline passed before there was a decision.
    Late,
}

/// Returns the time in microseconds since 1970.
pub(super) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

/// Returns a random token.
pub(super) fn new_life() -> String {
    let random = || RandomState::new().hash_one(now());
    format!("{:016x}{:016x}", random(), random())
}

/// Returns the error of a record that cannot be read.
#[cold]
pub(super) fn unreadable(run: &str, step: &impl std::fmt::Display, source: serde_json::Error) -> Error {
    Error::journal(format!(
        "the journal of run `{run}` has a record of `{step}` that cannot be read: restore the journal from a backup, or \
         delete this record to run the step again"
    ))
    .caused_by(source)
}
