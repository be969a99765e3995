//! [`MatchOn`]: the parts of a request that decide which recorded request it is.

/// The parts of a request that decide which recorded request it is.
///
/// ```
/// use claudette_testkit::MatchOn;
///
/// assert_eq!(MatchOn::default(), MatchOn::Request);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatchOn {
    /// Method, path with query, the headers `anthropic-version` and `anthropic-beta` if they were recorded, and the body
    /// as JSON. The first unused recorded request that is equal answers. This is the default.
    ///
    /// The order of the members of an object does not matter, nor does the order of the beta features. Numbers are
    /// compared by value.
    #[default]
    Request,
    /// Method and path. Each request must be the next one in the order of the cassette.
    ///
    /// Use it for cassettes of other clients, whose system prompts, tool descriptions and defaults differ. A changed
    /// prompt is not noticed.
    Order,
}
