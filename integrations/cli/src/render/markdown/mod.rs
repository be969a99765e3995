//! Markdown of the model, printed while it arrives.

mod stream;

pub(crate) use self::stream::MarkdownStream;
