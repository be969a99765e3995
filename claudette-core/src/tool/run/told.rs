//! [`told`](ToolOutput::told): what the model reads of a value that serialises.
//!
//! A first pass ([`Scout`]) looks at the value and writes nothing; most values are then written as JSON in one go.

use serde::ser::{self, Serialize, Serializer};

use super::error::ToolError;
use super::output::ToolOutput;
use super::scout::{Kind, Problem, Scout, json, text, write};
use crate::messages::ContentBlock;

impl ToolOutput {
    /// A text as it is; a list or tuple with blocks as blocks; any other value as compact JSON.
    ///
    /// # Errors
    ///
    /// The value has no JSON form, contains a number that is not finite, or a file that the model could not see.
    #[inline]
    pub(crate) fn told<T: Serialize + ?Sized>(value: &T) -> Result<Self, ToolError> {
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

/// Takes a list with blocks apart: each element is told as it would be by itself.
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

/// What [`Scout`] has found to be no list.
fn no_list() -> Problem {
    Problem::Other("the value changed while it was read".into())
}

macro_rules! are_no_lists {
    ($($method:ident($($type:ty),*))*) => {$(
        fn $method(self, $(_: $type),*) -> Result<(), Problem> {
            Err(no_list())
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

    are_no_lists! {
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
        Err(no_list())
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
        Err(no_list())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Problem> {
        Err(no_list())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Problem> {
        Err(no_list())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Problem> {
        Err(no_list())
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
