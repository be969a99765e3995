//! [`Index`]: ranks tools by the words of a query.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::synonyms::Synonyms;
use super::words::split;
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
const ARGUMENTS: f32 = 0.5;

/// The rate at which further occurrences of a word lose their effect, and the discount of long texts. Texts of tools are
/// short, so the values are smaller than the usual ones.
const K1: f32 = 0.6;
const B: f32 = 0.5;

/// The weight of the group of a tool, beside the tool itself.
const GROUP: f32 = 0.8;

/// The share of the tools of a group at which a word has half of its effect, and the number by which a group counts as
/// larger, so that one tool of a small group is not the whole group.
const HALF: f32 = 0.3;
const LARGER: f32 = 3.0;

/// Tools with a smaller part of the best score are not found, apart from the first [`LEAST`] ones. A clear query thus
/// finds few tools, and an unclear query finds more.
const PART: f32 = 0.6;
const LEAST: usize = 3;

/// The words of tools, with the contribution of each word to the score of each tool.
///
/// The score is BM25F: BM25 over fields with weights ([Robertson and
/// Zaragoza](https://doi.org/10.1561/1500000019), section 3.6). The tools whose names begin with the same word are a
/// group, such as `calendar`. A query with words of many tools of a group is about this group, so all of its tools that
/// have a word of the query get a better score.
pub(super) struct Index {
    tools: Postings,
    groups: Postings,
    /// The group of each tool.
    group: Vec<usize>,
}

impl Index {
    pub(super) fn new(tools: &[ToolDefinition]) -> Self {
        let stems = Synonyms::get().stems();
        let read = |tool| FIELDS.map(|(field, _)| stems.of(&field(tool)).collect::<Vec<_>>());
        let texts: Vec<[Vec<String>; 3]> = tools.iter().map(read).collect();
        let mut names = BTreeMap::new();
        let group: Vec<usize> = tools.iter().map(|tool| number(first_word(tool), &mut names)).collect();
        Self { groups: groups(&texts, &group, names.len()), tools: words(texts), group }
    }

    /// Returns the positions of the best tools, the best one first. Tools without any word of the query are not found.
    pub(super) fn find(&self, query: &str, most: usize) -> Vec<usize> {
        let mut tools = Scores::new(&self.tools);
        let mut groups = Scores::new(&self.groups);
        Synonyms::get().each_meaning(query, |meaning| {
            tools.add(&meaning);
            groups.add(&meaning);
        });
        let mut scores = tools.sums;
        for (score, group) in scores.iter_mut().zip(&self.group) {
            if *score > 0.0 {
                *score += GROUP * groups.sums[*group];
            }
        }
        let mut found: Vec<usize> = (0..scores.len()).filter(|tool| scores[*tool] > 0.0).collect();
        found.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
        let enough = found.first().map_or(0.0, |best| PART * scores[*best]);
        let count = found.iter().take_while(|tool| scores[**tool] >= enough).count();
        found.truncate(count.max(LEAST).min(most));
        found
    }
}

/// For each word, the texts that contain it, with the contribution of the word to the score of the text.
struct Postings {
    words: HashMap<String, Vec<(usize, f32)>>,
    texts: usize,
}

impl Postings {
    /// Makes postings from the frequency of each word in each text. `half` is the frequency with half of the effect.
    fn new(mut words: HashMap<String, Vec<(usize, f32)>>, texts: usize, half: f32) -> Self {
        for postings in words.values_mut() {
            let found = postings.len() as f32;
            let rarity = ((texts as f32 - found + 0.5) / (found + 0.5)).ln_1p();
            for (_, score) in postings {
                *score = rarity * *score / (half + *score);
            }
        }
        Self { words, texts }
    }
}

/// The scores of the texts for one query.
struct Scores<'p> {
    postings: &'p Postings,
    sums: Vec<f32>,
    /// The scores for one meaning. They are zero between two meanings.
    best: Vec<f32>,
}

impl<'p> Scores<'p> {
    fn new(postings: &'p Postings) -> Self {
        Self { postings, sums: vec![0.0; postings.texts], best: vec![0.0; postings.texts] }
    }

    /// Adds the score of the best word of a meaning. A text with several words of the same meaning is not better than a
    /// text with one of them.
    fn add(&mut self, meaning: &[(&str, f32)]) {
        for (word, weight) in meaning {
            for (text, score) in self.postings.words.get(*word).into_iter().flatten() {
                self.best[*text] = self.best[*text].max(weight * score);
            }
        }
        for (sum, best) in self.sums.iter_mut().zip(&mut self.best) {
            *sum += std::mem::take(best);
        }
    }
}

/// Returns the words of the tools.
fn words(texts: Vec<[Vec<String>; 3]>) -> Postings {
    let tools = texts.len();
    let total = |field: usize| texts.iter().map(|text| text[field].len()).sum::<usize>();
    let averages = [0, 1, 2].map(|field| total(field).max(1) as f32 / tools.max(1) as f32);
    let mut frequencies: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
    for (tool, fields) in texts.into_iter().enumerate() {
        for ((words, (_, weight)), average) in fields.into_iter().zip(FIELDS).zip(averages) {
            let score = weight / (1.0 - B + B * words.len() as f32 / average);
            for word in words {
                add(frequencies.entry(word).or_default(), tool, score);
            }
        }
    }
    Postings::new(frequencies, tools, K1)
}

/// Returns the words in the names and descriptions of the groups, with the share of the tools that have them.
fn groups(texts: &[[Vec<String>; 3]], group: &[usize], groups: usize) -> Postings {
    let mut members = vec![BTreeMap::<&str, f32>::new(); groups];
    let mut sizes = vec![LARGER; groups];
    for ([name, description, _], group) in texts.iter().zip(group) {
        sizes[*group] += 1.0;
        for word in name.iter().chain(description).collect::<BTreeSet<_>>() {
            *members[*group].entry(word).or_default() += 1.0;
        }
    }
    let mut shares: HashMap<String, Vec<(usize, f32)>> = HashMap::new();
    for (group, words) in members.into_iter().enumerate() {
        for (word, tools) in words {
            shares.entry(word.to_owned()).or_default().push((group, tools / sizes[group]));
        }
    }
    Postings::new(shares, groups, HALF)
}

/// Adds to the score of the last text.
fn add(postings: &mut Vec<(usize, f32)>, text: usize, score: f32) {
    match postings.last_mut() {
        Some((last, sum)) if *last == text => *sum += score,
        _ => postings.push((text, score)),
    }
}

/// Returns the first word of the name of a tool.
fn first_word(tool: &ToolDefinition) -> String {
    split(tool.name()).next().unwrap_or_default().to_lowercase()
}

/// Returns the number of a name, which is the same for equal names.
fn number(name: String, names: &mut BTreeMap<String, usize>) -> usize {
    let next = names.len();
    *names.entry(name).or_insert(next)
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
