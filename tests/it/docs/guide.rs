//! The guide in `claudette-core/docs/`: its tables match the library, and every page is listed and compiled.
//!
//! `UPDATE_GOLDEN=1 cargo test --test it guide` updates the tables of the pages `models.md` and `hosts.md`. Read them
//! before you commit.

use std::fmt::Write;
use std::fs::{read_dir, read_to_string, write};
use std::path::PathBuf;

use claudette::Usage;
use claudette::catalog::{Cost, Model, Profile, ThinkingDefault};
use claudette::wire::ThinkingKind;
use serde_json::json;

use super::platforms;
use crate::support::files::rust_files_below;

const BEGIN: &str = "<!-- Written by `UPDATE_GOLDEN=1 cargo test --test it guide`. -->\n";
const END: &str = "<!-- The end of what is written. -->\n";

fn repository() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

#[test]
fn the_tables_match_the_library() {
    for (page, tables) in [("models.md", tables()), ("hosts.md", platforms::table())] {
        compare(page, &tables);
    }
}

/// Compares the part of a page between the markers with these tables, or writes them.
fn compare(page: &str, tables: &str) {
    let path = repository().join("claudette-core/docs").join(page);
    let page = read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a marker where the tables begin");
    let (written, after) = rest.split_once(END).expect("the page has a marker where the tables end");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write(&path, [before, BEGIN, tables, END, after].concat()).unwrap();
    } else {
        assert_eq!(written, tables, "{} is out of date; set UPDATE_GOLDEN=1 to update it", path.display());
    }
}

#[test]
fn every_page_is_compiled_and_listed() {
    let sources = ["lib.rs", "guide.rs"].map(|file| repository().join("claudette-core/src").join(file));
    let sources = sources.map(|file| read_to_string(file).unwrap()).concat();
    let contents = read_to_string(repository().join("claudette-core/docs/README.md")).unwrap();
    let mut pages = 0;
    for page in read_dir(repository().join("claudette-core/docs")).unwrap() {
        let page = page.unwrap().file_name().into_string().unwrap();
        if page != "README.md" {
            assert!(contents.contains(&format!("]: {page}\n")), "{page} is missing in claudette-core/docs/README.md");
            assert!(sources.contains(&format!("{page}\"")), "{page} is missing in claudette-core/src/guide.rs");
            pages += 1;
        }
    }
    assert!(pages > 0);
}

/// The pages that show programs of other libraries, which this project does not compile.
const FOREIGN: [&str; 1] = ["from-other-crates.md"];

/// A fragment that no doc test of this package compiles must be part of a program that is compiled elsewhere: an example,
/// or the README of a package, whose programs are its doc tests.
#[test]
fn fragments_are_parts_of_compiled_programs() {
    let lines = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let folders = ["examples", "integrations", "bench/compare/clients/rig/src/bin"];
    let files = folders.iter().flat_map(|folder| rust_files_below(&repository().join(folder)));
    let packages = read_dir(repository().join("integrations")).unwrap().map(|package| package.unwrap().path());
    let readmes = packages.map(|package| package.join("README.md")).filter(|readme| readme.exists());
    let programs = lines(&files.chain(readmes).map(|path| read_to_string(path).unwrap()).collect::<String>());
    let mut fragments = 0;
    for page in read_dir(repository().join("claudette-core/docs")).unwrap() {
        let page = page.unwrap();
        if FOREIGN.iter().any(|foreign| page.file_name() == *foreign) {
            continue;
        }
        for fragment in read_to_string(page.path()).unwrap().split("```rust,ignore\n").skip(1) {
            let fragment = lines(fragment.split("\n```").next().unwrap());
            assert!(
                programs.contains(&fragment),
                "{}: no compiled program contains\n{fragment}",
                page.path().display()
            );
            fragments += 1;
        }
    }
    assert!(fragments > 0);
}

#[test]
fn no_page_has_hidden_lines() {
    let pages = read_dir(repository().join("claudette-core/docs")).unwrap().map(|page| page.unwrap().path());
    let others = ["README.md", "AGENTS.md", "llms.txt", "claudette-core/src/tool/tool.md"];
    for path in pages.chain(others.map(|page| repository().join(page))) {
        // The text between the fences is at odd places.
        for program in read_to_string(&path).unwrap().split("\n```").skip(1).step_by(2) {
            let is_hidden = |line: &str| line == "#" || line.starts_with("# ");
            let is_program = program.starts_with('\n') || program.starts_with("rust");
            let is_fine = !is_program || !program.lines().any(is_hidden);
            assert!(is_fine, "{}: GitHub shows hidden lines:\n{program}", path.display());
        }
    }
}

/// Returns the tables of the models: sizes and prices, thinking, and supported features.
fn tables() -> String {
    let models = models();
    let sizes = table(
        "Model | Context | Most output | Input | Output | Cache read | Cached from",
        &models,
        |model, profile| {
            let (context, output) = (profile.context_window().unwrap(), profile.max_output().unwrap());
            let [input, written, read] = prices(model);
            let least = profile.min_cache_tokens().unwrap();
            format!("{} | {} | {input} | {written} | {read} | {}", grouped(context), grouped(output), grouped(least))
        },
    );
    let thinking = table("Model | Thinks | Kinds | Effort", &models, |_, profile| {
        let thinks = match profile.thinking_default() {
            ThinkingDefault::Off => "no",
            ThinkingDefault::On => "yes",
            ThinkingDefault::Always => "always",
            other => panic!("{other:?} has no word here"),
        };
        let kinds: Vec<&str> = profile.thinking_kinds().iter().map(ThinkingKind::as_str).collect();
        let efforts: Vec<String> =
            profile
                .efforts()
                .iter()
                .map(|effort| {
                    if profile.default_effort() == Some(effort) { format!("**{effort}**") } else { effort.to_string() }
                })
                .collect();
        format!(
            "{thinks} | {} | {}",
            kinds.join(", "),
            if efforts.is_empty() { "–".into() } else { efforts.join(", ") }
        )
    });
    let takes = table("Model | Prefill | Sampling | Forced call | Schema | System | As of", &models, |_, profile| {
        let columns = [
            profile.takes_prefill(),
            profile.takes_sampling(),
            profile.takes_forced_tool_choice(),
            profile.takes_structured_outputs(),
            profile.takes_system_messages(),
        ];
        format!("{} | {}", columns.map(yes_or_dash).join(" | "), profile.as_of().unwrap())
    });
    let runs = table("Model | Compaction | Task budget | Keeps thinking | Binds thinking", &models, |_, profile| {
        let columns = [
            profile.takes_compaction(),
            profile.takes_task_budget(),
            profile.preserves_thinking(),
            profile.binds_thinking(),
        ];
        columns.map(yes_or_dash).join(" | ")
    });
    format!("\n{sizes}\n{thinking}\n{takes}\n{runs}\n")
}

/// Returns the models that have a constant, read from the source: a new model has to be in the tables.
fn models() -> Vec<Model> {
    let source = read_to_string(repository().join("claudette-core/src/catalog/model.rs")).unwrap();
    let id = |line: &str| Some(line.trim().strip_suffix("\";")?.split_once(" = \"")?.1.to_owned());
    let models: Vec<Model> = source.lines().filter_map(id).map(Model::from).collect();
    assert!(models.contains(&Model::SONNET_5_5) && models.contains(&Model::SONNET_4_5), "{models:?}");
    models
}

fn yes_or_dash(takes: bool) -> &'static str {
    if takes { "yes" } else { "–" }
}

fn table(head: &str, models: &[Model], row: impl Fn(&Model, &Profile) -> String) -> String {
    let mut table = format!("| {head} |\n|{}\n", "---|".repeat(head.split('|').count()));
    for model in models {
        let profile = model.profile().unwrap_or_else(|| panic!("{model} has no profile"));
        writeln!(table, "| `{model}` | {} |", row(model, profile)).unwrap();
    }
    table
}

/// Returns the prices in dollars of a million tokens of input, output and cache reads. Different prices for long
/// prompts are in parentheses.
fn prices(model: &Model) -> [String; 3] {
    let of = |tokens: u64| {
        let usage = json!({"input_tokens": tokens, "output_tokens": tokens, "cache_read_input_tokens": tokens});
        let usage: Usage = serde_json::from_value(usage).unwrap();
        let cost = Cost::of(model.as_str(), &usage).unwrap_or_else(|| panic!("{model} has no price"));
        [cost.input, cost.output, cost.cache].map(|dollars| format!("${:.2}", dollars / tokens as f64 * 1e6))
    };
    let (short, long) = (of(1_000), of(1_000_000));
    [0, 1, 2].map(|part: usize| match (&short[part], &long[part]) {
        (short, long) if short == long => short.clone(),
        (short, long) => format!("{short} ({long})"),
    })
}

/// Formats `128000` as `128,000`.
fn grouped(count: u64) -> String {
    match count / 1_000 {
        0 => count.to_string(),
        more => format!("{},{:03}", grouped(more), count % 1_000),
    }
}
