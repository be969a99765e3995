//! [`Params`]: the arguments of a tool.

use super::param::Param;
use crate::tool::schema::ObjectSchema;
use crate::tool::validate::{ReadError, Reading, Tree};

/// The arguments of a tool: a nested list `(first, (second, ()))`, so their number is not limited.
pub trait Params {
    /// The values read so far.
    type Slots: Default;
    /// The values, in the same form.
    type Values;

    /// Reads the value at the start of `text` into the slot of this name, and returns its length.
    fn read(&self, slots: &mut Self::Slots, name: &str, text: &str) -> Result<usize, Fault>;

    /// Reads all values from the arguments of a call, and adds an error for each value that cannot be read.
    fn reread(&self, arguments: &Tree<'_>, reading: &Reading, errors: &mut Vec<ReadError>) -> Self::Slots;

    /// Returns all values, or the name of a missing argument.
    fn finish(&self, slots: Self::Slots) -> Result<Self::Values, &'static str>;

    /// Adds each argument to the schema.
    fn describe(&self, schema: &mut ObjectSchema);
}

/// The reason why one member of the arguments cannot be read.
#[derive(Debug)]
pub enum Fault {
    Unknown,
    Twice,
    /// `serde_json` cannot read the value.
    Value,
}

impl Params for () {
    type Slots = ();
    type Values = ();

    fn read(&self, (): &mut (), _: &str, _: &str) -> Result<usize, Fault> {
        Err(Fault::Unknown)
    }

    fn reread(&self, _: &Tree<'_>, _: &Reading, _: &mut Vec<ReadError>) {}

    fn finish(&self, (): ()) -> Result<(), &'static str> {
        Ok(())
    }

    fn describe(&self, _: &mut ObjectSchema) {}
}

impl<T, Rest: Params> Params for (Param<T>, Rest) {
    type Slots = (Option<T>, Rest::Slots);
    type Values = (T, Rest::Values);

    #[inline]
    fn read(&self, slots: &mut Self::Slots, name: &str, text: &str) -> Result<usize, Fault> {
        let (param, rest) = self;
        // Names are short: comparing bytes here is faster than a call of `memcmp`.
        if name.len() != param.name.len() || !name.bytes().eq(param.name.bytes()) {
            return rest.read(&mut slots.1, name, text);
        }
        if slots.0.is_some() {
            return Err(Fault::Twice);
        }
        let (value, length) = param.read(text).map_err(|_| Fault::Value)?;
        slots.0 = value;
        Ok(length)
    }

    fn reread(&self, arguments: &Tree<'_>, reading: &Reading, errors: &mut Vec<ReadError>) -> Self::Slots {
        let (param, rest) = self;
        let value = param.reread(arguments, reading).unwrap_or_else(|error| {
            errors.push(error);
            None
        });
        (value, rest.reread(arguments, reading, errors))
    }

    #[inline]
    fn finish(&self, (slot, slots): Self::Slots) -> Result<Self::Values, &'static str> {
        let (param, rest) = self;
        let value = slot.or_else(|| param.absent()).ok_or(param.name)?;
        Ok((value, rest.finish(slots)?))
    }

    fn describe(&self, schema: &mut ObjectSchema) {
        let (param, rest) = self;
        schema.try_add(param.name, || param.property());
        rest.describe(schema);
    }
}
