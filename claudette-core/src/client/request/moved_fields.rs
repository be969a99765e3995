//! [`MovedFields`]: the parts of a request that its host wants in another place.

/// The fields that the form of the host adds to the body, and those that it leaves out. The default is the form of the API of Anthropic.
#[derive(Debug, Default)]
pub(super) struct MovedFields {
    pub(super) version: Option<String>,
    pub(super) betas: Vec<String>,
    pub(super) user_profile: Option<String>,
    pub(super) omits_model: bool,
    pub(super) omits_stream: bool,
}
