//! Responses as values of a type.

mod typed_responses;
