//! The table of features and platforms in the page `hosts.md`.

use std::fmt::Write;
use std::fs::read_to_string;
use std::path::Path;

use claudette::catalog::{Feature, Platform};

const PLATFORMS: [(Platform, &str); 7] = [
    (Platform::Anthropic, "Anthropic"),
    (Platform::ClaudePlatformAws, "Claude Platform on AWS"),
    (Platform::GoogleCloud, "Claude on Google Cloud"),
    (Platform::Foundry, "Foundry"),
    (Platform::Bedrock, "Bedrock"),
    (Platform::BedrockMantle, "Mantle"),
    (Platform::Vertex, "Vertex AI"),
];

const FEATURES: [Feature; 29] = [
    Feature::WebSearch,
    Feature::FilteredWebSearch,
    Feature::WebFetch,
    Feature::CodeExecution,
    Feature::Skills,
    Feature::ProgrammaticCalls,
    Feature::ToolSearch,
    Feature::Advisor,
    Feature::DesktopToolsets,
    Feature::McpServers,
    Feature::PinnedMcpTools,
    Feature::UrlSources,
    Feature::Files,
    Feature::AutomaticCaching,
    Feature::CacheDiagnostics,
    Feature::Compaction,
    Feature::ThresholdCompaction,
    Feature::ContextEditing,
    Feature::TaskBudgets,
    Feature::Fallbacks,
    Feature::FastMode,
    Feature::InferenceGeo,
    Feature::TokenCounting,
    Feature::ModelList,
    Feature::Batches,
    Feature::SystemMessages,
    Feature::EffortChanges,
    Feature::ExpiringMessages,
    Feature::ToolChanges,
];

/// Returns the table.
pub(super) fn table() -> String {
    let names = PLATFORMS.map(|(_, name)| name).join(" | ");
    let mut table = format!("\n| Feature | {names} |\n|{}\n", "---|".repeat(PLATFORMS.len() + 1));
    for feature in FEATURES {
        let columns = PLATFORMS.map(|(platform, _)| if platform.supports(feature) { "yes" } else { "–" });
        writeln!(table, "| {feature} | {} |", columns.join(" | ")).unwrap();
    }
    table.push('\n');
    table
}

/// A new feature or platform has to be in the table.
#[test]
fn the_table_is_complete() {
    let source = |file: &str| {
        read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("claudette-core/src/catalog").join(file)).unwrap()
    };
    let variants = |source: &str, name: &str| -> Vec<String> {
        let body = source.split_once(&format!("pub enum {name} {{\n")).unwrap().1.split_once("\n}").unwrap().0;
        let lines = body.lines().map(str::trim);
        let mut names: Vec<_> = lines.filter_map(|line| line.strip_suffix(',')).map(str::to_owned).collect();
        names.sort();
        names
    };
    let mut features = FEATURES.map(|feature| format!("{feature:?}")).to_vec();
    features.sort();
    assert_eq!(variants(&source("feature.rs"), "Feature"), features);
    let mut platforms = PLATFORMS.map(|(platform, _)| format!("{platform:?}")).to_vec();
    platforms.sort();
    assert_eq!(variants(&source("platform.rs"), "Platform"), platforms);
}
