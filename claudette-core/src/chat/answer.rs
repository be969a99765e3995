//! [`Answer`]: the result of a step, and whether it is replayed.

/// The result of a step of a loop: of a request, an approval or a tool call.
///
/// A [`Hook`](crate::Hook) returns it. A hook that reads the result from a journal marks it as replayed. The loop then
/// sends [`Event::Replayed`](crate::Event::Replayed), and the client does not count the usage again.
///
/// ```
/// use claudette::Approval;
/// use claudette::chat::Answer;
///
/// let answer = Answer::replayed(Approval::Allow);
/// assert!(answer.is_replayed());
/// assert_eq!(answer.into_value(), Approval::Allow);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    value: T,
    is_replayed: bool,
}

impl<T> Answer<T> {
    /// Returns the result of a step that has run.
    pub fn new(value: T) -> Self {
        Self { value, is_replayed: false }
    }

    /// Returns the recorded result of a step that ran earlier.
    pub fn replayed(value: T) -> Self {
        Self { value, is_replayed: true }
    }

    /// Returns the result.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the result by value.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns `true` if the result was recorded when the step ran earlier.
    pub fn is_replayed(&self) -> bool {
        self.is_replayed
    }
}
