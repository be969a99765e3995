//! The task budget: the number of tokens that the model should not exceed.

use serde_json::Value;

use super::dialect::{Beta, Dialect};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Request;
use super::shape::{self, Shape};

/// The smallest budget, in tokens.
const MIN_TOTAL: u64 = 20_000;

/// Checks the fields of `output_config.task_budget`.
pub(super) fn fields(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const BUDGET: Shape = Shape::new(&["type", "total"]).optional(&["remaining"]);
    if !dialect.has(Beta::TaskBudgets) {
        return Err(shape::unknown(at));
    }
    let budget = shape::object(value, at)?;
    BUDGET.check(budget, at, dialect)?;
    shape::one_of(&budget["type"], &at.field("type"), &["tokens"])?;
    let total = shape::natural(&budget["total"], &at.field("total"))?;
    if total < MIN_TOTAL {
        return shape::at_least(MIN_TOTAL, &at.field("total"));
    }
    match shape::given(budget, "remaining") {
        Some(remaining) if shape::natural(remaining, &at.field("remaining"))? > total => {
            Err(Refusal::at(&at.field("remaining"), format_args!("Input should be less than or equal to {total}")))
        }
        _ => Ok(()),
    }
}

/// Checks that the model supports a task budget.
pub(super) fn check(request: &Request<'_>) -> Check {
    let budget = shape::given(request.body, "output_config").is_some_and(|config| config["task_budget"].is_object());
    if budget && !request.model.task_budget {
        return Err(Refusal::new("output_config.task_budget is not supported on this model"));
    }
    Ok(())
}
