//! The choice of the tool that fits a prompt.

use std::collections::HashMap;

use serde_json::Value;

use super::fill::{Filler, is_numeric};
use super::prompt::Prompt;
use crate::testing::search::ToolSearch;
use crate::testing::tool_table::ToolTable;

/// The calls that a prompt asks for.
#[derive(Default)]
pub(super) struct Calls {
    /// All calls are of one tool. There are several if the prompt has values for several calls.
    pub(super) calls: Vec<(String, Value)>,
    /// The query of the search that finds the tool first, if the tool is hidden.
    pub(super) search: Option<String>,
}

/// Returns the calls that the prompt asks for.
pub(super) fn calls(request: &Value, text: &str) -> Calls {
    let choice = &request["tool_choice"];
    let Some((tool, search)) = choose(request, choice, text) else {
        return Calls::default();
    };
    let at_most = match choice["disable_parallel_tool_use"].as_bool() {
        Some(true) => 1,
        _ => 8,
    };
    let name = tool["name"].as_str().unwrap_or_default();
    let mut prompt = Prompt::read(text);
    let mut call = || Filler::new(&tool["input_schema"], &mut prompt).fill(name);
    let first = call();
    let pattern = first.found;
    let mut calls = vec![(name.to_owned(), first.value)];
    while calls.len() < at_most && !pattern.is_empty() {
        let again = call();
        // Add another call only if the prompt supplies as much for it as for the first call.
        if again.found != pattern || again.made_up > first.made_up {
            break;
        }
        let call = (name.to_owned(), again.value);
        // Repeated calls are not intended.
        if calls.contains(&call) {
            break;
        }
        calls.push(call);
    }
    Calls { calls, search }
}

/// Returns the tool that fits best, and the query that finds it if it is hidden.
fn choose<'r>(request: &'r Value, choice: &Value, text: &str) -> Option<(&'r Value, Option<String>)> {
    let table = ToolTable::of(request).unwrap_or_default();
    let search = ToolSearch::of(request).map(|search| (search.query_for(text), search));
    let found = search.as_ref().and_then(|(query, search)| search.find(query).ok()).unwrap_or_default();
    let is_found = |tool: &Value| tool["name"].as_str().is_some_and(|name| found.contains(&name));
    // Only the client's own tools, which have a schema, and only those that are visible or found by a search.
    let mut tools =
        table.in_effect().filter(|tool| tool["input_schema"].is_object() && (table.is_visible(tool) || is_found(tool)));
    let tool = match choice["type"].as_str() {
        Some("none") => None,
        Some("tool") => tools.find(|tool| tool["name"] == choice["name"]),
        kind => {
            let forced = kind == Some("any");
            let prompt = Prompt::read(text);
            let prompt_words = words(text);
            // Of tools with the same score, the first one is chosen.
            let best = tools
                .map(|tool| (score(tool, &prompt, &prompt_words), tool))
                .reduce(|best, other| if other.0 > best.0 { other } else { best })?;
            (forced || best.0 > 0).then_some(best.1)
        }
    }?;
    let query = search.map(|(query, _)| query).filter(|_| !table.is_visible(tool));
    Some((tool, query))
}

/// Returns how well a tool fits: the words it shares with the prompt, and whether the prompt has the numbers it
/// requires.
fn score(tool: &Value, prompt: &Prompt, prompt_words: &[String]) -> i32 {
    let schema = &tool["input_schema"];
    let properties = || schema["properties"].as_object().into_iter().flatten();
    let mut weights: HashMap<String, i32> = HashMap::new();
    let mut weigh = |text: &str, weight: i32| {
        for word in words(text) {
            let known = weights.entry(word).or_default();
            *known = weight.max(*known);
        }
    };
    weigh(tool["description"].as_str().unwrap_or_default(), 1);
    for (name, property) in properties() {
        weigh(name, 2);
        weigh(property["description"].as_str().unwrap_or_default(), 1);
        for value in property["enum"].as_array().into_iter().flatten() {
            weigh(value.as_str().unwrap_or_default(), 2);
        }
    }
    weigh(tool["name"].as_str().unwrap_or_default(), 3);
    let shared: i32 = weights.iter().filter(|(word, _)| prompt_words.contains(word)).map(|(_, weight)| weight).sum();

    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
    let numbers = properties().filter(|(name, property)| is_required(name) && is_numeric(property)).count();
    let supplied = match (numbers, prompt.numbers_left()) {
        (0, _) => 0,
        (wanted, left) if left >= wanted => 1,
        _ => -1,
    };
    shared + supplied
}

/// Returns the significant words of a text, in a form that can be compared.
fn words(text: &str) -> Vec<String> {
    spaced(text)
        .split(|c: char| c.is_whitespace() || c == '_')
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !is_filler(word))
        .map(|word| stem(&word).to_owned())
        .collect()
}

/// Separates operators and the parts of names such as `getWeather`, and replaces digits and punctuation with spaces.
fn spaced(text: &str) -> String {
    let mut spaced = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let alone = |c: char| c.is_whitespace() || c.is_ascii_digit();
        match c {
            '+' | '*' | '×' | '/' | '÷' | '^' => spaced.extend([' ', c, ' ']),
            // A minus sign, not the hyphen in a word.
            '-' | '−' if alone(before) && alone(after) => spaced.push_str(" - "),
            _ if c.is_uppercase() && before.is_lowercase() => spaced.extend([' ', c]),
            _ if c.is_alphabetic() || c == '_' => spaced.push(c),
            _ => spaced.push(' '),
        }
        before = c;
    }
    spaced
}

/// Returns `true` for words that say nothing about the purpose of a prompt.
fn is_filler(word: &str) -> bool {
    const FILLERS: &[&str] = &[
        "a", "about", "all", "always", "am", "an", "and", "any", "are", "as", "at", "be", "by", "can", "could", "do",
        "does", "e", "eg", "for", "from", "g", "get", "give", "has", "have", "how", "i", "if", "in", "into", "is",
        "it", "its", "let", "ll", "many", "me", "more", "much", "my", "no", "not", "of", "on", "one", "or", "our",
        "please", "s", "show", "so", "some", "t", "tell", "that", "the", "their", "them", "then", "there", "they",
        "this", "to", "tool", "tools", "up", "us", "use", "using", "value", "was", "we", "what", "when", "which",
        "who", "will", "with", "would", "you", "your",
    ];
    FILLERS.contains(&word)
}

/// Returns the common form of words with the same meaning.
fn stem(word: &str) -> &str {
    const OPERATIONS: [(&str, &[&str]); 4] = [
        ("+", &["add", "adds", "added", "adding", "addition", "plus", "sum", "sums", "total"]),
        ("-", &["difference", "minus", "subtract", "subtracts", "subtraction", "−"]),
        ("*", &["mult", "mults", "multiply", "multiplies", "multiplied", "multiplication", "product", "times", "×"]),
        ("/", &["divide", "divides", "divided", "division", "quotient", "÷"]),
    ];
    let operation = OPERATIONS.iter().find(|(_, words)| words.contains(&word));
    match operation {
        Some((operation, _)) => operation,
        None if word.len() > 3 && !word.ends_with("ss") => word.strip_suffix('s').unwrap_or(word),
        None => word,
    }
}
