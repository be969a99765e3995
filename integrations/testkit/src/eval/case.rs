//! [`Case`]: an input of the program under test, and what is expected of the answer.

use std::sync::Arc;

use claudette::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A case of an [`Eval`](crate::eval::Eval): an input of the program under test, and the value that its answer is compared
/// with.
///
/// Input and expected value can have any type with a JSON form.
///
/// ```
/// use claudette_testkit::eval::Case;
///
/// let case = Case::new("refund", "Can I return this lamp?").expected("30 days").tag("policy");
/// assert_eq!((case.id(), *case.input(), *case.expects()), ("refund", "Can I return this lamp?", "30 days"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Case<I = String, E = ()> {
    id: String,
    /// Shared with the sample, which does not know the type of the expected value.
    input: Arc<I>,
    expected: E,
    tags: Vec<String>,
}

/// A case as a line of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<I, E> {
    id: String,
    input: I,
    expected: E,
    #[serde(default)]
    tags: Vec<String>,
}

impl<I> Case<I> {
    /// Creates a case without an expected value. Within an eval, each id is used once.
    pub fn new(id: impl Into<String>, input: I) -> Self {
        Self { id: id.into(), input: Arc::new(input), expected: (), tags: Vec::new() }
    }
}

impl<I, E> Case<I, E> {
    /// Sets the expected value, for the judge. The program under test does not see it.
    pub fn expected<F>(self, expected: F) -> Case<I, F> {
        let Self { id, input, expected: _, tags } = self;
        Case { id, input, expected, tags }
    }

    /// Adds a tag. The report has a row for each tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Returns the id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the input.
    pub fn input(&self) -> &I {
        &self.input
    }

    /// Returns the expected value.
    pub fn expects(&self) -> &E {
        &self.expected
    }

    /// Returns the tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    pub(super) fn shared_input(&self) -> Arc<I> {
        Arc::clone(&self.input)
    }
}

impl<I: DeserializeOwned, E: DeserializeOwned> Case<I, E> {
    /// Reads cases from JSON lines, such as `{"id": "a", "input": "…", "expected": "…", "tags": ["policy"]}`. Tags can be
    /// left out, and so can the expected value if its type is an `Option`. Blank lines are ignored.
    ///
    /// ```
    /// use claudette_testkit::eval::Case;
    ///
    /// let lines = r#"
    /// {"id": "one", "input": "What is 1+1?", "expected": 2}
    /// {"id": "two", "input": "What is 2+2?", "expected": 4, "tags": ["hard"]}
    /// "#;
    /// let cases = Case::<String, u32>::from_json_lines(lines)?;
    /// assert_eq!((cases[1].id(), *cases[1].expects()), ("two", 4));
    ///
    /// let cases = Case::<String, Option<u32>>::from_json_lines(r#"{"id": "joke", "input": "Tell me a joke."}"#)?;
    /// assert_eq!(*cases[0].expects(), None);
    ///
    /// let error = Case::<String, u32>::from_json_lines("{}").unwrap_err();
    /// assert!(error.to_string().starts_with("line 1 is not a case: missing field `id`"));
    /// # Ok::<(), claudette::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns a misuse error that names the first line that is not a case.
    pub fn from_json_lines(text: &str) -> Result<Vec<Self>> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let read = lines.map(|(place, line)| {
            let line: Line<I, E> = serde_json::from_str(line)
                .map_err(|error| Error::misuse(format!("line {} is not a case: {error}", place + 1)))?;
            let Line { id, input, expected, tags } = line;
            Ok(Self { id, input: Arc::new(input), expected, tags })
        });
        read.collect()
    }
}
