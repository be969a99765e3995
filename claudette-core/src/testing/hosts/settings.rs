//! [`Settings`]: the host that the server plays, and what it accepts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::host::Host;
use crate::testing::recorded_request::RecordedRequest;

/// A check of the credentials of a request. The error is its reason.
pub(in crate::testing) type Verify = Arc<dyn Fn(&RecordedRequest) -> Result<(), String> + Send + Sync>;

/// The host that the server plays, and what it accepts.
#[derive(Clone, Default)]
pub(in crate::testing) struct Settings {
    pub(in crate::testing) host: Host,
    /// The only workspace that is accepted; `None` accepts any workspace.
    pub(super) workspace: Option<String>,
    /// The models of other names, such as deployments.
    pub(super) aliases: BTreeMap<String, String>,
    /// Replaces the check of the structure of signatures.
    pub(super) verify: Option<Verify>,
}

impl Settings {
    /// Returns the base URL for a client of this host.
    pub(in crate::testing) fn base_url(&self, url: &str) -> String {
        match self.host {
            Host::Anthropic | Host::Bedrock | Host::ClaudePlatformAws => url.to_owned(),
            Host::BedrockMantle | Host::Foundry => format!("{url}/anthropic"),
            Host::Vertex => format!("{url}/v1"),
            Host::GoogleCloud => {
                let workspace = self.workspace.as_deref().unwrap_or("wrkspc_mock");
                format!("{url}/v1/projects/mock-project/locations/global/workspaces/{workspace}/invoke")
            }
        }
    }
}
