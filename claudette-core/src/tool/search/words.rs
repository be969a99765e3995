//! Words of texts and names, in the form in which they are compared.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

/// Words that say nothing about what a tool does: articles, pronouns, prepositions, auxiliary verbs, polite words, and
/// verbs that depend on their object, such as "make" and "take".
#[rustfmt::skip]
const STOP: &[&str] = &[
    "a", "about", "actually", "all", "also", "am", "an", "and", "any", "are", "aren", "as", "at", "be", "because",
    "been", "being", "between", "both", "but", "by", "can", "come", "could", "couldn", "did", "didn", "do", "does",
    "doesn", "doing", "don", "during", "each", "eight", "few", "first", "five", "for", "four", "from", "get", "go",
    "gone", "got", "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "her", "here", "him", "his", "how",
    "i", "id", "if", "im", "in", "into", "is", "isn", "it", "its", "ive", "just", "know", "let", "like", "ll", "make",
    "many", "may", "maybe", "me", "might", "mine", "more", "most", "much", "must", "mustn", "my", "myself", "need",
    "nine", "no", "not", "now", "of", "ok", "on", "once", "one", "only", "or", "other", "our", "ourselves", "own",
    "please", "re", "really", "same", "second", "seven", "shall", "she", "should", "shouldn", "six", "so",
    "some", "still", "take", "ten", "than", "thank", "thanks", "that", "the", "their", "them", "then", "there", "these",
    "they", "third", "this", "those", "three", "through", "to", "too", "two", "under", "us", "ve", "very", "want",
    "was", "wasn", "we", "well", "went", "were", "weren", "what", "which", "while", "whom", "whose", "why", "will",
    "with", "without", "won", "would", "wouldn", "yes", "yet", "you", "your", "yourself",
];

/// The forms of words that the stemmer does not reduce, such as "sent" and "people".
const FORMS: &str = include_str!("english/forms.txt");

/// Reduces words to their stems, so that `payments` and `paid to` match `payment` and `pays`.
pub(super) struct Stems {
    stemmer: Stemmer,
    /// The base word of each form.
    forms: HashMap<&'static str, &'static str>,
}

impl Stems {
    pub(super) fn new() -> Self {
        let forms = lines(FORMS).flat_map(|line| {
            let (word, forms) = line.split_once(' ').unwrap_or((line, ""));
            forms.split(' ').map(move |form| (form, word))
        });
        Self { forms: forms.collect(), stemmer: Stemmer::create(Algorithm::English) }
    }

    /// Returns the stem of a word in lower case.
    fn stem(&self, word: &str) -> String {
        let word = self.forms.get(word).copied().unwrap_or(word);
        match british(word) {
            Some(s) => self.stemmer.stem(&format!("{}z{}", &word[..s], &word[s + 1..])).into_owned(),
            None => self.stemmer.stem(word).into_owned(),
        }
    }

    /// Returns the stems of all words of a text, in their order.
    pub(super) fn all<'t>(&'t self, text: &'t str) -> impl Iterator<Item = String> + 't {
        split(text).map(|word| self.stem(&word.to_lowercase()))
    }

    /// Returns the stems of the words of a text, in their order. Words without a meaning of their own are omitted.
    pub(super) fn of<'t>(&'t self, text: &'t str) -> impl Iterator<Item = String> + 't {
        let words = split(text).map(str::to_lowercase);
        let words = words.filter(|word| !is_letter(word) && STOP.binary_search(&word.as_str()).is_err());
        words.map(|word| self.stem(&word))
    }
}

/// Returns the lines of a table without its comments.
pub(super) fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Returns the place of the `s` that is a `z` in American English, as in "organise" and "summarising". The few other
/// words that end so, such as "exercise", are changed in texts and queries alike.
fn british(word: &str) -> Option<usize> {
    const SHORTEST: usize = 5;
    let ending = ["ise", "ised", "ises", "ising", "isation", "isations"].into_iter().find(|end| word.ends_with(end))?;
    let place = word.len() - ending.len();
    (place >= SHORTEST).then_some(place + 1)
}

/// Returns `true` for one Latin letter. In other scripts, one character can be a word.
fn is_letter(word: &str) -> bool {
    word.len() == 1 && word.as_bytes()[0].is_ascii_alphabetic()
}

/// Splits a text at all characters that are neither letters nor digits, between letters and digits, and before the
/// capital letters of `camelCase` and `HTTPServer`.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let (word, after) = rest.split_at(first_word(rest));
            rest = after;
            (!word.is_empty()).then_some(word)
        })
    })
}

/// Returns the length of the first word of letters and digits.
fn first_word(run: &str) -> usize {
    let mut chars = run.char_indices().peekable();
    let Some((_, mut before)) = chars.next() else { return 0 };
    while let Some((place, char)) = chars.next() {
        let is_lower_next = chars.peek().is_some_and(|(_, next)| next.is_lowercase());
        let is_capital = char.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && is_lower_next);
        if is_capital || char.is_numeric() != before.is_numeric() {
            return place;
        }
        before = char;
    }
    run.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        Stems::new().of(text).collect()
    }

    #[test]
    fn names_are_split() {
        let words = |text| split(text).collect::<Vec<_>>();
        assert_eq!(words("create_event"), ["create", "event"]);
        assert_eq!(words("set-priority"), ["set", "priority"]);
        assert_eq!(words("gitOpenPullRequest"), ["git", "Open", "Pull", "Request"]);
        assert_eq!(words("HTTPServer2GoÉtat"), ["HTTP", "Server", "2", "Go", "État"]);
        assert_eq!(words("  ¿dónde está?"), ["dónde", "está"]);
        assert!(words("—_—").is_empty());
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert_eq!(stems("Creates events."), stems("creating_an_event"));
        assert_eq!(stems("a dog's life"), ["dog", "life"]);
        assert_eq!(stems("天 x"), ["天"]);
        assert!(stems("Could you do that for me, please?").is_empty());
    }

    #[test]
    fn irregular_forms_and_british_spellings_have_one_stem() {
        assert_eq!(stems("sent bought written people"), stems("send buying writes person"));
        assert_eq!(stems("summarised cancelled colours catalogue"), stems("summarizing canceling color catalogs"));
        assert_eq!(stems("raise noise"), ["rais", "nois"]);
    }

    #[test]
    fn each_form_belongs_to_one_word() {
        let forms: Vec<&str> = lines(FORMS).flat_map(|line| line.split(' ')).collect();
        let mut unique = forms.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), forms.len());
    }

    #[test]
    fn the_list_of_omitted_words_is_sorted() {
        assert!(STOP.is_sorted());
    }
}
