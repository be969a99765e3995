//! Autoref specialisation: lets generated code choose a conversion by the traits that a value implements.
//!
//! A trait of stable Rust cannot distinguish `Result` from all other types, or text from a type that only serialises.
//! Method look-up can, if the type is known: it tries the receiver, then the receiver with one reference less, and so
//! on, and takes the first method whose bounds are met. Aliases of `Result` and `impl Serialize` work, because the
//! look-up compares bounds and not names. The last method accepts every type and has a bound that is never met, with
//! our own compile error.

use crate::tool::run::{IntoToolOutput, ToolError, ToolOutput};

/// Turns the return value of a tool's function into the tool's result.
///
/// A trait of [`kinds`] that is implemented for more references has priority over one for fewer.
#[doc(hidden)]
#[macro_export]
macro_rules! __tool_output {
    (future $returned:expr) => {
        match $returned {
            returned => {
                #[allow(unused_imports)]
                use $crate::__private::kinds::{IsFuture as _, IsNotFuture as _};
                $crate::__private::output!((&&$crate::__private::probe(&returned)).future(returned).await)
            }
        }
    };
    ($returned:expr) => {
        match $returned {
            returned => {
                #[allow(unused_imports)]
                use $crate::__private::kinds::{
                    DisplayFails as _, ErrorFails as _, IsOptionOfResult as _, IsResult as _, IsSerialize as _,
                    IsToolOutput as _, IsValue as _, ErrorIsNotSupported as _, IsNotSupported as _, PointerFails as _,
                    ToolErrorFails as _,
                };
                // Nested `Result`s are split at three levels; `of_value.rs` handles deeper ones.
                $crate::__private::output!(@split returned, {
                    returned => $crate::__private::output!(@split returned, {
                        returned => $crate::__private::output!(@split returned, {
                            value => (&&&$crate::__private::probe(&value)).output(value)
                        })
                    })
                })
            }
        }
    };
    (@split $returned:ident, { $value:ident => $then:expr }) => {
        match (&&&$crate::__private::probe(&$returned)).split($returned) {
            $crate::__private::Ok($value) => $then,
            $crate::__private::Err(error) => {
                $crate::__private::Err((&&&&&$crate::__private::probe(&error)).failure(error))
            }
        }
    };
}

/// Writes the value of a default as JSON for the schema, if its type implements `Serialize`.
#[doc(hidden)]
#[macro_export]
macro_rules! __tool_show {
    () => {
        |value| {
            #[allow(unused_imports)]
            use $crate::__private::kinds::{NotShown as _, ShownAsJson as _};
            (&&$crate::__private::probe(value)).show(value)
        }
    };
}

/// Returns the function that generates the output schema of this return type, if the output is JSON with a schema.
#[doc(hidden)]
#[macro_export]
macro_rules! __tool_output_schema {
    ($returned:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::kinds::{
            HasNoSchema as _, HasSchema as _, IsOptionOfResult as _, IsResult as _, IsText as _, IsValue as _,
        };
        let probe = $crate::__private::probe_type::<$returned>();
        let probe = (&&&(&&&(&&&probe).value()).value()).value();
        (&&&probe).schema()
    }};
}

/// Returns a placeholder for a value of this type, on which a method is looked up.
pub fn probe<T>(_: &T) -> kinds::Probe<T> {
    probe_type()
}

/// Returns a placeholder for a type, on which a method is looked up.
pub fn probe_type<T>() -> kinds::Probe<T> {
    kinds::Probe(std::marker::PhantomData)
}

/// One trait for each choice, implemented for as many references as there are choices after it.
#[doc(hidden)]
pub mod kinds {
    use std::error::Error as StdError;
    use std::fmt::{self, Display};
    use std::future::Ready;
    use std::marker::PhantomData;
    use std::ops::Deref;

    use schemars::JsonSchema;
    use serde::Serialize;
    use serde_json::Value;

    use super::{IntoToolOutput, ToolError, ToolOutput, probe_type};
    use crate::tool::run::shown;
    use crate::tool::schema::of_output;

    pub struct Probe<T>(pub(crate) PhantomData<fn() -> T>);

    impl<T> fmt::Debug for Probe<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Probe")
        }
    }

    // First choice: is the returned value a future?

    pub trait IsFuture<F> {
        fn future(&self, returned: F) -> F;
    }

    impl<F: Future> IsFuture<F> for &Probe<F> {
        fn future(&self, returned: F) -> F {
            returned
        }
    }

    pub trait IsNotFuture<T> {
        fn future(&self, returned: T) -> Ready<T>;
    }

    impl<T> IsNotFuture<T> for Probe<T> {
        fn future(&self, returned: T) -> Ready<T> {
            std::future::ready(returned)
        }
    }

    // Second choice: is the returned value a `Result`? `split` works on a value, `value` on the type alone.

    pub trait IsOptionOfResult<T, E> {
        fn value(&self) -> Probe<Option<T>> {
            probe_type()
        }

        fn split(&self, returned: Option<Result<T, E>>) -> Result<Option<T>, E>;
    }

    impl<T, E> IsOptionOfResult<T, E> for &&Probe<Option<Result<T, E>>> {
        fn split(&self, returned: Option<Result<T, E>>) -> Result<Option<T>, E> {
            returned.transpose()
        }
    }

    pub trait IsResult<T, E> {
        fn value(&self) -> Probe<T> {
            probe_type()
        }

        fn split(&self, returned: Result<T, E>) -> Result<T, E>;
    }

    impl<T, E> IsResult<T, E> for &Probe<Result<T, E>> {
        fn split(&self, returned: Result<T, E>) -> Result<T, E> {
            returned
        }
    }

    pub trait IsValue<T> {
        fn value(&self) -> Probe<T> {
            probe_type()
        }

        fn split(&self, returned: T) -> Result<T, ToolError>;
    }

    impl<T> IsValue<T> for Probe<T> {
        fn split(&self, returned: T) -> Result<T, ToolError> {
            Ok(returned)
        }
    }

    // Third choice: which form of the value does the model read?

    pub trait IsToolOutput<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError>;
    }

    impl<T: IntoToolOutput> IsToolOutput<T> for &&Probe<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError> {
            Ok(value.into_tool_output())
        }
    }

    pub trait IsSerialize<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError>;
    }

    impl<T: Serialize> IsSerialize<T> for &Probe<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError> {
            ToolOutput::of_value(&value)
        }
    }

    pub trait IsNotSupported<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError>
        where
            T: ToolReturn;
    }

    impl<T> IsNotSupported<T> for Probe<T> {
        fn output(&self, _: T) -> Result<ToolOutput, ToolError>
        where
            T: ToolReturn,
        {
            Err(ToolError::new("no type is here"))
        }
    }

    /// Not implemented for any type, so the bound `T: ToolReturn` always gives this compile error.
    #[diagnostic::on_unimplemented(
        message = "a tool cannot return `{Self}`",
        label = "this type cannot be turned into a tool result",
        note = "derive `serde::Serialize` for `{Self}`, or implement `claudette::tooling::IntoToolOutput`",
        note = "if it is a future, make the function an `async fn`"
    )]
    pub trait ToolReturn {}

    // Fourth choice: how does the error become text?

    pub trait ToolErrorFails {
        fn failure(&self, error: ToolError) -> ToolError;
    }

    impl ToolErrorFails for &&&&Probe<ToolError> {
        fn failure(&self, error: ToolError) -> ToolError {
            error
        }
    }

    pub trait ErrorFails<E> {
        fn failure(&self, error: E) -> ToolError;
    }

    impl<E: StdError> ErrorFails<E> for &&&Probe<E> {
        fn failure(&self, error: E) -> ToolError {
            ToolError::from_chain(&error)
        }
    }

    /// Covers `Box<dyn Error>`, `anyhow::Error` and other types that dereference to an error but do not implement
    /// `Error`.
    pub trait PointerFails<E> {
        fn failure(&self, error: E) -> ToolError;
    }

    impl<E: Deref<Target: StdError>> PointerFails<E> for &&Probe<E> {
        fn failure(&self, error: E) -> ToolError {
            ToolError::from_chain(&*error)
        }
    }

    pub trait DisplayFails<E> {
        fn failure(&self, error: E) -> ToolError;
    }

    impl<E: Display> DisplayFails<E> for &Probe<E> {
        fn failure(&self, error: E) -> ToolError {
            ToolError::new(error)
        }
    }

    pub trait ErrorIsNotSupported<E> {
        fn failure(&self, error: E) -> ToolError
        where
            E: ToolFailure;
    }

    impl<E> ErrorIsNotSupported<E> for Probe<E> {
        fn failure(&self, _: E) -> ToolError
        where
            E: ToolFailure,
        {
            ToolError::new("no type is here")
        }
    }

    /// Not implemented for any type, so the bound `E: ToolFailure` always gives this compile error.
    #[diagnostic::on_unimplemented(
        message = "a tool cannot fail with `{Self}`",
        label = "this error cannot be turned into text",
        note = "implement `std::fmt::Display` for `{Self}`; the model reads its text"
    )]
    pub trait ToolFailure {}

    // For the output schema: is the output JSON, and does its type implement `JsonSchema`?

    /// The function that generates the schema of an output.
    pub type MakeSchema = Option<fn() -> Option<Value>>;

    pub trait IsText {
        fn schema(&self) -> MakeSchema;
    }

    impl<T: IntoToolOutput> IsText for &&Probe<T> {
        fn schema(&self) -> MakeSchema {
            None
        }
    }

    pub trait HasSchema {
        fn schema(&self) -> MakeSchema;
    }

    impl<T: Serialize + JsonSchema> HasSchema for &Probe<T> {
        fn schema(&self) -> MakeSchema {
            Some(of_output::<T>)
        }
    }

    pub trait HasNoSchema {
        fn schema(&self) -> MakeSchema;
    }

    impl<T> HasNoSchema for Probe<T> {
        fn schema(&self) -> MakeSchema {
            None
        }
    }

    // For the argument schema: can the value of a default be serialised?

    pub trait ShownAsJson<T> {
        fn show(&self, value: &T) -> Option<Value>;
    }

    impl<T: Serialize> ShownAsJson<T> for &Probe<T> {
        fn show(&self, value: &T) -> Option<Value> {
            shown(value)
        }
    }

    pub trait NotShown<T> {
        fn show(&self, value: &T) -> Option<Value>;
    }

    impl<T> NotShown<T> for Probe<T> {
        fn show(&self, _: &T) -> Option<Value> {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::HashMap;
    use std::fmt;
    use std::sync::Arc;

    use serde::Serialize;

    use super::*;
    use crate::messages::{ContentBlock, Image, ResultContent};

    type Alias<T> = Result<T, fmt::Error>;

    macro_rules! text {
        ($value:expr) => {
            match __tool_output!($value) {
                Ok(output) => output.text().into_owned(),
                Err(error) => format!("! {error}"),
            }
        };
    }

    #[derive(Serialize)]
    struct Forecast {
        temperature: f64,
        summary: &'static str,
    }

    fn some() -> impl Serialize {
        Forecast { temperature: 7.5, summary: "rain" }
    }

    #[test]
    fn text_is_not_changed() {
        assert_eq!(text!("a \"b\""), "a \"b\"");
        assert_eq!(text!(String::from("b")), "b");
        assert_eq!(text!(Cow::Borrowed("c")), "c");
        assert_eq!(text!(Arc::<str>::from("d")), "d");
    }

    #[test]
    fn unit_is_empty_text() {
        assert_eq!(text!(()), "");
    }

    #[test]
    fn values_become_json() {
        assert_eq!(text!(7), "7");
        assert_eq!(text!(vec![Some(1), None]), "[1,null]");
        assert_eq!(text!(some()), r#"{"temperature":7.5,"summary":"rain"}"#);
        assert_eq!(text!(None::<u8>), "null");
        assert_eq!(text!(serde_json::json!("a")), "\"a\"");
    }

    #[test]
    fn blocks_stay_blocks() {
        let output = __tool_output!(ContentBlock::text("a")).expect("a block is an output");
        assert_eq!(output.content(), &ResultContent::Blocks(vec![ContentBlock::text("a")]));
        assert_eq!(text!(vec![ContentBlock::text("a"), ContentBlock::text("b")]), "ab");
        assert_eq!(text!(ToolOutput::new("a")), "a");
        let pictures = __tool_output!(vec![Image::file_id("f")]).expect("a list of blocks is an output");
        assert_eq!(pictures.content().blocks()[0].kind(), "image");
        assert_eq!(text!(vec!["a", "b"]), r#"["a","b"]"#);
    }

    #[test]
    fn aliases_of_result_are_recognised() {
        assert_eq!(text!(Ok::<_, String>("a")), "a");
        assert_eq!(text!(Alias::Ok(1)), "1");
        assert_eq!(text!(Alias::<i32>::Err(fmt::Error)), format!("! {}", fmt::Error));
        assert_eq!(text!(Err::<(), _>("no such city")), "! no such city");
        assert_eq!(text!(Err::<(), _>(ToolError::new("no"))), "! no");
        assert_eq!(text!(Err::<(), _>(String::new())), format!("! {}", ToolError::new("")));
        let boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Err("no such city".into());
        assert_eq!(text!(boxed), "! no such city");
    }

    #[test]
    fn a_value_that_cannot_be_serialised_is_an_error() {
        let pairs = HashMap::from([((1, 2), 3)]);
        let text = text!(pairs);
        assert!(text.starts_with("! ") && text.ends_with("key must be a string"), "{text}");
    }
}
