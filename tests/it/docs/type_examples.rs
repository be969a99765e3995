//! The types that every user meets have an example in their documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::read_to_string;
use std::path::Path;

use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta, Visibility};

use crate::support::files::rust_files_below;

/// The types that need an example.
const TYPES: &[&str] = &[
    "Action",
    "AgentTool",
    "Amount",
    "Answer",
    "Approval",
    "BuiltinTool",
    "CacheControl",
    "Chat",
    "ChatBuilder",
    "ChatState",
    "Client",
    "ClientBuilder",
    "ContentBlock",
    "Cost",
    "CostReport",
    "Credentials",
    "Document",
    "EndReason",
    "Error",
    "Event",
    "Events",
    "History",
    "Hook",
    "HttpTransport",
    "Image",
    "Inbox",
    "Input",
    "LoopOptions",
    "Message",
    "MockResponse",
    "MockServer",
    "Model",
    "NextApproval",
    "NextCall",
    "NextRequest",
    "NextRun",
    "Price",
    "Profile",
    "Prompt",
    "Request",
    "RequestOptions",
    "RequestPlan",
    "Reservation",
    "Response",
    "Run",
    "RunStart",
    "SendMessage",
    "State",
    "Step",
    "StepId",
    "StopReason",
    "Structured",
    "SubAgentEvent",
    "System",
    "TextEditor",
    "ThinkingConfig",
    "Tool",
    "ToolAnnotations",
    "ToolChoice",
    "ToolContext",
    "ToolContextBuilder",
    "ToolDefinition",
    "ToolError",
    "ToolFn",
    "ToolLoop",
    "ToolOutcome",
    "ToolOutput",
    "ToolSearch",
    "Toolset",
    "ToolUse",
    "Transport",
    "TypedCall",
    "Usage",
];

#[test]
fn each_type_that_users_meet_has_an_example() {
    let documentation = documentation_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("claudette-core/src"));
    let unknown: Vec<_> = TYPES.iter().filter(|name| !documentation.contains_key(**name)).collect();
    assert!(unknown.is_empty(), "not public types of the library: {unknown:?}");
    let without: BTreeSet<_> = TYPES.iter().filter(|name| !has_example(&documentation[**name])).collect();
    assert!(without.is_empty(), "no example in the documentation of {without:?}");
}

#[test]
fn text_and_ignored_code_are_not_examples() {
    assert!(has_example(" A type.\n\n ```\n let one = 1;\n ```"));
    assert!(has_example(" ```no_run\n let one = 1;\n ```"));
    assert!(!has_example(" A type."));
    assert!(!has_example(" ```text\n one\n ```"));
    assert!(!has_example(" ```ignore\n let one = 1;\n ```"));
}

/// Whether the documentation contains a program that rustdoc compiles.
fn has_example(documentation: &str) -> bool {
    let mut fences = documentation.lines().map(str::trim).filter_map(|line| line.strip_prefix("```")).step_by(2);
    fences.any(|language| language.split(',').all(|word| ["", "rust", "no_run", "should_panic"].contains(&word)))
}

/// Returns the documentation of the public types below a folder, by their names.
fn documentation_below(folder: &Path) -> BTreeMap<String, String> {
    let mut documentation: BTreeMap<String, String> = BTreeMap::new();
    for path in rust_files_below(folder) {
        let file = syn::parse_file(&read_to_string(&path).unwrap()).unwrap();
        for item in file.items {
            let (visibility, name, attributes) = match item {
                Item::Struct(item) => (item.vis, item.ident, item.attrs),
                Item::Enum(item) => (item.vis, item.ident, item.attrs),
                Item::Trait(item) => (item.vis, item.ident, item.attrs),
                _ => continue,
            };
            if matches!(visibility, Visibility::Public(_)) {
                documentation.entry(name.to_string()).or_default().push_str(&text(&attributes));
            }
        }
    }
    documentation
}

/// Returns the text of the doc comments.
fn text(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(line), .. }) => Some(line.value() + "\n"),
            _ => None,
        },
        _ => None,
    });
    lines.collect()
}
