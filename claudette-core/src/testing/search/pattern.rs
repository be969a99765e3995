//! [`Pattern`]: the regular expressions that a tool search accepts, in the syntax of Python's `re`.
//!
//! It has alternatives, groups, classes, repetitions, anchors and `(?i)`. Groups are not captured, and a pattern is only
//! looked for, so a set of places is enough: no pattern takes exponential time.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

/// A regular expression.
#[derive(Debug)]
pub(super) struct Pattern {
    alternatives: Vec<Vec<Node>>,
    ignores_case: bool,
}

#[derive(Debug)]
enum Node {
    Char(char),
    Any,
    /// Ranges of characters, and `true` if all other characters are meant.
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    /// The edge of a word, or `false` for all other places.
    Edge(bool),
    Group(Vec<Vec<Node>>),
    Repeat {
        node: Box<Node>,
        least: usize,
        most: Option<usize>,
    },
}

/// The largest number of repetitions in braces.
const MOST_REPETITIONS: usize = 1000;

impl Pattern {
    /// # Errors
    /// Returns a message if the pattern is not valid.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("(?i)");
        let ignores_case = rest.is_some();
        let text = rest.unwrap_or(text);
        let text = if ignores_case { text.to_lowercase() } else { text.to_owned() };
        let mut parser = Parser { chars: text.chars().peekable() };
        let alternatives = parser.alternatives()?;
        match parser.chars.next() {
            None => Ok(Self { alternatives, ignores_case }),
            Some(_) => Err("unbalanced parenthesis".to_owned()),
        }
    }

    /// Returns `true` if a part of the text fits the pattern.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text: Vec<char> = if self.ignores_case { text.to_lowercase() } else { text.to_owned() }.chars().collect();
        !ends_of_one(&self.alternatives, &text, &(0..=text.len()).collect()).is_empty()
    }
}

/// Returns the places at which one of the sequences ends, if it begins at one of the given places.
fn ends_of_one(alternatives: &[Vec<Node>], text: &[char], from: &BTreeSet<usize>) -> BTreeSet<usize> {
    let ends = |nodes: &Vec<Node>| nodes.iter().fold(from.clone(), |from, node| node.ends(text, &from));
    alternatives.iter().flat_map(ends).collect()
}

impl Node {
    fn ends(&self, text: &[char], from: &BTreeSet<usize>) -> BTreeSet<usize> {
        let is_word = |place: usize| text.get(place).is_some_and(|c| c.is_alphanumeric() || *c == '_');
        let is_edge = |place: usize| (place > 0 && is_word(place - 1)) != is_word(place);
        let one = |fits: &dyn Fn(char) -> bool| {
            from.iter().filter(|place| text.get(**place).is_some_and(|c| fits(*c))).map(|place| place + 1).collect()
        };
        let here = |fits: &dyn Fn(usize) -> bool| from.iter().copied().filter(|place| fits(*place)).collect();
        match self {
            Self::Char(char) => one(&|c| c == *char),
            Self::Any => one(&|c| c != '\n'),
            Self::Class(ranges, negated) => one(&|c| ranges.iter().any(|(a, b)| (*a..=*b).contains(&c)) != *negated),
            Self::Start => here(&|place| place == 0),
            Self::End => here(&|place| place == text.len()),
            Self::Edge(wanted) => here(&|place| is_edge(place) == *wanted),
            Self::Group(alternatives) => ends_of_one(alternatives, text, from),
            Self::Repeat { node, least, most } => {
                let mut last = (0..*least).fold(from.clone(), |from, _| node.ends(text, &from));
                let mut all = last.clone();
                let mut left = most.map(|most| most - least);
                while !last.is_empty() && left != Some(0) {
                    last = node.ends(text, &last).difference(&all).copied().collect();
                    all.extend(&last);
                    left = left.map(|left| left - 1);
                }
                all
            }
        }
    }
}

struct Parser<'t> {
    chars: Peekable<Chars<'t>>,
}

impl Parser<'_> {
    fn alternatives(&mut self) -> Result<Vec<Vec<Node>>, String> {
        let mut all = vec![self.sequence()?];
        while self.chars.next_if_eq(&'|').is_some() {
            all.push(self.sequence()?);
        }
        Ok(all)
    }

    fn sequence(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        while let Some(char) = self.chars.next_if(|char| !matches!(char, '|' | ')')) {
            let node = self.atom(char)?;
            nodes.push(self.repeated(node)?);
        }
        Ok(nodes)
    }

    fn atom(&mut self, char: char) -> Result<Node, String> {
        Ok(match char {
            '.' => Node::Any,
            '^' => Node::Start,
            '$' => Node::End,
            '[' => self.class()?,
            '\\' => self.escape()?,
            '*' | '+' | '?' => return Err("nothing to repeat".to_owned()),
            '(' => {
                if self.chars.next_if_eq(&'?').is_some() && self.chars.next() != Some(':') {
                    return Err("unknown extension".to_owned());
                }
                let group = Node::Group(self.alternatives()?);
                self.chars.next_if_eq(&')').ok_or("missing ), unterminated subpattern")?;
                group
            }
            char => Node::Char(char),
        })
    }

    fn escape(&mut self) -> Result<Node, String> {
        Ok(match self.chars.next().ok_or("bad escape (end of pattern)")? {
            'b' => Node::Edge(true),
            'B' => Node::Edge(false),
            char => match class_of(char) {
                Some((ranges, negated)) => Node::Class(ranges, negated),
                None => Node::Char(unescaped(char)?),
            },
        })
    }

    fn class(&mut self) -> Result<Node, String> {
        const OPEN: &str = "unterminated character set";
        let negated = self.chars.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            let char = match self.chars.next().ok_or(OPEN)? {
                ']' if !ranges.is_empty() => return Ok(Node::Class(ranges, negated)),
                '\\' => {
                    let char = self.chars.next().ok_or(OPEN)?;
                    if let Some((more, inside_negated)) = class_of(char) {
                        if inside_negated {
                            return Err(format!("\\{char} is not supported in a character set"));
                        }
                        ranges.extend(more);
                        continue;
                    }
                    unescaped(char)?
                }
                char => char,
            };
            let mut rest = self.chars.clone();
            let is_range = rest.next() == Some('-') && rest.next().is_some_and(|next| next != ']');
            let last = if is_range {
                self.chars.next();
                self.chars.next().ok_or(OPEN)?
            } else {
                char
            };
            if last < char {
                return Err(format!("bad character range {char}-{last}"));
            }
            ranges.push((char, last));
        }
    }

    fn repeated(&mut self, node: Node) -> Result<Node, String> {
        let (least, most) = match self.chars.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(node),
            _ => return Ok(node),
        };
        self.chars.next();
        Ok(self.repeat(node, least, most))
    }

    /// Reads `{2}`, `{2,}` or `{2,3}`. Any other brace is a character.
    fn counted(&mut self, node: Node) -> Result<Node, String> {
        let text: String = self.chars.clone().skip(1).take_while(|char| *char != '}').collect();
        let (least, most) = text.split_once(',').unwrap_or((&text, &text));
        let Ok(least) = least.parse::<usize>() else { return Ok(node) };
        let most = if most.is_empty() { None } else { Some(most.parse::<usize>().map_err(|error| error.to_string())?) };
        if most.unwrap_or(least) < least || most.unwrap_or(least) > MOST_REPETITIONS {
            return Err("the number of repetitions is not valid".to_owned());
        }
        self.chars.by_ref().take(text.chars().count() + 2).for_each(drop);
        Ok(self.repeat(node, least, most))
    }

    fn repeat(&mut self, node: Node, least: usize, most: Option<usize>) -> Node {
        // It matters only for what is captured whether a repetition is lazy.
        self.chars.next_if_eq(&'?');
        Node::Repeat { node: Box::new(node), least, most }
    }
}

/// Returns the class that an escaped letter means, and `true` if all other characters are meant.
fn class_of(char: char) -> Option<(Vec<(char, char)>, bool)> {
    let ranges: &[(char, char)] = match char.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')],
        's' => &[(' ', ' '), ('\t', '\r')],
        _ => return None,
    };
    Some((ranges.to_vec(), char.is_ascii_uppercase()))
}

/// Returns the character that an escape means.
fn unescaped(char: char) -> Result<char, String> {
    match char {
        'n' => Ok('\n'),
        't' => Ok('\t'),
        char if char.is_ascii_alphanumeric() => Err(format!("bad escape \\{char}")),
        char => Ok(char),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).is_in(text)
    }

    #[test]
    fn patterns_are_found_anywhere() {
        for (pattern, fit, other) in [
            ("weather", "get_weather_now", "get_whether"),
            ("get_.*_data", "get_weather_data", "get_weather"),
            ("^get", "get_it", "forget"),
            ("it$", "get_it", "item"),
            ("(?i)slack", "SLACK_send", "slak"),
            ("database.*query|query.*database", "query the database", "database"),
            ("(?:create|add)_(issue|pr)", "add_pr", "add_page"),
            ("[a-c]+x", "abcx", "dx"),
            ("[^a-z]", "A", "a"),
            ("a{2,3}b", "aab", "ab"),
            ("^a{2}$", "aa", "aaa"),
            ("^a{2,}$", "aaaa", "a"),
            ("colou?r", "color", "colouur"),
            (r"\bcat\b", "a cat sat", "concat"),
            (r"\d+\.\d", "v1.2", "v1x2"),
            (r"[\d_-]x", "-x", "ax"),
            ("a.*?b", "a--b", "b-a"),
            ("x{y", "x{y", "xy"),
        ] {
            assert!(is_in(pattern, fit), "{pattern} is in {fit}");
            assert!(!is_in(pattern, other), "{pattern} is not in {other}");
        }
        assert!(is_in("", "anything"));
        assert!(!is_in("WEATHER", "weather"));
    }

    #[test]
    fn a_pattern_that_is_not_valid_is_an_error() {
        for pattern in ["(", ")", "a)", "[a", "*", r"\", r"\q", "[z-a]", "a{3,2}", "a{2000}", "(?=a)"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn nested_repetitions_take_little_time() {
        assert!(!is_in("(a*)*(a*)*b", &"a".repeat(500)));
    }
}
