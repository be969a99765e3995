//! [`Prefill`]: words put into the model's mouth, which the response then begins with.

use super::body_writer::BodyWriter;
use crate::messages::{Message, Response};

/// The beginning of a response that the caller wrote.
///
/// The API refuses white space at its end and the model may write it again, or not: it is not sent, and it stands in the
/// response once.
#[derive(Clone, Debug)]
pub(crate) struct Prefill(String);

impl Prefill {
    /// None if there is nothing in it to go on from.
    pub(crate) fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.trim().is_empty()).then_some(Self(text))
    }

    /// The message to be gone on from, the last of its conversation.
    pub(super) fn to_message(&self) -> Message {
        Message::assistant(self.0.trim_end())
    }

    /// The message as it stands behind others in a body.
    pub(super) fn write(&self, body: &mut BodyWriter) {
        body.push(b",");
        body.push_messages(&[self.to_message()]);
    }

    /// Makes the response begin with it.
    pub(crate) fn begin(&self, response: &mut Response) {
        // What is said in pieces adds up to this, and a text block is as good as a piece.
        let mut opening = Opening::new(self.clone());
        response.texts_mut().for_each(|text| *text = opening.strip(text).to_owned());
        response.first_text_mut().insert_str(0, &self.0);
    }
}

/// The beginning of a response that comes in pieces.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(in crate::client) prefill: Prefill,
    said: bool,
    /// What of the prefill's white space the response may still repeat.
    repeated: String,
}

impl Opening {
    pub(crate) fn new(prefill: Prefill) -> Self {
        let repeated = prefill.0[prefill.0.trim_end().len()..].to_owned();
        Self { prefill, said: false, repeated }
    }

    /// The prefill, once.
    pub(crate) fn say(&mut self) -> Option<String> {
        (!std::mem::replace(&mut self.said, true)).then(|| self.prefill.0.clone())
    }

    /// The next piece of the response, without the white space that it repeats.
    pub(crate) fn strip<'a>(&mut self, piece: &'a str) -> &'a str {
        let same = piece.chars().zip(self.repeated.chars()).take_while(|(new, old)| new == old);
        let same = same.map(|(same, _)| same.len_utf8()).sum();
        if same == piece.len() {
            // The next piece may repeat the rest.
            self.repeated.drain(..same);
        } else {
            self.repeated.clear();
        }
        &piece[same..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(pieces: &[&str]) -> String {
        let mut opening = Opening::new(Prefill::new("{ \n").unwrap());
        let mut text = opening.say().unwrap();
        assert!(opening.say().is_none());
        text.extend(pieces.iter().map(|piece| opening.strip(piece)));
        text
    }

    #[test]
    fn white_space_between_prefill_and_response_appears_once() {
        for (pieces, expected) in [
            (&["x }"][..], "{ \nx }"),
            (&[" \nx }"], "{ \nx }"),
            (&[" ", "", "\n", "x", " }"], "{ \nx }"),
            (&[" x }"], "{ \nx }"),
            (&[" ", "x \n}"], "{ \nx \n}"),
            (&["\nx"], "{ \n\nx"),
            (&[" \n \nx"], "{ \n \nx"),
            (&["\u{a0}x"], "{ \n\u{a0}x"),
        ] {
            assert_eq!(response(pieces), expected, "{pieces:?}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_prefill() {
        assert!(Prefill::new(" \n").is_none());
    }

    #[test]
    fn a_response_without_text_begins_with_it_too() {
        let mut response: Response =
            serde_json::from_str(r#"{"content":[{"type":"tool_use","id":"toolu_1","name":"sums","input":{}}]}"#)
                .unwrap();
        Prefill::new("Let me see. ").unwrap().begin(&mut response);
        assert_eq!(response.text(), "Let me see. ");
        assert_eq!(response.content().len(), 2);
    }
}
