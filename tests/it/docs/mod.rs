//! The guide and the example programs.

mod examples;
mod guide;
mod links;
mod platforms;
mod tour;
mod type_examples;
