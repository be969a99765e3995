//! Reads the modules, the defined names and the used paths from a Rust file, for the check of imports. Comments,
//! literals and items below `#[cfg(test)]` are ignored.

use std::collections::{BTreeMap, BTreeSet};

/// A module: a file, or a `mod name { … }` within one.
#[derive(Debug, Default)]
pub(super) struct Module<'a> {
    /// The names of the modules declared by `mod name;`, with the path of an attribute `#[path = "…"]`.
    pub(super) files: Vec<(&'a str, Option<&'a str>)>,
    /// The modules within the file.
    pub(super) inline: Vec<(&'a str, Module<'a>)>,
    pub(super) defines: BTreeSet<&'a str>,
    pub(super) uses: Vec<Use<'a>>,
    /// The paths outside `use` items.
    pub(super) paths: Vec<Path<'a>>,
    /// The single identifiers and the first identifiers of paths outside `use` items, each with its first line.
    pub(super) words: BTreeMap<&'a str, usize>,
}

/// One name that a `use` item imports.
#[derive(Debug)]
pub(super) struct Use<'a> {
    /// The path, which ends with `*` for a glob import.
    pub(super) path: Path<'a>,
    /// The name in this module.
    pub(super) name: &'a str,
    pub(super) is_public: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path<'a> {
    pub(super) segments: Vec<&'a str>,
    pub(super) line: usize,
}

/// An identifier, a literal, `::`, or any other single character.
#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    line: usize,
}

pub(super) fn read(source: &str) -> Module<'_> {
    let tokens = without_tests(&tokens(source));
    let mut reader = Reader { tokens: &tokens, place: 0 };
    reader.module()
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = token_length(rest, first);
        let (text, after) = rest.split_at(length);
        if !first.is_whitespace() && !text.starts_with("//") && !text.starts_with("/*") {
            tokens.push(Token { text: text.strip_prefix("r#").unwrap_or(text), line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn token_length(rest: &str, first: char) -> usize {
    if first.is_whitespace() {
        return rest.len() - rest.trim_start().len();
    }
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return comment_length(rest);
    }
    if first == '\'' {
        return quoted_char_length(rest).unwrap_or_else(|| 1 + word_length(&rest[1..]));
    }
    if let Some(length) = string_length(rest) {
        return length;
    }
    if rest.starts_with("r#") && word_length(&rest[2..]) > 0 {
        return 2 + word_length(&rest[2..]);
    }
    match word_length(rest) {
        0 if rest.starts_with("::") => 2,
        0 => first.len_utf8(),
        length => length,
    }
}

fn word_length(text: &str) -> usize {
    text.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(text.len())
}

fn comment_length(text: &str) -> usize {
    let mut depth = 0_usize;
    for (place, _) in text.char_indices() {
        if text[place..].starts_with("/*") {
            depth += 1;
        } else if text[..place].ends_with("*/") && place > 2 {
            depth -= 1;
            if depth == 0 {
                return place;
            }
        }
    }
    text.len()
}

/// Returns the length of a character literal, or `None` for a lifetime.
fn quoted_char_length(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first != '\\' {
        return chars.next().filter(|&(_, next)| next == '\'').map(|(place, _)| place + 1);
    }
    chars.next()?;
    chars.find(|&(_, next)| next == '\'').map(|(place, _)| place + 1)
}

/// Returns the length of a string literal, or `None` if the text does not begin with one.
fn string_length(text: &str) -> Option<usize> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"')))?;
    let hashes = text[prefix.len()..].len() - text[prefix.len()..].trim_start_matches('#').len();
    let begin = prefix.len() + hashes + 1;
    if prefix.ends_with('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(text[begin..].find(&end).map_or(text.len(), |place| begin + place + end.len()));
    }
    if hashes > 0 {
        return None;
    }
    let mut is_escaped = false;
    let end = text[begin..].find(|char| {
        let is_end = char == '"' && !is_escaped;
        is_escaped = char == '\\' && !is_escaped;
        is_end
    });
    Some(end.map_or(text.len(), |place| begin + place + 1))
}

/// Removes each item below `#[cfg(test)]` and `#[cfg(doctest)]`.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let is_at = |place: usize, texts: &[&str]| {
        tokens
            .get(place..place + texts.len())
            .is_some_and(|some| some.iter().map(|token| token.text).eq(texts.iter().copied()))
    };
    let mut kept = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        let kinds = ["test", "doctest"];
        if kinds.iter().any(|kind| is_at(place, &["#", "!", "[", "cfg", "(", kind, ")", "]"])) {
            return Vec::new();
        }
        if kinds.iter().any(|kind| is_at(place, &["#", "[", "cfg", "(", kind, ")", "]"])) {
            place = after_item(tokens, place + 7);
        } else {
            kept.push(tokens[place]);
            place += 1;
        }
    }
    kept
}

fn after_item(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(from) {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" if depth == 1 => return place + 1,
            "}" | ")" | "]" => depth = depth.saturating_sub(1),
            ";" if depth == 0 => return place + 1,
            _ => {}
        }
    }
    tokens.len()
}

struct Reader<'s, 'a> {
    tokens: &'s [Token<'a>],
    place: usize,
}

impl<'a> Reader<'_, 'a> {
    fn text(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.place + ahead).map_or("", |token| token.text)
    }

    fn before(&self, back: usize) -> &'a str {
        self.place.checked_sub(back).map_or("", |place| self.tokens[place].text)
    }

    /// Reads to the end of the module, including its closing brace.
    fn module(&mut self) -> Module<'a> {
        let mut module = Module::default();
        let mut depth = 0_usize;
        let mut path_attribute = None;
        while let Some(&Token { text, line }) = self.tokens.get(self.place) {
            match text {
                "{" | "(" | "[" => depth += 1,
                "}" if depth == 0 => {
                    self.place += 1;
                    return module;
                }
                "}" | ")" | "]" => depth -= 1,
                "path" if self.before(2) == "#" && self.text(1) == "=" => {
                    path_attribute = Some(self.text(2).trim_matches('"'));
                }
                "mod" if is_word(self.text(1)) && self.text(2) == ";" => {
                    module.files.push((self.text(1), path_attribute.take()));
                    self.place += 2;
                }
                "mod" if is_word(self.text(1)) && self.text(2) == "{" => {
                    let name = self.text(1);
                    self.place += 3;
                    let inner = self.module();
                    module.inline.push((name, inner));
                    continue;
                }
                "use" if self.text(1) != "<" => {
                    let is_public = self.before(1) == "pub" || (self.before(1) == ")" && self.is_after_pub());
                    self.place += 1;
                    self.use_tree(&[], is_public, &mut module.uses);
                    continue;
                }
                "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" | "fn"
                    if depth == 0 && is_word(self.text(1)) && self.text(1) != "fn" =>
                {
                    module.defines.insert(self.text(1));
                    self.place += 1;
                }
                "macro_rules" => {
                    module.defines.insert(self.text(2));
                    self.place += 2;
                }
                // `pub(in crate::…)` is not an import.
                _ if self.before(1) == "in" && self.before(2) == "(" => {}
                _ if is_word(text) && !matches!(self.before(1), "." | "::") => {
                    module.words.entry(text).or_insert(line);
                    if self.text(1) == "::" {
                        self.path(text, line, &mut module.paths);
                    }
                }
                // `::claudette::…`
                "claudette" if self.text(1) == "::" && !is_word(self.before(2)) => {
                    self.path(text, line, &mut module.paths);
                }
                _ => {}
            }
            self.place += 1;
        }
        module
    }

    fn is_after_pub(&self) -> bool {
        (2..8).find(|&back| self.before(back) == "(").is_some_and(|back| self.before(back + 1) == "pub")
    }

    /// Reads a path, and stops at its last segment.
    fn path(&mut self, first: &'a str, line: usize, paths: &mut Vec<Path<'a>>) {
        let mut segments = vec![first];
        while self.text(1) == "::" && is_word(self.text(2)) {
            segments.push(self.text(2));
            self.place += 2;
        }
        paths.push(Path { segments, line });
    }

    /// Reads a tree of a `use` item, and stops after it.
    fn use_tree(&mut self, prefix: &[&'a str], is_public: bool, uses: &mut Vec<Use<'a>>) {
        let mut segments = prefix.to_vec();
        loop {
            let text = self.text(0);
            let line = self.tokens.get(self.place).map_or(0, |token| token.line);
            self.place += 1;
            match text {
                "::" if segments.is_empty() => segments.push(""),
                "::" => {}
                "{" => {
                    while !matches!(self.text(0), "}" | "") {
                        self.use_tree(&segments, is_public, uses);
                        if self.text(0) == "," {
                            self.place += 1;
                        }
                    }
                    self.place += 1;
                    return;
                }
                _ => {
                    // `a::{self, …}` names `a`.
                    if text != "self" || segments.is_empty() {
                        segments.push(text);
                    }
                    if self.text(0) != "::" {
                        let mut name = segments.last().copied().unwrap_or_default();
                        if self.text(0) == "as" {
                            name = self.text(1);
                            self.place += 2;
                        }
                        uses.push(Use { path: Path { segments, line }, name, is_public });
                        return;
                    }
                }
            }
        }
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|char: char| char.is_alphabetic() || char == '_')
        && text.chars().all(|char| char.is_alphanumeric() || char == '_')
}
