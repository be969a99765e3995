//! [`Index`]: ranks tools by the words of a query.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::synonyms::Synonyms;
use super::words::Stems;
use crate::tool::definition::ToolDefinition;

/// Reads a part of a definition.
type Field = fn(&ToolDefinition) -> String;

/// The parts of a definition, with the weight of one word in each.
const FIELDS: [(Field, f32); 3] = [
    (|tool| tool.name().to_owned(), NAME),
    (|tool| tool.description().to_owned(), DESCRIPTION),
    (arguments, ARGUMENTS),
];
const NAME: f32 = 1.6;
const DESCRIPTION: f32 = 1.0;
const ARGUMENTS: f32 = 0.6;

/// The weight of a synonym of a word in the query.
const SYNONYM: f32 = 0.5;

/// The weight of a word that replaces a phrase in the query.
const PHRASE: f32 = 0.7;

/// The rate at which further occurrences of a word lose their effect, and the discount of long texts. Texts of tools are
/// short, so the values are smaller than the usual ones.
const K1: f32 = 0.6;
const B: f32 = 0.5;

/// The words of tools, with the contribution of each word to the score of each tool.
///
/// The score is BM25F: BM25 over fields with weights ([Robertson and
/// Zaragoza](https://doi.org/10.1561/1500000019), section 3.6).
pub(super) struct Index {
    stems: Stems,
    synonyms: Synonyms,
    words: HashMap<String, Vec<Posting>>,
    tools: usize,
}

/// The score of a tool for one word.
struct Posting {
    tool: usize,
    score: f32,
}

impl Index {
    pub(super) fn new(tools: &[ToolDefinition]) -> Self {
        let stems = Stems::new();
        let read = |tool| FIELDS.map(|(field, _)| stems.of(&field(tool)).collect::<Vec<_>>());
        let texts: Vec<[Vec<String>; 3]> = tools.iter().map(read).collect();
        let total = |field: usize| texts.iter().map(|text| text[field].len()).sum::<usize>();
        let averages = [0, 1, 2].map(|field| total(field).max(1) as f32 / tools.len().max(1) as f32);
        let mut frequencies: HashMap<String, Vec<Posting>> = HashMap::new();
        for (tool, fields) in texts.into_iter().enumerate() {
            for ((words, (_, weight)), average) in fields.into_iter().zip(FIELDS).zip(averages) {
                let score = weight / (1.0 - B + B * words.len() as f32 / average);
                for word in words {
                    let postings = frequencies.entry(word).or_default();
                    match postings.last_mut() {
                        Some(posting) if posting.tool == tool => posting.score += score,
                        _ => postings.push(Posting { tool, score }),
                    }
                }
            }
        }
        for postings in frequencies.values_mut() {
            let found = postings.len() as f32;
            let rarity = ((tools.len() as f32 - found + 0.5) / (found + 0.5)).ln_1p();
            for posting in postings {
                posting.score = rarity * posting.score / (K1 + posting.score);
            }
        }
        Self { synonyms: Synonyms::new(&stems), stems, words: frequencies, tools: tools.len() }
    }

    /// Returns the positions of the best tools, the best one first. Tools without any word of the query are not found.
    pub(super) fn find(&self, query: &str, most: usize) -> Vec<usize> {
        let mut scores = vec![0.0_f32; self.tools];
        let mut best = vec![0.0_f32; self.tools];
        // A query with an address of a person is about one, though the address itself is not a known word.
        let address = if query.contains('@') { "address" } else { "" };
        let words: BTreeSet<String> = self.stems.of(query).chain(self.stems.of(address)).collect();
        let words = words.iter().map(|word| {
            let others = self.synonyms.of(word).iter().map(|other| (other, SYNONYM));
            others.chain([(word, 1.0)]).collect::<Vec<_>>()
        });
        let phrases = self.synonyms.of_phrases(&self.stems, query);
        let phrases = phrases.map(|others| others.iter().map(|other| (other, PHRASE)).collect());
        for meaning in words.chain(phrases) {
            for (word, weight) in meaning {
                for posting in self.words.get(word).into_iter().flatten() {
                    best[posting.tool] = best[posting.tool].max(weight * posting.score);
                }
            }
            // A tool with several words of the same meaning is not better than a tool with one of them.
            for (score, best) in scores.iter_mut().zip(&mut best) {
                *score += std::mem::take(best);
            }
        }
        let mut found: Vec<usize> = (0..self.tools).filter(|tool| scores[*tool] > 0.0).collect();
        found.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        found.truncate(most);
        found
    }
}

/// Returns the names and descriptions of the arguments, and the values from which the model chooses.
fn arguments(tool: &ToolDefinition) -> String {
    let mut words = Vec::new();
    if let Ok(schema) = serde_json::from_str(tool.input_schema().get()) {
        collect(&schema, &mut words);
    }
    words.join(" ")
}

fn collect(schema: &Value, words: &mut Vec<String>) {
    match schema {
        Value::Array(schemas) => schemas.iter().for_each(|schema| collect(schema, words)),
        Value::Object(schema) => {
            for (keyword, value) in schema {
                match (keyword.as_str(), value) {
                    ("description" | "const", Value::String(text)) => words.push(text.clone()),
                    ("enum", Value::Array(values)) => {
                        words.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    ("properties", Value::Object(properties)) => {
                        words.extend(properties.keys().cloned());
                        properties.values().for_each(|schema| collect(schema, words));
                    }
                    ("default" | "examples", _) => {}
                    _ => collect(value, words),
                }
            }
        }
        _ => {}
    }
}
