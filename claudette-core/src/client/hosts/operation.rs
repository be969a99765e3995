//! [`Operation`]: what a request asks a host to do.

use crate::catalog::{Feature, Model};

/// The purpose of a request, from which the host makes its path.
///
/// ```
/// use claudette::catalog::Model;
/// use claudette::hosts::{Operation, OperationKind};
///
/// let operation = Operation::new(OperationKind::CreateMessage, "/v1/messages", &Model::SONNET_5_5).streams(true);
/// assert_eq!(operation.model().as_str(), "claude-sonnet-5-5");
/// assert!(operation.is_stream());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    kind: OperationKind,
    path: &'a str,
    model: &'a Model,
    is_stream: bool,
}

/// The kind of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// Creates a message.
    CreateMessage,
    /// Counts the tokens of a request.
    CountTokens,
    /// Lists or describes models.
    Models,
}

impl<'a> Operation<'a> {
    /// Returns an operation with its path at the API of Anthropic, which begins with `/v1` and contains the query. The
    /// model is that of the request; an operation without one has an empty name.
    pub fn new(kind: OperationKind, path: &'a str, model: &'a Model) -> Self {
        Self { kind, path, model, is_stream: false }
    }

    /// Sets whether the response is a stream.
    #[must_use]
    pub fn streams(self, is_stream: bool) -> Self {
        Self { is_stream, ..self }
    }

    /// Returns what is done.
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// Returns the path at the API of Anthropic, with its query.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Returns the model, whose name is empty for an operation without one.
    pub fn model(&self) -> &'a Model {
        self.model
    }

    /// Returns `true` if the response is a stream.
    pub fn is_stream(&self) -> bool {
        self.is_stream
    }
}

impl OperationKind {
    /// Returns the feature that a platform needs for the operation, and the alternative.
    pub(in crate::client) fn feature(self) -> Option<(Feature, &'static str)> {
        match self {
            Self::CreateMessage => None,
            Self::CountTokens => {
                Some((Feature::TokenCounting, "send the request, whose response contains the number of its tokens"))
            }
            Self::Models => Some((Feature::ModelList, "use the list of models in the documentation of the host")),
        }
    }
}
