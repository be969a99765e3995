//! [`Scout`]: inspects a value that serializes, without writing it.
//!
//! A content block anywhere in a value is recognised by its tag (`messages/tag.rs`), so types need no annotations, and
//! base64 is never sent to the model as text.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize, Serializer};
use serde_json::Value;

use super::error::ToolError;
use crate::tool::texts;
use crate::tool::validate::Tree;

/// Checks that a value has a JSON form that the reader can understand.
///
/// # Errors
///
/// The same as for [`ToolOutput::of_value`]. With `shows_files`, the value may contain images and documents.
pub(crate) fn check_json<T: Serialize + ?Sized>(value: &T, shows_files: bool) -> Result<(), ToolError> {
    let problem = match value.serialize(Scout { is_whole: false }) {
        Ok(Kind::Block { file: Some(file) } | Kind::Blocks { file: Some(file) }) => Problem::Buried(file),
        Ok(_) => return Ok(()),
        Err(problem) => problem,
    };
    if shows_files && matches!(problem, Problem::Buried(_)) { Ok(()) } else { Err(problem.into_error()) }
}

/// Returns the JSON of a default for a schema. Returns `None` if the default has no JSON form, or if it contains an
/// integer that a [`Value`] cannot represent exactly.
pub(crate) fn shown<T: Serialize + ?Sized>(value: &T) -> Option<Value> {
    check_json(value, true).ok()?;
    // Through text, so that an `f32` keeps its shortest form instead of becoming the nearest `f64`.
    let json = serde_json::to_string(value).ok()?;
    let is_exact = Tree::parse(&json).is_some_and(|tree| tree.numbers().all(|number| !number.is_beyond_64_bits()));
    is_exact.then(|| serde_json::from_str(&json).ok()).flatten()
}

/// Writes the value as JSON text.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, ToolError> {
    json(value).map_err(Problem::into_error)
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(ser::Error::custom)
}

/// Returns the text of a value that is a string; of any other value, its JSON.
pub(crate) fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, Problem> {
    let json = json(value)?;
    Ok(serde_json::from_str::<String>(&json).unwrap_or(json))
}

/// The kind of a value, which decides how the model reads it.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `None` or `()`.
    Nothing,
    Text,
    Value,
    /// The tag of a block; the object that contains it is the block.
    Tag(&'static str),
    /// A block; `file` is its kind if it is an image or a document.
    Block {
        file: Option<&'static str>,
    },
    /// A list that contains a block.
    Blocks {
        file: Option<&'static str>,
    },
}

impl Kind {
    fn of_tag(tag: &'static str) -> Self {
        match tag {
            "image" | "document" => Self::Block { file: Some(tag) },
            "text" | "search_result" | "tool_reference" | "unknown" => Self::Block { file: None },
            _ => Self::Value,
        }
    }
}

/// The reason why a value cannot be sent to the model.
#[derive(Debug)]
pub(crate) enum Problem {
    NotFinite(f64),
    Buried(&'static str),
    /// The value is an `Err` that is nested too deeply for the methods in `autoref`.
    Failed(String),
    Other(String),
}

impl Problem {
    #[cold]
    pub(crate) fn into_error(self) -> ToolError {
        ToolError::new(match self {
            Self::NotFinite(number) => texts::not_finite(number),
            Self::Buried(file) => texts::buried(file),
            Self::Failed(text) => text,
            Self::Other(why) => texts::no_json(&why),
        })
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Problem {}

impl ser::Error for Problem {
    fn custom<T: Display>(message: T) -> Self {
        Self::Other(message.to_string())
    }
}

/// A serializer that inspects a value without writing it.
#[derive(Clone, Copy)]
pub(crate) struct Scout {
    /// `true` for the value that the tool returned, which may be inside an `Option` or a pointer.
    pub(crate) is_whole: bool,
}

impl Scout {
    pub(crate) const INSIDE: Self = Self { is_whole: false };
}

/// Methods for values whose kind follows from their type.
macro_rules! are {
    ($kind:ident: $($method:ident($($type:ty),*))*) => {$(
        #[inline]
        fn $method(self, $(_: $type),*) -> Result<Kind, Problem> {
            Ok(Kind::$kind)
        }
    )*};
}

impl Serializer for Scout {
    type Ok = Kind;
    type Error = Problem;
    type SerializeSeq = Around;
    type SerializeTuple = Around;
    type SerializeTupleStruct = Around;
    type SerializeTupleVariant = Around;
    type SerializeMap = Around;
    type SerializeStruct = Around;
    type SerializeStructVariant = Around;

    are! { Value:
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_u128(u128) serialize_bytes(&[u8])
    }
    are! { Text:
        serialize_char(char) serialize_str(&str) serialize_unit_variant(&'static str, u32, &'static str)
    }
    are! { Nothing:
        serialize_none() serialize_unit() serialize_unit_struct(&'static str)
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Result<Kind, Problem> {
        self.serialize_f64(number.into())
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<Kind, Problem> {
        if number.is_finite() { Ok(Kind::Value) } else { Err(Problem::NotFinite(number)) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Kind, Problem> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<Kind, Problem> {
        match name.strip_prefix("$claudette::") {
            Some("unknown") => Ok(Kind::of_tag("unknown")),
            Some(tag) => Ok(Kind::Tag(tag)),
            None => value.serialize(self),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Kind, Problem> {
        if self.is_whole && (name, variant) == ("Result", "Err") {
            return Err(Problem::Failed(text(value)?));
        }
        let mut around = Around::OBJECT;
        around.add(value)?;
        around.kind()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Around, Problem> {
        Ok(Around::LIST)
    }

    fn serialize_tuple(self, _: usize) -> Result<Around, Problem> {
        Ok(Around::LIST)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Around, Problem> {
        Ok(Around::LIST)
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Around, Problem> {
        Ok(Around::OBJECT)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Around, Problem> {
        Ok(Around::OBJECT)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Around, Problem> {
        Ok(Around::OBJECT)
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Result<Around, Problem> {
        Ok(Around::OBJECT)
    }
}

/// A list or an object, with the findings about its parts so far.
pub(crate) struct Around {
    is_object: bool,
    tag: Option<&'static str>,
    has_blocks: bool,
    file: Option<&'static str>,
}

impl Around {
    const LIST: Self = Self { is_object: false, tag: None, has_blocks: false, file: None };
    const OBJECT: Self = Self { is_object: true, ..Self::LIST };

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Problem> {
        match value.serialize(Scout::INSIDE)? {
            Kind::Tag(tag) => self.tag = Some(tag),
            Kind::Block { file } | Kind::Blocks { file } => {
                self.has_blocks = true;
                self.file = self.file.or(file);
            }
            Kind::Nothing | Kind::Text | Kind::Value => {}
        }
        Ok(())
    }

    fn kind(self) -> Result<Kind, Problem> {
        match self {
            // First, because a document may itself contain blocks.
            Self { tag: Some(tag), .. } => Ok(Kind::of_tag(tag)),
            Self { is_object: true, file: Some(file), .. } => Err(Problem::Buried(file)),
            Self { is_object: false, has_blocks: true, file, .. } => Ok(Kind::Blocks { file }),
            _ => Ok(Kind::Value),
        }
    }
}

macro_rules! around {
    ($($trait:ident: $method:ident($($name:ty)?) $(, $key:ident)?;)*) => {$(
        impl ser::$trait for Around {
            type Ok = Kind;
            type Error = Problem;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Problem> {
                self.add(value)
            }

            $(fn $key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Problem> {
                Ok(())
            })?

            fn end(self) -> Result<Kind, Problem> {
                self.kind()
            }
        }
    )*};
}

around! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_value(), serialize_key;
    SerializeStruct: serialize_field(&'static str);
    SerializeStructVariant: serialize_field(&'static str);
}
