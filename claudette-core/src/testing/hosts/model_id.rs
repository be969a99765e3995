//! Ids of models: the names that each host uses, and the first-party ids that they stand for.

use super::host::Host;
use super::problem::Problem;
use super::route::Operation;
use super::settings::Settings;
use crate::testing::checks::Refusal;
use crate::testing::models::Model;

/// Returns the first-party id of a model. If `any_model`, an unknown name is returned as it is.
pub(super) fn first_party(
    settings: &Settings,
    id: &str,
    operation: &Operation,
    any_model: bool,
) -> Result<String, Refusal> {
    if let Some(model) = settings.aliases.get(id) {
        return Ok(model.clone());
    }
    let host = settings.host;
    let name = match host {
        Host::Anthropic | Host::ClaudePlatformAws | Host::GoogleCloud | Host::Foundry => Some(id.to_owned()),
        Host::Bedrock => bedrock(id),
        Host::BedrockMantle => id.strip_prefix("anthropic.").filter(|name| !is_dated(name)).map(str::to_owned),
        Host::Vertex => vertex(id),
    };
    match name {
        Some(name) if any_model || Model::find(&name).is_some() => {
            // A bare id can be counted, but not called.
            if host == Host::Bedrock && foundation(id).is_some() && *operation == Operation::Messages {
                return Err(host.refuse(
                    Problem::Invalid,
                    format!(
                        "Invocation of model ID {id} with on-demand throughput isn't supported. Retry your request with \
                         the ID or ARN of an inference profile that contains this model."
                    ),
                ));
            }
            Ok(name)
        }
        _ if any_model => Ok(id.to_owned()),
        _ => Err(unknown(host, id)),
    }
}

fn unknown(host: Host, id: &str) -> Refusal {
    let message = match host {
        Host::Bedrock => "The provided model identifier is invalid.".to_owned(),
        Host::Vertex => format!(
            "Publisher Model `publishers/anthropic/models/{id}` was not found or your project does not have access to \
             it. Please ensure you are using a valid model version."
        ),
        Host::Foundry => "The API deployment for this resource does not exist. If you created the deployment within \
                          the last 5 minutes, please wait a moment and try again."
            .to_owned(),
        // Anthropic answers itself.
        Host::Anthropic | Host::BedrockMantle | Host::ClaudePlatformAws | Host::GoogleCloud => {
            return Refusal::unknown_model(id);
        }
    };
    host.refuse(Problem::UnknownModel, message)
}

/// The regions of inference profiles.
const REGIONS: [&str; 6] = ["global.", "us.", "eu.", "jp.", "apac.", "au."];

/// Reads the id or the ARN of an inference profile or of a foundation model.
fn bedrock(id: &str) -> Option<String> {
    let id = match id.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":inference-profile/").or_else(|| arn.split_once(":foundation-model/"))?.1,
        None => id,
    };
    let id = REGIONS.iter().find_map(|region| id.strip_prefix(region)).unwrap_or(id);
    let id = id.strip_prefix("anthropic.")?;
    let name = unversioned(id);
    // The id of a model with snapshots contains the date and a version.
    let complete = Model::find(name).is_none_or(|model| match model.snapshot {
        Some(snapshot) => name == snapshot && name != id,
        None => true,
    });
    complete.then(|| name.to_owned())
}

/// Returns the id of a foundation model without an inference profile.
fn foundation(id: &str) -> Option<&str> {
    let id = match id.strip_prefix("arn:") {
        Some(arn) => arn.split_once(":foundation-model/")?.1,
        None => id,
    };
    id.strip_prefix("anthropic.")
}

/// Removes a version such as `-v1:0` or `-v1`.
fn unversioned(name: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match name.rsplit_once("-v") {
        Some((name, version)) if version.split(':').all(is_number) => name,
        _ => name,
    }
}

/// Reads a name that can have a version after an `@`.
fn vertex(id: &str) -> Option<String> {
    match id.split_once('@') {
        Some((name, "default")) => Some(name.to_owned()),
        Some((name, date)) => Some(format!("{name}-{date}")),
        None => (!is_dated(id)).then(|| id.to_owned()),
    }
}

/// Returns `true` if the name ends with a date, as first-party ids of snapshots do.
fn is_dated(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, date)| date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(host: Host, id: &str, operation: &Operation) -> Result<String, Refusal> {
        let aliases = [
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "claude-opus-5"),
            ("fast", "claude-haiku-4-5"),
        ];
        let aliases = aliases.map(|(name, model)| (name.to_owned(), model.to_owned())).into();
        first_party(&Settings { host, aliases, ..Settings::default() }, id, operation, false)
    }

    #[test]
    fn names_of_each_host_are_read() {
        for (host, id, expected) in [
            (Host::Bedrock, "us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001"),
            (Host::Bedrock, "global.anthropic.claude-opus-4-8", "claude-opus-4-8"),
            (Host::Bedrock, "eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
            (
                Host::Bedrock,
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-5",
                "claude-opus-5",
            ),
            (Host::Bedrock, "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", "claude-opus-5"),
            (Host::BedrockMantle, "anthropic.claude-haiku-4-5", "claude-haiku-4-5"),
            (Host::Vertex, "claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
            (Host::Vertex, "claude-opus-5", "claude-opus-5"),
            (Host::Vertex, "claude-opus-4-6@default", "claude-opus-4-6"),
            (Host::Foundry, "claude-opus-5", "claude-opus-5"),
            (Host::Foundry, "fast", "claude-haiku-4-5"),
            (Host::ClaudePlatformAws, "claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001"),
        ] {
            assert_eq!(read(host, id, &Operation::Messages).as_deref(), Ok(expected), "{host:?} {id}");
        }
    }

    #[test]
    fn names_of_other_hosts_are_unknown() {
        for (host, id) in [
            (Host::Bedrock, "claude-opus-5"),
            (Host::Bedrock, "us.anthropic.claude-haiku-4-5"),
            (Host::Bedrock, "us.anthropic.claude-haiku-4-5-20251001"),
            (Host::Bedrock, "mars.anthropic.claude-opus-5"),
            (Host::Bedrock, "arn:aws:bedrock:us-east-1:1:application-inference-profile/xyz"),
            (Host::BedrockMantle, "claude-opus-5"),
            (Host::BedrockMantle, "us.anthropic.claude-opus-5"),
            (Host::BedrockMantle, "anthropic.claude-haiku-4-5-20251001"),
            (Host::BedrockMantle, "anthropic.claude-haiku-4-5-20251001-v1:0"),
            (Host::Vertex, "claude-haiku-4-5-20251001"),
            (Host::Vertex, "anthropic.claude-opus-5"),
            (Host::Foundry, "slow"),
            (Host::GoogleCloud, "claude-opus-5@default"),
        ] {
            let refusal = read(host, id, &Operation::Messages).unwrap_err();
            let expected = if host == Host::Bedrock { 400 } else { 404 };
            assert_eq!(refusal.status, expected, "{host:?} {id}: {refusal:?}");
        }
    }

    #[test]
    fn bare_ids_are_counted_but_not_called() {
        for id in ["anthropic.claude-opus-5", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5"] {
            let refusal = read(Host::Bedrock, id, &Operation::Messages).unwrap_err();
            assert_eq!((refusal.status, refusal.kind), (400, "ValidationException"));
            assert!(refusal.message.contains("with on-demand throughput isn't supported"), "{}", refusal.message);
            assert_eq!(read(Host::Bedrock, id, &Operation::CountTokens).as_deref(), Ok("claude-opus-5"));
        }
    }
}
