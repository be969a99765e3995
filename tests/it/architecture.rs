//! The top-level modules of the library import each other in one direction only, and files have no import cycles.

mod imports;
mod planted;
mod source;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use self::imports::{Import, imports};
use crate::support::files::rust_files_below;

/// A top-level module: its name, its folders and files directly below `src`, and the modules that it may import.
type TopModule = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The modules, each after those that it may import.
const MODULES: &[TopModule] = &[
    ("trace", &["trace"], &[]),
    ("task", &["task"], &["trace"]),
    ("display", &["display"], &["trace", "task"]),
    ("error", &["error"], &["trace", "task", "display"]),
    ("json", &["json"], &["trace", "task", "display", "error"]),
    ("messages", &["messages"], &["trace", "task", "display", "error", "json"]),
    ("catalog", &["catalog"], &["trace", "task", "display", "error", "json", "messages"]),
    ("media", &["media"], &["trace", "task", "display", "error", "json", "messages"]),
    ("render", &["render"], &["trace", "task", "display", "error", "json", "messages"]),
    ("tool", &["tool"], &["trace", "task", "display", "error", "json", "messages", "catalog", "media", "render"]),
    (
        "client",
        &["client"],
        &["trace", "task", "display", "error", "json", "messages", "catalog", "media", "render", "tool"],
    ),
    (
        "chat",
        &["chat"],
        &["trace", "task", "display", "error", "json", "messages", "catalog", "media", "render", "tool", "client"],
    ),
    (
        "structured",
        &["structured"],
        &[
            "trace", "task", "display", "error", "json", "messages", "catalog", "media", "render", "tool", "client",
            "chat",
        ],
    ),
    ("evcxr", &["evcxr"], &["messages", "catalog", "render", "tool", "chat"]),
    // `MockServer::client()` returns a `Result<Client>`.
    ("testing", &["testing"], &["client", "error"]),
];

/// Modules that re-export the others and may import everything. No other module imports them.
const UNRESTRICTED: &[&str] = &["lib", "private", "guide"];

/// Known imports in the wrong direction: `from`, `to`.
const KNOWN_DIRECTIONS: &[(&str, &str)] = &[];

/// Blocks contain content, and content contains blocks, so these types contain each other. No other import cycle is
/// allowed.
const RECURSIVE_TYPES: &[(&str, &str)] = &[
    ("messages/content/document.rs", "messages/content/content_block.rs"),
    ("messages/content/result_content.rs", "messages/content/content_block.rs"),
    ("messages/content/search_result.rs", "messages/content/content_block.rs"),
    ("messages/content/source.rs", "messages/content/content_block.rs"),
    ("messages/content/tool_result.rs", "messages/content/content_block.rs"),
];

/// Returns a paragraph for each violation.
fn violations(files: &[(&str, &str)], known_directions: &[(&str, &str)], known_cycles: &[(&str, &str)]) -> Vec<String> {
    let imports = imports(files);
    let mut found = unknown_modules(files);
    found.extend(wrong_directions(&imports, known_directions));
    found.extend(cycles(&imports, known_cycles));
    found
}

/// Returns the name of the folder or file directly below `src`.
fn top(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

fn module(file: &str) -> Option<&'static TopModule> {
    MODULES.iter().find(|(_, members, _)| members.contains(&top(file)))
}

fn unknown_modules(files: &[(&str, &str)]) -> Vec<String> {
    let tops: BTreeSet<&str> = files.iter().map(|(file, _)| top(file)).collect();
    let unknown = tops.into_iter().filter(|top| module(top).is_none() && !UNRESTRICTED.contains(top));
    unknown
        .map(|top| format!("`{top}` is not part of a module; add it to `MODULES` in tests/it/architecture.rs"))
        .collect()
}

fn wrong_directions(imports: &[Import], known: &[(&str, &str)]) -> Vec<String> {
    let wrong: Vec<&Import> = imports.iter().filter(|import| !is_allowed(import)).collect();
    let new = wrong.iter().filter(|import| !is_known(import, known)).map(|import| {
        let name = |file| module(file).map_or("src", |(name, ..)| name);
        format!(
            "{} names `{}`, which is in {}: `{}` must not import `{}`; move the code to that module, or pass \
                          the value as an argument",
            place(import),
            import.path,
            import.to,
            name(&import.from),
            name(&import.to),
        )
    });
    let gone = known.iter().filter(|known| !wrong.iter().any(|import| is_known(import, &[**known])));
    new.chain(gone.map(|(from, to)| format!("{from} no longer imports {to}; remove the pair from `KNOWN_DIRECTIONS`")))
        .collect()
}

fn is_allowed(import: &Import) -> bool {
    if UNRESTRICTED.contains(&top(&import.from)) {
        return true;
    }
    let (Some((from, _, may)), Some((to, ..))) = (module(&import.from), module(&import.to)) else {
        // A file outside all modules is reported separately.
        return !UNRESTRICTED.contains(&top(&import.to));
    };
    from == to || may.contains(to)
}

fn is_known(import: &Import, known: &[(&str, &str)]) -> bool {
    known.contains(&(import.from.as_str(), import.to.as_str()))
}

fn place(import: &Import) -> String {
    format!("claudette-core/src/{}:{}", import.from, import.line)
}

fn cycles(imports: &[Import], known: &[(&str, &str)]) -> Vec<String> {
    // Modules that may import everything are not part of cycles.
    let counted: Vec<&Import> = imports.iter().filter(|import| !UNRESTRICTED.contains(&top(&import.from))).collect();
    let rest: Vec<&Import> = counted.iter().copied().filter(|import| !is_known(import, known)).collect();
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for import in &rest {
        // At most one cycle is reported for each file.
        if reported.contains(import.from.as_str()) {
            continue;
        }
        if let Some(back) = chain(&rest, &import.to, &import.from) {
            let mut text =
                "files import each other in a cycle; move shared items to a separate file, or move an `impl` \
                                                        to the file of its return type:"
                    .to_owned();
            for import in std::iter::once(import).chain(&back) {
                reported.insert(&import.from);
                let _ = write!(text, "\n  {} names `{}`, which is in {}", place(import), import.path, import.to);
            }
            found.push(text);
        }
    }
    let gone = known.iter().filter(|(from, to)| {
        !counted.iter().any(|import| import.from == *from && import.to == *to) || chain(&counted, to, from).is_none()
    });
    found.extend(
        gone.map(|(from, to)| format!("{from} and {to} are not in a cycle; remove the pair from `RECURSIVE_TYPES`")),
    );
    found
}

/// Returns the shortest chain of imports.
fn chain<'a>(imports: &[&'a Import], from: &str, to: &str) -> Option<Vec<&'a Import>> {
    let mut by: BTreeMap<&str, Vec<&'a Import>> = BTreeMap::new();
    for &import in imports {
        by.entry(import.from.as_str()).or_default().push(import);
    }
    let mut reached: BTreeMap<&str, &'a Import> = BTreeMap::new();
    let mut waiting = VecDeque::from([from]);
    while let Some(file) = waiting.pop_front() {
        for &import in by.get(file).into_iter().flatten() {
            if import.to != from && !reached.contains_key(import.to.as_str()) {
                reached.insert(&import.to, import);
                waiting.push_back(&import.to);
            }
        }
    }
    let mut chain = Vec::new();
    let mut file = to;
    while file != from {
        let import = reached.get(file)?;
        chain.push(*import);
        file = &import.from;
    }
    chain.reverse();
    Some(chain)
}

#[test]
fn modules_import_in_one_direction_and_files_without_cycles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("claudette-core/src");
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (name, std::fs::read_to_string(path).unwrap())
    };
    let files: Vec<(String, String)> = rust_files_below(&root).iter().map(read).collect();
    assert!(files.len() > 100, "{} files below {}", files.len(), root.display());
    let files: Vec<(&str, &str)> = files.iter().map(|(name, source)| (name.as_str(), source.as_str())).collect();
    let found = violations(&files, KNOWN_DIRECTIONS, RECURSIVE_TYPES);
    assert!(found.is_empty(), "{} violations\n\n{}", found.len(), found.join("\n\n"));
}
