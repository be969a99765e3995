//! The links of the Markdown pages: each relative link leads to a file, and each anchor to a heading.

use std::collections::BTreeMap;
use std::fs::read_to_string;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::support::files::files_below;

#[test]
fn relative_links_and_anchors_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = BTreeMap::new();
    let is_page = |path: &PathBuf| path.extension().is_some_and(|it| it == "md") || path.ends_with("llms.txt");
    for file in files_below(root).into_iter().filter(is_page) {
        let page = Page::read(&read_to_string(&file).unwrap());
        pages.insert(file.strip_prefix(root).unwrap().to_owned(), page);
    }
    assert!(pages.contains_key(Path::new("README.md")));
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in &page.links {
            if let Some(why) = problem(link, path, root, &pages) {
                broken.push(format!("{}: `{link}`: {why}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_broken_link_is_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page =
        Page::read("# One `two`\n\n[a](#one-two) [b](#three) [c](no-such.md) [d][e]\n\n[e]: README.md#nowhere\n");
    let pages = BTreeMap::from([(PathBuf::from("page.md"), page), (PathBuf::from("README.md"), Page::default())]);
    let (path, page) = pages.last_key_value().unwrap();
    let found = page.links.iter().map(|link| problem(link, path, root, &pages).is_some());
    assert_eq!(found.collect::<Vec<_>>(), [false, true, true, true]);
}

/// The parts of a page that links are about.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: Vec<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let earlier = page.anchors.iter().filter(|other| **other == anchor).count();
                    page.anchors.push(if earlier == 0 { anchor } else { format!("{anchor}-{earlier}") });
                }
                Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
                _ => {}
            }
        }
        page
    }
}

/// Returns the anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// Returns why a link does not work.
fn problem(link: &str, from: &Path, root: &Path, pages: &BTreeMap<PathBuf, Page>) -> Option<&'static str> {
    // Links to other hosts, and to items in rustdoc.
    let is_item = link.contains("::") || link.starts_with('`') || from.starts_with("claudette-core/src");
    if link.contains("://") || is_item {
        return None;
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { from.to_owned() } else { normal(&from.with_file_name("").join(file)) };
    if !file.is_empty() && !root.join(&target).exists() {
        return Some("the file does not exist");
    }
    let anchor = anchor?;
    let is_there = pages.get(&target).is_some_and(|page| page.anchors.iter().any(|other| other == anchor));
    (!is_there).then_some("the heading does not exist")
}

/// Returns the path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}
