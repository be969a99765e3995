//! [`Prompt`]: a prompt as a supply of values, such as numbers and names, each of which is used once.

use std::collections::VecDeque;

use serde_json::Number;

/// The values of a prompt that are not used yet.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    text: String,
    /// The text without the assignments that were used.
    unused: String,
    numbers: VecDeque<Number>,
    strings: Vec<Found>,
    /// `true` if the prompt as a whole was used already.
    whole_used: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    kind: Kind,
    text: String,
}

/// The form of a value in the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Quoted,
    /// Letters and digits, such as `C1`.
    Id,
    Email,
    Url,
    Date,
    /// Capitalised words, such as `New York`.
    Name,
    /// A capitalised word at the beginning of a sentence, which need not be a name. It is not used as a value.
    Opening,
    /// A value that the prompt assigns to a name, as in `city = Oslo`.
    Assigned,
    /// A word that the schema lists.
    Word,
    Whole,
}

impl Prompt {
    pub(super) fn read(text: &str) -> Self {
        let mut prompt = Self {
            text: text.to_owned(),
            unused: text.to_owned(),
            numbers: VecDeque::new(),
            strings: Vec::new(),
            whole_used: false,
        };
        prompt.read_quotes();
        prompt
    }

    pub(super) fn numbers_left(&self) -> usize {
        self.numbers.len()
    }

    /// Uses the first number that fits.
    pub(super) fn take_number(&mut self, fits: impl Fn(&Number) -> bool) -> Option<Number> {
        let index = self.numbers.iter().position(fits)?;
        self.numbers.remove(index)
    }

    /// Removes the last `n` numbers, to be returned with [`give_back`](Self::give_back).
    pub(super) fn hold_back(&mut self, n: usize) -> VecDeque<Number> {
        let rest = self.numbers.len().saturating_sub(n);
        self.numbers.split_off(rest)
    }

    pub(super) fn give_back(&mut self, mut numbers: VecDeque<Number>) {
        self.numbers.append(&mut numbers);
    }

    /// Uses the first string of the first kind that the prompt contains.
    pub(super) fn take_string(&mut self, kinds: &[Kind]) -> Option<(Kind, String)> {
        kinds.iter().find_map(|&kind| match kind {
            Kind::Number => Some((kind, self.numbers.pop_front()?.to_string())),
            Kind::Whole if self.whole_used || self.text.trim().is_empty() => None,
            Kind::Whole => {
                self.whole_used = true;
                Some((kind, self.text.trim().to_owned()))
            }
            kind => {
                let index = self.strings.iter().position(|found| found.kind == kind)?;
                Some((kind, self.strings.remove(index).text))
            }
        })
    }

    /// Uses the value that the prompt assigns to a name, as in `city = Oslo`, `city: New York` or `city "Oslo"`.
    pub(super) fn take_assigned(&mut self, name: &str) -> Option<String> {
        let (before, value, after) =
            [name, &name.replace('_', " ")].iter().find_map(|name| assigned(&self.unused, name))?;
        let (value, unused) = (value.to_owned(), format!("{before}{after}"));
        self.unused = unused;
        // The value must not be used a second time as a value without a name.
        let mut strings = self.strings.iter();
        if let Some(index) = strings.position(|found| found.text == value) {
            self.strings.remove(index);
        }
        self.take_number(|number| number.to_string() == value);
        Some(value)
    }

    /// Returns `true` if the prompt contains these words, in any case, and not as a part of longer words.
    pub(super) fn mentions(&self, words: &str) -> bool {
        let text = self.text.to_lowercase();
        occurrences(&text, &words.to_lowercase()).next().is_some()
    }

    /// Reads the quoted texts, and the rest word by word.
    fn read_quotes(&mut self) {
        let text = self.text.clone();
        let mut rest = text.as_str();
        let mut opening = true;
        while let Some((before, quoted, after)) = next_quoted(rest) {
            self.read_words(before, opening);
            self.strings.push(Found { kind: Kind::Quoted, text: quoted.to_owned() });
            rest = after;
            opening = false;
        }
        self.read_words(rest, opening);
    }

    fn read_words(&mut self, text: &str, mut opening: bool) {
        // `true` if the previous word belongs to a name that can continue.
        let mut in_name = false;
        for word in text.split_whitespace() {
            let core = word.trim_matches(|c: char| !c.is_alphanumeric());
            let core = core.strip_suffix("'s").unwrap_or(core);
            let kind = kind_of(core, opening);
            if kind.is_none_or(|kind| matches!(kind, Kind::Name | Kind::Opening)) {
                self.numbers.extend(numbers(word));
            }
            match (kind, self.strings.last_mut()) {
                (Some(Kind::Name), Some(last)) if in_name => {
                    // After a second capitalised word, the first one is a part of the name too.
                    last.kind = Kind::Name;
                    last.text.push(' ');
                    last.text.push_str(core);
                }
                (Some(kind), _) => self.strings.push(Found { kind, text: core.to_owned() }),
                (None, _) => {}
            }
            in_name = matches!(kind, Some(Kind::Name | Kind::Opening)) && word.ends_with(core);
            opening = word.ends_with(['.', '!', '?', ':']);
        }
    }
}

/// Returns the text before and after each occurrence of some words, if it is not a part of a longer word.
fn occurrences<'t>(text: &'t str, words: &str) -> impl Iterator<Item = (&'t str, &'t str)> {
    let outside = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    // The empty text would occur everywhere.
    let places = if words.is_empty() { Vec::new() } else { text.match_indices(words).collect() };
    places
        .into_iter()
        .map(|(start, found)| (&text[..start], &text[start + found.len()..]))
        .filter(move |(before, after)| outside(before.chars().next_back()) && outside(after.chars().next()))
}

/// Returns the text before the first assignment to a name, the assigned value, and the text after it.
fn assigned<'t>(text: &'t str, name: &str) -> Option<(&'t str, &'t str, &'t str)> {
    occurrences(text, name).find_map(|(before, after)| {
        let after = after.trim_start();
        let (sign, rest) = match after.strip_prefix(['=', ':']) {
            Some(rest) => (after.chars().next(), rest.trim_start()),
            None => (None, after),
        };
        if let Some(("", quoted, after)) = next_quoted(rest) {
            return Some((before, quoted, after));
        }
        let end = match sign? {
            '=' => rest.find(char::is_whitespace),
            _ => rest.find([',', ';', '\n']),
        };
        let end = [end, rest.find(". ")].into_iter().flatten().min();
        let (value, after) = rest.split_at(end.unwrap_or(rest.len()));
        let value = value.trim_end_matches([' ', '.', ',', ';', '!', '?', ')']);
        (!value.is_empty()).then_some((before, value, after))
    })
}

/// Returns the text before the first quoted text, the quoted text, and the text after it.
fn next_quoted(text: &str) -> Option<(&str, &str, &str)> {
    const PAIRS: [(char, char); 5] = [('"', '"'), ('“', '”'), ('`', '`'), ('«', '»'), ('\'', '\'')];
    text.char_indices().find_map(|(start, c)| {
        let (open, close) = PAIRS.iter().find(|(open, _)| *open == c)?;
        let (before, inside) = (&text[..start], &text[start + open.len_utf8()..]);
        // An apostrophe is not a quote.
        let inner = |c: Option<char>| *open == '\'' && c.is_some_and(char::is_alphanumeric);
        if inner(before.chars().next_back()) {
            return None;
        }
        inside.match_indices(*close).find_map(|(end, close)| {
            let after = &inside[end + close.len()..];
            (!inner(after.chars().next())).then_some((before, &inside[..end], after))
        })
    })
}

fn kind_of(word: &str, opening: bool) -> Option<Kind> {
    let letters = word.chars().any(char::is_alphabetic);
    let digits = word.chars().any(|c| c.is_ascii_digit());
    let starts = word.chars().next()?;
    if word.starts_with("http://") || word.starts_with("https://") {
        Some(Kind::Url)
    } else if word.split_once('@').is_some_and(|(_, host)| host.contains('.')) {
        Some(Kind::Email)
    } else if is_date(word) {
        Some(Kind::Date)
    } else if letters && digits && is_plain(word) && (starts.is_alphabetic() || is_key(word)) {
        Some(Kind::Id)
    } else if starts.is_uppercase() && !digits && opening {
        Some(Kind::Opening)
    } else if starts.is_uppercase() && !digits && word.split(['\'', '’']).next() != Some("I") {
        Some(Kind::Name)
    } else {
        None
    }
}

fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// Returns `true` if a word that begins with a digit is a key, such as a UUID. A number with a unit is shorter.
fn is_key(word: &str) -> bool {
    let after_letter = word.trim_start_matches(|c: char| !c.is_alphabetic());
    word.len() > 8 && after_letter.contains(|c: char| c.is_ascii_digit())
}

/// Returns `true` if a word is a date such as `2026-11-22`.
fn is_date(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// Returns the numbers in a word: `604542+6458932` has two, `1,000` has one, `C1` has none.
fn numbers(word: &str) -> Vec<Number> {
    let bytes = word.as_bytes();
    let mut numbers = Vec::new();
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_digit() {
            index += 1;
            continue;
        }
        let start = index;
        index = number_end(bytes, start);
        let before = word[..start].chars().next_back();
        // The digits are a part of a name, or of a version such as 1.2.3.
        let joined = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        if joined {
            continue;
        }
        let mut digits: String = word[start..index].chars().filter(|c| *c != ',').collect();
        if is_sign(&word[..start]) {
            digits.insert(0, '-');
        }
        numbers.extend(parse(&digits));
    }
    numbers
}

/// Returns the end of the number that starts at `start`: after its digits, groups of three digits, and fraction.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = start + digits(start);
    if end - start <= 3 {
        while bytes.get(end) == Some(&b',') && digits(end + 1) == 3 {
            end += 4;
        }
    }
    if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    end
}

/// Returns `true` if the text before a number ends with a sign that is not an operator.
fn is_sign(before: &str) -> bool {
    match before.strip_suffix(['-', '−']) {
        Some(rest) => !rest.ends_with(|c: char| c.is_alphanumeric() || c == ')'),
        None => false,
    }
}

fn parse(digits: &str) -> Option<Number> {
    digits
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| digits.parse::<u64>().map(Number::from))
        .ok()
        .or_else(|| Number::from_f64(digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, expected) in [
            ("604542+6458932?", "604542 6458932"),
            ("1,000 and 2,500,000.", "1000 2500000"),
            ("5-3 but 5 - -3, (-4)", "5 3 5 -3 -4"),
            ("3.14 is near 3.", "3.14 3"),
            ("the 3rd of 5kg for C1, v2 and 1.2.3", "3 5 1.2"),
            ("1,2,3", "1 2 3"),
            ("33392837120239382", "33392837120239382"),
            ("on 2026-11-22", ""),
        ] {
            let numbers: Vec<String> = Prompt::read(text).numbers.iter().map(Number::to_string).collect();
            assert_eq!(numbers.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn strings_are_read_by_kind() {
        let mut prompt = Prompt::read(
            "Write \"see you\" to ann@example.com about New York, order ORD-17 and https://example.com on 2026-11-22.",
        );
        let mut take = |kind| prompt.take_string(&[kind]).map(|(_, text)| text);
        assert_eq!(take(Kind::Quoted).as_deref(), Some("see you"));
        assert_eq!(take(Kind::Email).as_deref(), Some("ann@example.com"));
        assert_eq!(take(Kind::Name).as_deref(), Some("New York"));
        assert_eq!(take(Kind::Id).as_deref(), Some("ORD-17"));
        assert_eq!(take(Kind::Url).as_deref(), Some("https://example.com"));
        assert_eq!(take(Kind::Date).as_deref(), Some("2026-11-22"));
        assert_eq!(take(Kind::Name), None);
    }

    #[test]
    fn apostrophes_are_not_quotes() {
        let mut prompt = Prompt::read("It's Ann's 'big day', isn't it?");
        assert_eq!(prompt.take_string(&[Kind::Quoted]), Some((Kind::Quoted, "big day".to_owned())));
        assert_eq!(prompt.take_string(&[Kind::Name]), Some((Kind::Name, "Ann".to_owned())));
    }

    #[test]
    fn names_are_assigned_values() {
        let mut prompt = Prompt::read(
            "Set city = oslo, due_date: 5. Then the postal code \"0150\"; city_x = no, and city: New York.",
        );
        assert_eq!(prompt.take_assigned("city").as_deref(), Some("oslo"));
        assert_eq!(prompt.take_assigned("city").as_deref(), Some("New York"));
        assert_eq!(prompt.take_assigned("city"), None);
        assert_eq!(prompt.take_assigned("due_date").as_deref(), Some("5"));
        assert_eq!(prompt.take_assigned("postal_code").as_deref(), Some("0150"));
        assert_eq!(prompt.take_assigned("the"), None);
        assert_eq!(prompt.numbers_left(), 0);
    }

    #[test]
    fn odd_texts_are_read() {
        for text in ["", "\"", "“", "-", "٣ ½ 1٣", "a\u{301}\"b", "9".repeat(400).as_str(), "İ i̇"] {
            let prompt = Prompt::read(text);
            assert!(!prompt.mentions("zz"));
            assert!(!prompt.mentions(""));
        }
    }
}
