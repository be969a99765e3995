//! [`Form`]: which parts of a request a host wants in another place.

/// The form of the requests of a host: which parts of a request are in the path, in the body or in the headers.
///
/// The body is encoded in this form once; nothing is moved afterwards.
///
/// ```
/// use claudette::hosts::Form;
///
/// assert_eq!(Form::default(), Form::messages());
/// assert_ne!(Form::raw_predict(), Form::invoke_model());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
// Each is independent of the others.
#[allow(clippy::struct_excessive_bools)]
pub struct Form {
    /// The model is in the path of requests for a message, and not in their body.
    pub(in crate::client) has_model_in_path: bool,
    /// The choice between a stream and a whole response is in the path, and not in the body.
    pub(in crate::client) has_stream_in_path: bool,
    /// The version of the API is in the body: the newest one, and the one for requests with sampling parameters.
    pub(in crate::client) body_version: Option<BodyVersion>,
    /// The beta features are in the body, too.
    pub(in crate::client) has_betas_in_body: bool,
    /// The id of the user profile is in the body, and not in a header.
    pub(in crate::client) has_user_profile_in_body: bool,
}

/// The values of the field `anthropic_version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) struct BodyVersion {
    pub(in crate::client) newest: &'static str,
    pub(in crate::client) with_sampling: &'static str,
}

impl Form {
    /// Returns the form of the API of Anthropic: the model in the body, the version and the beta features in headers.
    pub const fn messages() -> Self {
        Self {
            has_model_in_path: false,
            has_stream_in_path: false,
            body_version: None,
            has_betas_in_body: false,
            has_user_profile_in_body: false,
        }
    }

    /// Returns the form of `InvokeModel` of Amazon Bedrock: model and streaming in the path, version and beta features
    /// in the body
    /// ([Bedrock](https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html)).
    pub const fn invoke_model() -> Self {
        Self {
            has_model_in_path: true,
            has_stream_in_path: true,
            body_version: Some(BodyVersion { newest: "2026-10-21", with_sampling: "bedrock-2023-05-31" }),
            has_betas_in_body: true,
            has_user_profile_in_body: true,
        }
    }

    /// Returns the form of `rawPredict` of Vertex AI: the model in the path, the version in the body
    /// ([Vertex AI](https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude)).
    pub const fn raw_predict() -> Self {
        Self {
            has_model_in_path: true,
            has_stream_in_path: false,
            body_version: Some(BodyVersion { newest: "2026-10-21", with_sampling: "vertex-2023-10-16" }),
            has_betas_in_body: false,
            has_user_profile_in_body: false,
        }
    }

    /// Moves the id of the user profile from the header `anthropic-user-profile-id` to the body, for hosts that drop
    /// headers.
    #[must_use]
    pub const fn user_profile_in_body(self) -> Self {
        Self { has_user_profile_in_body: true, ..self }
    }
}
