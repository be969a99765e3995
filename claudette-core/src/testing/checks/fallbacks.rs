//! Fallbacks to other models, and the credits of refusals.

use serde_json::Value;

use super::dialect::{Beta, Dialect};
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::Rules;
use super::shape::{self, Fields, Shape};
use crate::testing::models::Model;

/// The maximum number of models.
const MOST: usize = 3;

/// Checks the field `fallbacks`.
pub(super) fn models(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const MODEL: Shape = Shape::new(&["model"]).optional(&["max_tokens", "thinking", "output_config", "speed"]);
    if !dialect.has(Beta::Fallbacks) {
        return Err(shape::unknown(at));
    }
    if value == "default" {
        return Ok(());
    }
    let models = shape::list(value, at)?;
    if models.is_empty() || models.len() > MOST {
        return Err(Refusal::at(at, format_args!("List should have between 1 and {MOST} items")));
    }
    for (index, model) in models.iter().enumerate() {
        let at = at.index(index);
        let model = shape::object(model, &at)?;
        MODEL.check(model, &at, dialect)?;
        shape::string(&model["model"], &at.field("model"))?;
    }
    Ok(())
}

/// Checks that the models exist.
pub(super) fn known(body: &Fields, rules: &Rules) -> Check {
    let models = body.get("fallbacks").and_then(Value::as_array).into_iter().flatten();
    let unknown = models.filter_map(|fallback| fallback["model"].as_str()).find(|id| Model::find(id).is_none());
    match unknown {
        Some(id) if !rules.any_model => Err(Refusal::unknown_model(id)),
        _ => Ok(()),
    }
}

/// Checks the field `fallback_credit_token`.
pub(super) fn credit(value: &Value, at: &Path<'_>, dialect: Dialect) -> Check {
    const CREDIT: Shape = Shape::new(&["token", "mode"]);
    if !dialect.has(Beta::FallbackCredit) {
        return Err(shape::unknown(at));
    }
    if value.is_string() {
        return Ok(());
    }
    let credit = shape::object(value, at)?;
    CREDIT.check(credit, at, dialect)?;
    shape::string(&credit["token"], &at.field("token"))?;
    shape::one_of(&credit["mode"], &at.field("mode"), &["strict", "best_effort"]).map(drop)
}
