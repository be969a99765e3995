//! [`ToolParam`]: a type that the model can fill in.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A type that can be an argument of a tool: one that can be read from JSON and described by a schema.
///
/// Nothing implements this by hand: derive the two traits it asks for.
///
/// ```
/// /// Where on the map.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// fn takes_an_argument<T: claudette::tooling::ToolParam>() {}
/// takes_an_argument::<Vec<Point>>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "the model cannot fill this in",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for each type of your own in `{Self}`",
    note = "`JsonSchema` is that of schemars 1, which is re-exported as `claudette::schemars`"
)]
pub trait ToolParam: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> ToolParam for T {}
