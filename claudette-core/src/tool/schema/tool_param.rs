//! [`ToolParam`]: a type that can be an argument of a tool.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// A type that can be an argument of a tool: it can be read from JSON and described by a JSON Schema.
///
/// Do not implement this trait: derive [`Deserialize`](serde::Deserialize) and [`JsonSchema`].
///
/// ```
/// use claudette::{tool, tools};
///
/// /// A place on the map.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Point {
///     x: f64,
///     y: f64,
/// }
///
/// /// Measures the length of a route.
/// #[tool]
/// fn length(
///     /// The places along the route
///     route: Vec<Point>,
/// ) -> f64 {
///     route.windows(2).map(|pair| (pair[0].x - pair[1].x).hypot(pair[0].y - pair[1].y)).sum()
/// }
///
/// fn is_param<T: claudette::tooling::ToolParam>() {}
/// is_param::<Vec<Point>>();
///
/// let tools = tools![length];
/// let schema = tools.get("length").unwrap().definition().input_schema().get();
/// assert!(schema.contains("A place on the map."));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "this type does not implement `Deserialize` and `JsonSchema`",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for each of your types in `{Self}`",
    note = "`JsonSchema` must be the trait of schemars 1, which is re-exported as `claudette::schemars`"
)]
pub trait ToolParam: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> ToolParam for T {}
