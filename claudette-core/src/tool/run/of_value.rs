//! [`of_value`](ToolOutput::of_value): the conversion of a value that serializes to an output.
//!
//! A first pass ([`Scout`]) inspects the value and writes nothing. Most values are then written as JSON in one pass.

use serde::ser::{self, Serialize, Serializer};

use super::error::ToolError;
use super::output::ToolOutput;
use super::scout::{Kind, Problem, Scout, json, text, write};
use crate::messages::ContentBlock;

impl ToolOutput {
    /// Converts a value: a string to its text, a list or a tuple with blocks to blocks, any other value to compact
    /// JSON.
    ///
    /// # Errors
    ///
    /// Returns an error if the value has no JSON form, contains a number that is not finite, or contains an image or a
    /// document that the model could not see.
    #[inline]
    pub(crate) fn of_value<T: Serialize + ?Sized>(value: &T) -> Result<Self, ToolError> {
        match value.serialize(Scout { is_whole: true }).map_err(Problem::into_error)? {
            Kind::Value | Kind::Nothing => Self::written(value),
            Kind::Text | Kind::Tag(_) => Ok(Self::new(text(value).map_err(Problem::into_error)?)),
            Kind::Block { .. } => {
                let json = write(value)?;
                Ok(Self::new(block(&json).map_err(Problem::into_error)?).keeping(&json))
            }
            Kind::Blocks { .. } => {
                let mut blocks = Vec::new();
                value.serialize(Parts(&mut blocks)).map_err(Problem::into_error)?;
                Ok(Self::new(blocks).keeping(&write(value)?))
            }
        }
    }
}

fn block(json: &str) -> Result<ContentBlock, Problem> {
    serde_json::from_str(json).map_err(ser::Error::custom)
}

/// Splits a list that contains blocks: each element is converted as if it were the whole value.
struct Parts<'b>(&'b mut Vec<ContentBlock>);

impl Parts<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Problem> {
        match value.serialize(Scout::INSIDE)? {
            Kind::Nothing => {}
            Kind::Blocks { .. } => value.serialize(Parts(self.0))?,
            Kind::Block { .. } => self.0.push(block(&json(value)?)?),
            Kind::Text | Kind::Tag(_) => self.0.push(ContentBlock::text(text(value)?)),
            Kind::Value => self.0.push(ContentBlock::text(json(value)?)),
        }
        Ok(())
    }
}

/// The value is a list for [`Scout`], but not now.
fn not_a_list() -> Problem {
    Problem::Other("the value changed while it was read".into())
}

macro_rules! are_not_lists {
    ($($method:ident($($type:ty),*))*) => {$(
        fn $method(self, $(_: $type),*) -> Result<(), Problem> {
            Err(not_a_list())
        }
    )*};
}

impl Serializer for Parts<'_> {
    type Ok = ();
    type Error = Problem;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = ser::Impossible<(), Problem>;
    type SerializeMap = ser::Impossible<(), Problem>;
    type SerializeStruct = ser::Impossible<(), Problem>;
    type SerializeStructVariant = ser::Impossible<(), Problem>;

    are_not_lists! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_i128(i128) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_u128(u128) serialize_f32(f32) serialize_f64(f64) serialize_char(char) serialize_str(&str)
        serialize_bytes(&[u8]) serialize_none() serialize_unit() serialize_unit_struct(&'static str)
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Problem> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Problem> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Problem> {
        Err(not_a_list())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Problem> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Problem> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Problem> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Problem> {
        Err(not_a_list())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Problem> {
        Err(not_a_list())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Problem> {
        Err(not_a_list())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Problem> {
        Err(not_a_list())
    }
}

macro_rules! parts {
    ($($trait:ident: $method:ident;)*) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Problem;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Problem> {
                self.add(value)
            }

            fn end(self) -> Result<(), Problem> {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
}
