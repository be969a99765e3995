//! [`Synonyms`]: other words for the words and phrases of a query.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use super::words::{Stems, lines};

/// Everyday words for the words in descriptions of tools. A line with `>` holds in one direction.
const WORDS: &str = include_str!("english/synonyms.txt");

/// Phrases, such as "turn down" for "decline".
const PHRASES: &str = include_str!("english/phrases.txt");

/// The weight of a synonym of a word in the query. A word with many synonyms has many meanings, so each of its synonyms
/// weighs less: half as much if there are `MANY` of them.
const SYNONYM: f32 = 0.8;
const MANY: f32 = 16.0;

/// The weight of a word that replaces a phrase in the query.
const PHRASE: f32 = 0.7;

/// The largest distance between two words of a phrase that follow each other.
const DISTANCE: usize = 4;

/// The stems to look for in place of a word or a phrase of a query, with their weights.
pub(super) type Meaning<'s> = Vec<(&'s str, f32)>;

/// For each word, and for each phrase, the other words to look for.
pub(super) struct Synonyms {
    stems: Stems,
    words: HashMap<String, Vec<String>>,
    /// The phrases by their first word.
    phrases: HashMap<String, Vec<Phrase>>,
}

/// A phrase after its first word, and the words that replace it.
struct Phrase {
    rest: Vec<String>,
    others: Vec<String>,
}

impl Synonyms {
    /// Returns the tables of the program. They are read once.
    pub(super) fn get() -> &'static Self {
        static SYNONYMS: LazyLock<Synonyms> = LazyLock::new(Synonyms::new);
        &SYNONYMS
    }

    fn new() -> Self {
        let stems = Stems::new();
        let mut words: HashMap<String, Vec<String>> = HashMap::new();
        for line in lines(WORDS) {
            let (from, to) = line.split_once('>').unwrap_or((line, line));
            let to: Vec<String> = stems.of(to).collect();
            for word in stems.of(from) {
                let others = words.entry(word.clone()).or_default();
                for other in &to {
                    if *other != word && !others.contains(other) {
                        others.push(other.clone());
                    }
                }
            }
        }
        let mut phrases: HashMap<String, Vec<Phrase>> = HashMap::new();
        for line in lines(PHRASES) {
            let (phrase, others) = line.split_once('>').unwrap_or_default();
            let mut phrase = stems.all(phrase);
            let Some(first) = phrase.next() else { continue };
            let phrase = Phrase { rest: phrase.collect(), others: stems.of(others).collect() };
            phrases.entry(first).or_default().push(phrase);
        }
        Self { stems, words, phrases }
    }

    pub(super) fn stems(&self) -> &Stems {
        &self.stems
    }

    /// Passes the meaning of each word and each phrase of a query to a function.
    pub(super) fn each_meaning(&self, query: &str, mut take: impl FnMut(Meaning<'_>)) {
        let words: BTreeSet<String> =
            self.stems.of(query).chain(signs(query).flat_map(|sign| self.stems.of(sign))).collect();
        for word in &words {
            let others = self.words.get(word).map_or(&[][..], Vec::as_slice);
            let weight = SYNONYM / (1.0 + others.len() as f32 / MANY);
            let others = others.iter().map(|other| (other.as_str(), weight));
            take([(word.as_str(), 1.0)].into_iter().chain(others).collect());
        }
        let words: Vec<String> = self.stems.all(query).collect();
        let mut used = BTreeSet::new();
        for (place, word) in words.iter().enumerate() {
            for Phrase { rest, others } in self.phrases.get(word).into_iter().flatten() {
                if follows(&words[place + 1..], rest) && used.insert((word, rest)) {
                    take(others.iter().map(|other| (other.as_str(), PHRASE)).collect());
                }
            }
        }
    }
}

/// Returns what the signs in a text mean: a query with the address of a person, the name of a channel or the key of a
/// ticket is about one, though it is not a known word.
fn signs(text: &str) -> impl Iterator<Item = &'static str> {
    let is_before_letter = |sign: char| text.split(sign).skip(1).any(|rest| rest.starts_with(char::is_alphabetic));
    let is_key = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split_once('-').is_some_and(|(project, number)| {
            let is_project = project.len() > 1 && project.bytes().all(|byte| byte.is_ascii_uppercase());
            is_project && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let address = is_before_letter('@').then_some("address");
    let channel = is_before_letter('#').then_some("channel");
    let ticket = text.split_whitespace().any(is_key).then_some("ticket");
    [address, channel, ticket].into_iter().flatten()
}

/// Returns `true` if the words of a phrase follow in this order, with at most three other words before each.
fn follows(mut words: &[String], phrase: &[String]) -> bool {
    phrase.iter().all(|next| {
        let place = words.iter().take(DISTANCE).position(|word| word == next);
        words = place.map_or(&[], |place| &words[place + 1..]);
        place.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings(query: &str) -> Vec<Vec<String>> {
        let mut all = Vec::new();
        let owned = |meaning: Meaning<'_>| meaning.into_iter().map(|(word, _)| word.to_owned()).collect();
        Synonyms::get().each_meaning(query, |meaning| all.push(owned(meaning)));
        all
    }

    #[test]
    fn each_word_of_a_table_has_a_meaning() {
        let stems = Stems::new();
        for line in lines(WORDS) {
            assert_eq!(stems.of(line).count(), line.split_whitespace().filter(|word| *word != ">").count(), "{line}");
        }
        for line in lines(WORDS).chain(lines(PHRASES)) {
            let (from, to) = line.split_once('>').unwrap_or((line, line));
            assert!(stems.of(to).next().is_some() && stems.all(from).next().is_some(), "{line}");
        }
        assert!(lines(PHRASES).all(|line| line.contains('>')));
    }

    #[test]
    fn a_synonym_in_one_direction_does_not_hold_in_the_other() {
        assert!(meanings("taxi").concat().contains(&"travel".to_owned()));
        assert!(!meanings("travel").concat().contains(&"taxi".to_owned()));
    }

    #[test]
    fn signs_of_addresses_channels_and_tickets_have_a_meaning() {
        assert!(meanings("ask jo@example.com").concat().contains(&"address".to_owned()));
        assert!(meanings("tell #design").concat().contains(&"channel".to_owned()));
        assert!(meanings("close WEB-12, please").concat().contains(&"ticket".to_owned()));
        assert_eq!(signs("close #312 @ 5, in A-1 or over-8").count(), 0);
    }

    #[test]
    fn the_words_of_a_phrase_can_be_apart() {
        for query in ["turn down the offer", "turn the first offer down"] {
            assert!(meanings(query).contains(&vec!["declin".to_owned(), "reject".to_owned()]), "{query}");
        }
        assert_eq!(meanings("turn down and turn down").len(), meanings("turn down").len());
        assert!(!meanings("down turn").contains(&vec!["declin".to_owned(), "reject".to_owned()]));
    }
}
