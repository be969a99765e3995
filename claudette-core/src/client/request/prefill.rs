//! [`Prefill`]: text that the response starts with.

use super::body_writer::BodyWriter;
use crate::messages::{Message, Response};

/// Text that the response starts with. The model continues it.
///
/// The API refuses white space at its end, so that white space is not sent. The model may or may not generate it again;
/// in either case the response contains it once.
#[derive(Clone, Debug)]
pub(crate) struct Prefill(String);

impl Prefill {
    /// Returns the prefill, or `None` if the text is blank.
    pub(crate) fn new(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.trim().is_empty()).then_some(Self(text))
    }

    /// Returns the last message of the request, which the model continues.
    pub(super) fn to_message(&self) -> Message {
        Message::assistant(self.0.trim_end())
    }

    /// Writes the message after the other messages of a body.
    pub(super) fn write(&self, body: &mut BodyWriter) {
        body.push(b",");
        body.push_messages(&[self.to_message()]);
    }

    /// Makes the response start with the prefill.
    pub(crate) fn begin(&self, response: &mut Response) {
        // Each text block is treated like a piece of a stream, so the result is the same.
        let mut opening = Opening::new(self.clone());
        response.texts_mut().for_each(|text| *text = opening.strip(text).to_owned());
        response.first_text_mut().insert_str(0, &self.0);
    }
}

/// The prefill of a streamed response.
#[derive(Debug)]
pub(crate) struct Opening {
    pub(in crate::client) prefill: Prefill,
    is_taken: bool,
    /// The white space of the prefill that the response may still repeat.
    repeated: String,
}

impl Opening {
    pub(crate) fn new(prefill: Prefill) -> Self {
        let repeated = prefill.0[prefill.0.trim_end().len()..].to_owned();
        Self { prefill, is_taken: false, repeated }
    }

    /// Returns the prefill the first time, then `None`.
    pub(crate) fn take(&mut self) -> Option<String> {
        (!std::mem::replace(&mut self.is_taken, true)).then(|| self.prefill.0.clone())
    }

    /// Returns the next piece of the response without the white space that it repeats.
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
        let mut text = opening.take().unwrap();
        assert!(opening.take().is_none());
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
    fn blank_text_is_not_a_prefill() {
        assert!(Prefill::new(" \n").is_none());
    }

    #[test]
    fn a_response_without_text_starts_with_the_prefill() {
        let mut response: Response =
            serde_json::from_str(r#"{"content":[{"type":"tool_use","id":"toolu_1","name":"sums","input":{}}]}"#)
                .unwrap();
        Prefill::new("Let me see. ").unwrap().begin(&mut response);
        assert_eq!(response.text(), "Let me see. ");
        assert_eq!(response.content().len(), 2);
    }
}
