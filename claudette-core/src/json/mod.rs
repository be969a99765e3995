//! JSON that is incomplete or still arriving: [`PartialJson`].

// This module does not depend on the API. It also contains raw values, the cursor that reads JSON in place, and fields
// with unexpected values.
mod count;
mod cursor;
mod escape;
mod extra;
mod interned_str;
mod lenient;
mod malformed;
mod open_enum;
mod partial;
mod partial_reader;
mod raw_json;
pub(crate) mod shared_str;
mod surrogates;
mod tag;
mod tokens;

pub(crate) use count::{count_values, is_shallow};
pub(crate) use cursor::{JsonCursor, string_and_rest, whole};
pub(crate) use extra::Extra;
pub(crate) use interned_str::{InternedStr, from_word};
pub(crate) use lenient::{Lenient, known, read, typed, unreadable};
pub use malformed::MalformedJson;
pub(crate) use open_enum::open_enum;
pub use partial::PartialJson;
pub(crate) use raw_json::RawJson;
pub(crate) use surrogates::{has_half, hides_half, piece};
pub(crate) use tag::{kind_at, kind_of, tags};
pub(crate) use tokens::tokens;
