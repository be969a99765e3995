//! The hosts of the Messages API besides api.anthropic.com, and the interface for others.

mod aws;
mod bedrock_mantle;
mod claude_platform_aws;
mod form;
mod foundry;
mod google;
mod google_cloud;
mod host;
mod operation;
mod path;
mod reason;
mod setting;
mod vertex;

pub use self::bedrock_mantle::{BedrockMantle, BedrockMantleBuilder};
pub use self::claude_platform_aws::{ClaudePlatformAws, ClaudePlatformAwsBuilder};
pub use self::form::Form;
pub use self::foundry::{Foundry, FoundryBuilder};
pub use self::google_cloud::{GoogleCloud, GoogleCloudBuilder};
pub use self::host::Host;
pub use self::operation::{Operation, OperationKind};
pub use self::setting::{label, setting};
pub use self::vertex::{Vertex, VertexBuilder};
