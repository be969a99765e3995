//! Autoref specialisation: what generated code does with a value of which only the compiler knows what it can do.
//!
//! No trait of stable Rust can tell `Result` from every other type, or text from what merely serialises. Method look-up
//! can, where the type is known: it tries the receiver as it is, then with one reference less, and so on, and takes
//! the first method whose bounds hold. An alias of `Result` and an `impl Serialize` are seen through, for what is asked
//! for is a bound and never a name. The last method takes anything and states what is missing, in our words.

use crate::tool::run::{IntoToolOutput, ToolError, ToolOutput};

/// Turns what a tool's function returned into its result.
///
/// Each `&` puts the traits of [`kinds`] that are implemented for as many references before those for fewer.
#[doc(hidden)]
#[macro_export]
macro_rules! __tool_output {
    (future $returned:expr) => {
        match $returned {
            returned => {
                #[allow(unused_imports)]
                use $crate::__private::kinds::{IsFuture as _, IsNoFuture as _};
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
                    IsToolOutput as _, IsValue as _, NothingFails as _, NothingFits as _, PointerFails as _,
                    ToolErrorFails as _,
                };
                // A `Result` in a `Result` decides as well, at three levels; `told.rs` finds one that is deeper.
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

/// How the value of a default is shown in the schema: as JSON, where its type has one.
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

/// The schema of what a function of this return type gives the model, if that is JSON and its type has one.
#[doc(hidden)]
#[macro_export]
macro_rules! __tool_output_schema {
    ($returned:ty) => {{
        #[allow(unused_imports)]
        use $crate::__private::kinds::{
            HasNoSchema as _, HasSchema as _, IsOptionOfResult as _, IsResult as _, IsValue as _, SaysText as _,
        };
        let probe = $crate::__private::probe_type::<$returned>();
        let probe = (&&&(&&&(&&&probe).value()).value()).value();
        (&&&probe).schema()
    }};
}

/// Stands for a value of this type while a method is looked up.
pub fn probe<T>(_: &T) -> kinds::Probe<T> {
    probe_type()
}

/// Stands for a type while a method is looked up.
pub fn probe_type<T>() -> kinds::Probe<T> {
    kinds::Probe(std::marker::PhantomData)
}

/// One trait for each answer, implemented for as many references as there are answers after it.
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

    // First: is it a future?

    pub trait IsFuture<F> {
        fn future(&self, returned: F) -> F;
    }

    impl<F: Future> IsFuture<F> for &Probe<F> {
        fn future(&self, returned: F) -> F {
            returned
        }
    }

    pub trait IsNoFuture<T> {
        fn future(&self, returned: T) -> Ready<T>;
    }

    impl<T> IsNoFuture<T> for Probe<T> {
        fn future(&self, returned: T) -> Ready<T> {
            std::future::ready(returned)
        }
    }

    // Then: did it return a `Result`? `split` takes a value apart; `value` does the same for the type alone.

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

    // Then: what does the model read of the value?

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
            ToolOutput::told(&value)
        }
    }

    pub trait NothingFits<T> {
        fn output(&self, value: T) -> Result<ToolOutput, ToolError>
        where
            T: ToolReturn;
    }

    impl<T> NothingFits<T> for Probe<T> {
        fn output(&self, _: T) -> Result<ToolOutput, ToolError>
        where
            T: ToolReturn,
        {
            Err(ToolError::new("no type is here"))
        }
    }

    /// Implemented by nothing: it is there to be missed.
    #[diagnostic::on_unimplemented(
        message = "a tool cannot return `{Self}`",
        label = "the model cannot read this",
        note = "derive `serde::Serialize` for `{Self}`, or implement `claudette::tooling::IntoToolOutput`",
        note = "if it is a future, make the function an `async fn`"
    )]
    pub trait ToolReturn {}

    // And what of the error?

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

    /// `Box<dyn Error>`, `anyhow::Error` and their like: no errors themselves, but pointers to one.
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

    pub trait NothingFails<E> {
        fn failure(&self, error: E) -> ToolError
        where
            E: ToolFailure;
    }

    impl<E> NothingFails<E> for Probe<E> {
        fn failure(&self, _: E) -> ToolError
        where
            E: ToolFailure,
        {
            ToolError::new("no type is here")
        }
    }

    /// Implemented by nothing: it is there to be missed.
    #[diagnostic::on_unimplemented(
        message = "a tool cannot fail with `{Self}`",
        label = "the model cannot read this error",
        note = "implement `std::fmt::Display` for `{Self}`: its text is what the model reads"
    )]
    pub trait ToolFailure {}

    // For the schema of the output: has the JSON of the value one?

    /// How the schema of an output is made.
    pub type MakeSchema = Option<fn() -> Option<Value>>;

    pub trait SaysText {
        fn schema(&self) -> MakeSchema;
    }

    impl<T: IntoToolOutput> SaysText for &&Probe<T> {
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

    // Last, for the schema of the arguments: has the value of a default a JSON form?

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

    macro_rules! told {
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
    fn text_goes_as_it_is() {
        assert_eq!(told!("a \"b\""), "a \"b\"");
        assert_eq!(told!(String::from("b")), "b");
        assert_eq!(told!(Cow::Borrowed("c")), "c");
        assert_eq!(told!(Arc::<str>::from("d")), "d");
    }

    #[test]
    fn nothing_is_empty() {
        assert_eq!(told!(()), "");
    }

    #[test]
    fn values_become_json() {
        assert_eq!(told!(7), "7");
        assert_eq!(told!(vec![Some(1), None]), "[1,null]");
        assert_eq!(told!(some()), r#"{"temperature":7.5,"summary":"rain"}"#);
        assert_eq!(told!(None::<u8>), "null");
        assert_eq!(told!(serde_json::json!("a")), "\"a\"");
    }

    #[test]
    fn blocks_stay_blocks() {
        let output = __tool_output!(ContentBlock::text("a")).expect("a block is an output");
        assert_eq!(output.content(), &ResultContent::Blocks(vec![ContentBlock::text("a")]));
        assert_eq!(told!(vec![ContentBlock::text("a"), ContentBlock::text("b")]), "ab");
        assert_eq!(told!(ToolOutput::new("a")), "a");
        let pictures = __tool_output!(vec![Image::file_id("f")]).expect("a list of blocks is an output");
        assert_eq!(pictures.content().blocks()[0].kind(), "image");
        assert_eq!(told!(vec!["a", "b"]), r#"["a","b"]"#);
    }

    #[test]
    fn a_result_is_seen_through_any_name() {
        assert_eq!(told!(Ok::<_, String>("a")), "a");
        assert_eq!(told!(Alias::Ok(1)), "1");
        assert_eq!(told!(Alias::<i32>::Err(fmt::Error)), format!("! {}", fmt::Error));
        assert_eq!(told!(Err::<(), _>("no such city")), "! no such city");
        assert_eq!(told!(Err::<(), _>(ToolError::new("no"))), "! no");
        assert_eq!(told!(Err::<(), _>(String::new())), format!("! {}", ToolError::new("")));
        let boxed: Result<(), Box<dyn std::error::Error + Send + Sync>> = Err("no such city".into());
        assert_eq!(told!(boxed), "! no such city");
    }

    #[test]
    fn what_has_no_json_is_an_error() {
        let pairs = HashMap::from([((1, 2), 3)]);
        let told = told!(pairs);
        assert!(told.starts_with("! ") && told.ends_with("key must be a string"), "{told}");
    }
}
