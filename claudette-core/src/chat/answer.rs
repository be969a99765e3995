//! [`Answer`]: what came of a step, and whether it is a replay.

/// What came of a step of a loop: of a request, an approval or a tool call.
///
/// A [`Hook`](crate::Hook) returns it. One that reads the result of the step from a journal marks it as replayed: events say
/// so, and the client does not count its usage again.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T> {
    value: T,
    is_replayed: bool,
}

impl<T> Answer<T> {
    /// Returns the result of a step that has happened now.
    pub fn new(value: T) -> Self {
        Self { value, is_replayed: false }
    }

    /// Returns the result of a step that happened in an earlier life of the run.
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

    /// Whether the step happened in an earlier life of the run.
    pub fn is_replayed(&self) -> bool {
        self.is_replayed
    }
}
