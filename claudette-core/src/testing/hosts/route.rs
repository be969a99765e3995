//! [`Route`]: the operation that a path names, with the values that the path contains.

use super::host::Host;
use super::segment;

/// An operation of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::testing) enum Operation {
    Messages,
    CountTokens,
    Models,
    Model(String),
}

/// The operation that a path names, with the values that the path contains.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) operation: Operation,
    pub(super) model: Option<String>,
    /// `true` if the path requests a stream; `None` if the body decides.
    pub(super) streamed: Option<bool>,
    pub(super) workspace: Option<String>,
}

impl Route {
    /// Returns the route of a request; `None` if the host does not have it.
    pub(super) fn of(host: Host, method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        match (host, segments.as_slice()) {
            (Host::Anthropic | Host::ClaudePlatformAws, path) => first_party(method, path).map(Self::from),
            (Host::BedrockMantle | Host::Foundry, ["anthropic", path @ ..]) => {
                let operation = first_party(method, path)?;
                matches!(operation, Operation::Messages | Operation::CountTokens).then(|| operation.into())
            }
            (Host::Bedrock, ["model", model, operation]) if method == "POST" => bedrock(model, operation),
            (
                Host::Vertex,
                ["v1", "projects", project, "locations", location, "publishers", "anthropic", "models", call],
            ) if method == "POST" => {
                segment::decode(project)?;
                segment::decode(location)?;
                vertex(call)
            }
            (
                Host::GoogleCloud,
                ["v1", "projects", project, "locations", location, "workspaces", workspace, "invoke", path @ ..],
            ) => {
                segment::decode(project)?;
                segment::decode(location)?;
                let workspace = segment::decode(workspace)?;
                Some(Self { workspace: Some(workspace), ..first_party(method, path)?.into() })
            }
            _ => None,
        }
    }
}

impl From<Operation> for Route {
    fn from(operation: Operation) -> Self {
        Self { operation, model: None, streamed: None, workspace: None }
    }
}

fn first_party(method: &str, path: &[&str]) -> Option<Operation> {
    match (method, path) {
        ("POST", ["v1", "messages"]) => Some(Operation::Messages),
        ("POST", ["v1", "messages", "count_tokens"]) => Some(Operation::CountTokens),
        ("GET", ["v1", "models"]) => Some(Operation::Models),
        ("GET", ["v1", "models", id]) => Some(Operation::Model((*id).to_owned())),
        _ => None,
    }
}

fn bedrock(model: &str, operation: &str) -> Option<Route> {
    let (operation, streamed) = match operation {
        "invoke" => (Operation::Messages, Some(false)),
        "invoke-with-response-stream" => (Operation::Messages, Some(true)),
        "count-tokens" => (Operation::CountTokens, None),
        _ => return None,
    };
    Some(Route { model: Some(segment::decode(model)?), streamed, ..operation.into() })
}

/// Reads the last segment: a model and a method.
fn vertex(call: &str) -> Option<Route> {
    let (model, method) = call.rsplit_once(':')?;
    let streamed = match method {
        "rawPredict" => false,
        "streamRawPredict" => true,
        _ => return None,
    };
    if model == "count-tokens" {
        return (!streamed).then(|| Operation::CountTokens.into());
    }
    // A `;` in the name of a model must be encoded.
    let model = (!model.contains(';')).then(|| segment::decode(model))??;
    Some(Route { model: Some(model), streamed: Some(streamed), ..Operation::Messages.into() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HOSTS: [Host; 7] = [
        Host::Anthropic,
        Host::Bedrock,
        Host::BedrockMantle,
        Host::ClaudePlatformAws,
        Host::Vertex,
        Host::GoogleCloud,
        Host::Foundry,
    ];

    const GOOGLE: &str = "/v1/projects/p/locations/global/workspaces/w/invoke";
    const VERTEX: &str = "/v1/projects/p/locations/l/publishers/anthropic/models";

    #[test]
    fn each_host_has_its_own_paths() {
        use Host::{Anthropic, Bedrock, BedrockMantle, ClaudePlatformAws, Foundry, GoogleCloud, Vertex};
        let google = |path: &str| format!("{GOOGLE}{path}");
        let vertex = |path: &str| format!("{VERTEX}/{path}");
        let cases: [(&str, String, &[Host]); 16] = [
            ("POST", "/v1/messages".into(), &[Anthropic, ClaudePlatformAws]),
            ("POST", "/v1/messages/count_tokens".into(), &[Anthropic, ClaudePlatformAws]),
            ("GET", "/v1/models".into(), &[Anthropic, ClaudePlatformAws]),
            ("POST", "/v1/messages/batches".into(), &[]),
            ("GET", "/v1/messages".into(), &[]),
            ("POST", "/anthropic/v1/messages".into(), &[BedrockMantle, Foundry]),
            ("POST", "/anthropic/v1/messages/count_tokens".into(), &[BedrockMantle, Foundry]),
            ("GET", "/anthropic/v1/models".into(), &[]),
            ("POST", "/model/m/invoke".into(), &[Bedrock]),
            ("POST", "/model/m/count-tokens".into(), &[Bedrock]),
            ("POST", "/model/../invoke".into(), &[]),
            ("GET", "/model/m/invoke".into(), &[]),
            ("POST", google("/v1/messages"), &[GoogleCloud]),
            ("GET", google("/v1/models/claude-opus-5"), &[GoogleCloud]),
            ("POST", vertex("m:rawPredict"), &[Vertex]),
            ("POST", vertex("count-tokens:rawPredict"), &[Vertex]),
        ];
        for (method, path, expected) in cases {
            let found: Vec<Host> = HOSTS.into_iter().filter(|host| Route::of(*host, method, &path).is_some()).collect();
            assert_eq!(found, expected, "{method} {path}");
        }
    }

    #[test]
    fn paths_contain_the_model_and_the_stream() {
        let arn = "/model/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fjf2sje1c0jnb/";
        let name = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/jf2sje1c0jnb";
        for (operation, streamed) in [("invoke", false), ("invoke-with-response-stream", true)] {
            let route = Route::of(Host::Bedrock, "POST", &format!("{arn}{operation}")).unwrap();
            assert_eq!((route.model.as_deref(), route.streamed), (Some(name), Some(streamed)));
        }
        let of_vertex = |call: &str| Route::of(Host::Vertex, "POST", &format!("{VERTEX}/{call}"));
        let route = of_vertex("claude-haiku-4-5@20251001:streamRawPredict").unwrap();
        assert_eq!((route.model.as_deref(), route.streamed), (Some("claude-haiku-4-5@20251001"), Some(true)));
        let route = of_vertex("we:ird%2Fmodel:rawPredict").unwrap();
        assert_eq!((route.model.as_deref(), route.streamed), (Some("we:ird/model"), Some(false)));
        for call in
            ["m", "m:predict", ":rawPredict", "..:rawPredict", "a;b:rawPredict", "count-tokens:streamRawPredict"]
        {
            assert_eq!(of_vertex(call), None, "{call}");
        }
        let route = Route::of(Host::GoogleCloud, "POST", &format!("{GOOGLE}/v1/messages")).unwrap();
        assert_eq!(route.workspace.as_deref(), Some("w"));
    }
}
