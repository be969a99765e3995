//! Markdown of the model, printed while it arrives.
//!
//! A line is printed as soon as its kind is known, word by word, and is never rewritten: what scrolled out of the
//! window cannot be changed. Three things wait. A word waits for its end, because it could need the next line. An
//! emphasis, a link or inline code waits for its closing mark, at most [`inline::MAX_HELD`] bytes. A table waits for
//! its last row, because the widths of the columns depend on all rows. A line of code waits for its end, so that it is
//! highlighted as a whole.
//!
//! Without colour, the marks stay as the model wrote them, because nothing else would show the emphasis.

mod code;
mod highlight;
mod inline;
mod line;
mod marks;
mod stream;
mod table;

#[cfg(test)]
mod tests;

pub(crate) use self::highlight::Highlighter;
pub(crate) use self::stream::MarkdownStream;
