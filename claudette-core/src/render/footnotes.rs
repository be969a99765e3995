//! [`Footnotes`]: the citations of a text as numbered footnotes, with the quoted words of each source.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use crate::messages::{Block, Citation, ContentBlock, Text};

/// The citations of blocks as footnotes: each source and quote once, with a number that the text itself does not use.
#[derive(Debug, Default)]
pub(crate) struct Footnotes {
    notes: Vec<(usize, String)>,
    places: HashMap<String, usize>,
}

impl Footnotes {
    /// Collects the footnotes of these blocks, in the order of the citations. Does not allocate if there are no
    /// citations.
    pub(crate) fn of<'a>(blocks: impl Iterator<Item = &'a ContentBlock> + Clone) -> Self {
        let (mut notes, mut places) = (Vec::new(), HashMap::new());
        for citation in citations(blocks.clone()) {
            places.entry(note(citation)).or_insert_with_key(|note: &String| {
                notes.push(note.clone());
                notes.len() - 1
            });
        }
        if notes.is_empty() {
            return Self::default();
        }
        let text: String = blocks.filter_map(ContentBlock::as_text).collect();
        let taken: HashSet<&str> = notes.iter().chain([&text]).flat_map(|text| labels(text)).collect();
        let free = (1..).filter(|number: &usize| !taken.contains(&*number.to_string()));
        let numbers: Vec<usize> = free.take(notes.len()).collect();
        Self { notes: numbers.into_iter().zip(notes).collect(), places }
    }

    /// Writes the text, with the numbers of its footnotes after the last word.
    pub(crate) fn write(&self, out: &mut impl fmt::Write, text: &Text) -> fmt::Result {
        if text.citations().is_empty() {
            return out.write_str(text.text());
        }
        let (words, space) = text.text().split_at(text.text().trim_end().len());
        out.write_str(words)?;
        // A number on the same line would prevent the code block from ending there.
        let gap = if words.ends_with("```") || words.ends_with("~~~") { "\n" } else { " " };
        let mut marked = HashSet::new();
        for place in text.citations().iter().filter_map(|citation| self.place(citation)) {
            if marked.insert(place) {
                write!(out, "{}[^{}]", if marked.len() == 1 { gap } else { " " }, self.notes[place].0)?;
            }
        }
        out.write_str(space)
    }

    /// Returns the joined texts of the blocks, with footnote numbers.
    pub(crate) fn marked(&self, blocks: &[ContentBlock]) -> String {
        let mut out = String::new();
        for text in blocks.iter().filter_map(Text::of) {
            // Writing to a string cannot fail.
            let _ = self.write(&mut out, text);
        }
        out
    }

    /// Returns the number of footnotes.
    pub(crate) fn len(&self) -> usize {
        self.notes.len()
    }

    /// Returns the footnotes in a range of positions, each as a line.
    pub(crate) fn lines(&self, places: Range<usize>) -> impl Iterator<Item = String> {
        self.notes[places].iter().map(|(number, note)| format!("[^{number}]: {note}"))
    }

    /// Returns the position of the footnote for a citation.
    pub(crate) fn place(&self, citation: &Citation) -> Option<usize> {
        self.places.get(&note(citation)).copied()
    }
}

/// Returns the citations of all text blocks.
pub(crate) fn citations<'a>(blocks: impl Iterator<Item = &'a ContentBlock>) -> impl Iterator<Item = &'a Citation> {
    blocks.filter_map(Text::of).flat_map(Text::citations)
}

/// Returns the source and the quoted words in one line, such as `https://example.com "The words."`.
///
/// With a URL, the line is also a valid link definition, for renderers without support for footnotes.
fn note(citation: &Citation) -> String {
    // All kinds of citations use the same names of fields, including unknown kinds.
    let fields = serde_json::to_value(citation).unwrap_or_default();
    let words = |name: &str| {
        let words = fields.get(name)?.as_str()?.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(words).filter(|words| !words.is_empty())
    };
    let document = || Some(format!("document {}", fields.get("document_index")?.as_u64()?.saturating_add(1)));
    let source = words("url")
        .or_else(|| words("source").filter(|source| source.contains("://")))
        .or_else(|| words("title"))
        .or_else(|| words("document_title"))
        .or_else(|| words("source"))
        .or_else(|| words("file_id"))
        .or_else(document)
        .or_else(|| words("type"))
        .unwrap_or_else(|| "unknown source".into());
    match words("cited_text") {
        Some(quote) => format!(r#"{source} "{}""#, quote.replace('\\', r"\\").replace('"', r#"\""#)),
        None => source,
    }
}

/// Returns the contents of each `[^…]` in the text.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    text.split("[^").skip(1).filter_map(|rest| Some(rest.split_once(']')?.0))
}
