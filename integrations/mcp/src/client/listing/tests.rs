//! Lists as bad servers send them.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::listed_tool::MOST_DESCRIPTION_BYTES;
use super::listing::{MOST_PAGES, MOST_PROBLEMS};
use super::*;

fn texts(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.text.as_str()).collect()
}

#[test]
fn malformed_tools_do_not_hide_others() {
    let page = read_page(&json!({"tools": [
        {"name": "good", "description": "Does good.", "inputSchema": {"type": "object"}},
        {"name": 7}, {"description": "no name"}, {"name": ""}, "text", null,
        {"name": "bare"},
        {"name": "odd", "description": 5, "title": ["x"], "annotations": {"readOnlyHint": "yes", "idempotentHint": true}},
        {"name": "task", "execution": {"taskSupport": "required"}},
        {"name": "huge", "description": "x".repeat(300_000)},
    ]}));
    let names: Vec<_> = page.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["good", "bare", "odd"]);
    assert_eq!(page.problems.len(), 10, "{:?}", page.problems);
    assert!(page.problems[1].text.starts_with("tool 3 of a page: it has no name"), "{:?}", page.problems[1]);
    let odd = &page.tools[2];
    assert_eq!((&odd.description, odd.annotations.read_only, odd.annotations.idempotent), (&None, None, Some(true)));
    assert_eq!(
        page.tools[0].approved,
        json!({
            "name": "good", "description": "Does good.", "inputSchema": {"type": "object"},
        })
    );
}

#[test]
fn an_answer_without_tools_is_a_problem() {
    for result in [json!({}), json!({"tools": {}}), json!(null), json!([])] {
        let page = read_page(&result);
        assert!(page.tools.is_empty() && page.problems.len() == 1, "{result}");
    }
}

#[test]
fn long_descriptions_are_cut() {
    let page = read_page(&json!({"tools": [{"name": "a", "description": "ä".repeat(5000)}]}));
    let description = page.tools[0].description.as_deref().unwrap();
    assert!(description.len() <= MOST_DESCRIPTION_BYTES && description.len() > 8000);
    assert_eq!(texts(&page.problems), ["its description has 10000 bytes; it is cut at 8192 bytes"]);
    // The fingerprint covers the whole text.
    assert_eq!(page.tools[0].approved["description"].as_str().unwrap().len(), 10_000);
}

#[test]
fn the_metadata_of_a_tool_is_kept() {
    let page = read_page(&json!({"tools": [{"name": "a", "_meta": {"anthropic/maxResultSizeChars": 500_000}}]}));
    assert_eq!(page.tools[0].meta, Some(json!({"anthropic/maxResultSizeChars": 500_000})));
}

fn page(names: &[&str], cursor: Option<&str>) -> Page {
    let tools: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    read_page(&json!({"tools": tools, "nextCursor": cursor}))
}

#[test]
fn pages_are_joined() {
    let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
    assert_eq!(listing.push(page(&["a"], Some("2"))), Next::Page("2".into()));
    assert_eq!(listing.push(page(&["b"], None)), Next::Done);
    let (tools, problems) = listing.finish();
    assert_eq!((tools.len(), problems.len()), (2, 0));
}

#[test]
fn bad_cursors_end_the_list() {
    let mut listing = Listing::new(9);
    assert_eq!(listing.push(page(&["a"], Some(""))), Next::Done);
    assert!(listing.finish().1[0].text.contains("empty cursor"));

    let mut listing = Listing::new(9);
    assert_eq!(listing.push(page(&["a"], Some("x"))), Next::Page("x".into()));
    assert_eq!(listing.push(page(&["b"], Some("x"))), Next::Done);
    let (tools, problems) = listing.finish();
    assert_eq!(tools.len(), 2);
    assert!(problems[0].text.contains("same cursor"));

    let number = read_page(&json!({"tools": [], "nextCursor": 5}));
    assert!(number.cursor.is_none() && number.problems[0].text.contains("not text"));
}

#[test]
fn names_are_used_once() {
    let mut listing = Listing::new(9);
    let result =
        json!({"tools": [{"name": "a", "title": "1"}, {"name": "a", "title": "1"}, {"name": "a", "title": "2"}]});
    listing.push(read_page(&result));
    let (tools, problems) = listing.finish();
    assert_eq!((tools.len(), tools[0].title.as_deref()), (1, Some("1")));
    assert_eq!(
        texts(&problems),
        ["it is listed twice", "another tool with this name is listed before; this one is left out"]
    );
}

#[test]
fn too_many_tools_are_left_out() {
    let mut listing = Listing::new(2);
    assert_eq!(listing.push(page(&["a", "b", "c", "d"], Some("2"))), Next::Done);
    let (tools, problems) = listing.finish();
    assert_eq!(tools.len(), 2);
    assert_eq!(
        texts(&problems),
        ["the server lists more than 2 tools; the rest is left out; call .max_tools(4) to use more"]
    );
}

#[test]
fn a_list_without_end_ends() {
    let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
    let pages = (0..9999).take_while(|n| listing.push(page(&[], Some(&format!("{n}")))) != Next::Done).count();
    assert_eq!(pages, MOST_PAGES - 1);
    let mut listing = Listing::new(DEFAULT_MAX_TOOLS);
    listing.push(read_page(&json!({"tools": vec![7; 1000]})));
    let (_, problems) = listing.finish();
    assert_eq!(problems.len(), MOST_PROBLEMS + 1);
    assert_eq!(problems[MOST_PROBLEMS].text, "there are 800 more problems");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from)
    ];
    let key = prop::sample::select(vec![
        "tools",
        "name",
        "title",
        "description",
        "inputSchema",
        "annotations",
        "readOnlyHint",
        "nextCursor",
        "_meta",
        "execution",
        "taskSupport",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..5)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_answer_can_be_read(results in prop::collection::vec(any_json(), 0..6)) {
        let mut listing = Listing::new(3);
        for result in &results {
            listing.push(read_page(result));
        }
        let (tools, _) = listing.finish();
        let names: HashSet<_> = tools.iter().map(|tool| &tool.name).collect();
        prop_assert!(names.len() == tools.len() && tools.len() <= 3);
    }
}
