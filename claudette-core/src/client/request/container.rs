//! [`container_of`]: the container that a request uses again.

use std::time::SystemTime;

use super::conversation::Conversation;
use super::options::RequestOptions;
use crate::client::timestamp::parse_rfc3339;
use crate::messages::{Container, ContainerConfig};

/// Returns the container that the conversation has used, with the skills of the options. Returns `None` if there is no
/// container, or if the options name one.
///
/// An expired container is not used again, unless its code waits for results: then the API reports that it is too late.
pub(super) fn container_of(options: &RequestOptions, conversation: &Conversation<'_>) -> Option<ContainerConfig> {
    let container = conversation.container?;
    if options.extra_fields().contains_key("container") {
        return None;
    }
    let config = match &options.container {
        Some(config) => config.or_id(container.id())?,
        None => ContainerConfig::from(container),
    };
    if !has_expired(container) {
        return Some(config);
    }
    let expires_at = container.expires_at().unwrap_or_default();
    if conversation.takes_more {
        tracing::warn!(
            container = container.id(),
            expires_at,
            "the container has expired, so code gets a new one, without its files"
        );
        return None;
    }
    tracing::warn!(
        container = container.id(),
        expires_at,
        "the container has expired while its code waited for results"
    );
    Some(config)
}

fn has_expired(container: &Container) -> bool {
    container.expires_at().and_then(parse_rfc3339).is_some_and(|end| end <= SystemTime::now())
}
