//! Images and documents.

mod documents;
mod images;
