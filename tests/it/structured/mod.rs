//! Responses in the form of a type.

mod typed_responses;
