//! Images and documents from bytes and files. Input that the API would refuse is an error that names the remedy.

mod document;
mod file_loader;
mod image;
