//! Rules that differ between models: tokens, thinking, effort and sampling.

use serde_json::Value;

use super::super::models::Off;
use super::path::Path;
use super::refusal::{Check, Refusal};
use super::request::{Endpoint, Request};
use super::schema;
use super::shape::{self, Fields};

pub(super) fn check(request: &Request<'_>) -> Check {
    max_tokens(request)?;
    thinking(request)?;
    effort(request)?;
    sampling(request)?;
    output_format(request)
}

impl<'a> Request<'a> {
    /// Returns the value of `thinking.type`, if it is set.
    pub(super) fn thinking_type(&self) -> Option<&'a str> {
        Some(shape::text(self.section("thinking")?, "type"))
    }

    /// Returns `true` if thinking has its own budget, which only older models support.
    pub(super) fn manual_thinking(&self) -> bool {
        self.thinking_type() == Some("enabled")
    }

    /// Returns `true` if the model thinks before it answers.
    fn thinks(&self) -> bool {
        match self.thinking_type() {
            Some(kind) => matches!(kind, "enabled" | "adaptive"),
            None => self.model.thinking.by_default,
        }
    }

    fn effort(&self) -> Option<&'a str> {
        shape::given(self.section("output_config")?, "effort")?.as_str()
    }

    /// Returns the schema of the answer, if there is one.
    pub(super) fn output_schema(&self) -> Option<&'a Value> {
        let format = shape::given(self.section("output_config")?, "format")?;
        format.get("schema")
    }

    fn section(&self, name: &str) -> Option<&'a Fields> {
        shape::given(self.body, name)?.as_object()
    }
}

fn max_tokens(request: &Request<'_>) -> Check {
    if request.endpoint == Endpoint::CountTokens {
        return Ok(());
    }
    let max_tokens = request.body["max_tokens"].as_u64().unwrap_or_default();
    let maximum = request.model.max_output;
    if max_tokens > maximum {
        return Err(Refusal::new(format!(
            "max_tokens: {max_tokens} > {maximum}, which is the maximum allowed number of output tokens for {}",
            shape::text(request.body, "model"),
        )));
    }
    if max_tokens == 0 {
        warming(request)?;
    }
    let thinking = request.section("thinking");
    let budget = thinking.and_then(|thinking| thinking.get("budget_tokens")?.as_u64());
    if budget.is_some_and(|budget| budget >= max_tokens) && !request.dialect.interleaved {
        return Err(Refusal::new("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    Ok(())
}

/// Checks a request with `max_tokens: 0`, which only fills the cache and therefore cannot have options for the answer.
fn warming(request: &Request<'_>) -> Check {
    let choice = request.section("tool_choice");
    let forced = choice.is_some_and(|choice| matches!(shape::text(choice, "type"), "any" | "tool"));
    let with = if request.body.get("stream").is_some_and(|stream| *stream == true) {
        "`stream`"
    } else if request.manual_thinking() {
        "`thinking.type.enabled`"
    } else if request.output_schema().is_some() {
        "`output_config.format`"
    } else if forced {
        "a forced `tool_choice`"
    } else {
        return Ok(());
    };
    Err(Refusal::new(format!("max_tokens: 0 is not supported together with {with}")))
}

fn thinking(request: &Request<'_>) -> Check {
    let model = request.model.thinking;
    let refusal = match request.thinking_type() {
        Some("enabled") if !model.enabled => instead_of("enabled"),
        Some("adaptive") if !model.adaptive => "adaptive thinking is not supported on this model".to_owned(),
        Some("disabled") => match model.off {
            Off::Disabled | Off::DisabledUpToHigh => return Ok(()),
            Off::BetweenTools => "To turn thinking off on this model, send \"thinking\": {\"type\": \
                 \"between_tools\"} instead of {\"type\": \"disabled\"}."
                .to_owned(),
            Off::Never => instead_of("disabled"),
        },
        Some("between_tools") if model.off != Off::BetweenTools => {
            "\"thinking.type.between_tools\" is not supported for this model.".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Refusal::new(refusal))
}

fn instead_of(kind: &str) -> String {
    format!(
        "\"thinking.type.{kind}\" is not supported for this model. Use \"thinking.type.adaptive\" and \
         \"output_config.effort\" to control thinking behavior."
    )
}

fn effort(request: &Request<'_>) -> Check {
    let messages = shape::given(request.body, "messages").and_then(Value::as_array).into_iter().flatten();
    let changes = messages.filter_map(|message| message["output_config"]["effort"].as_str());
    request.effort().into_iter().chain(changes).try_for_each(|effort| one_effort(request, effort))
}

/// Checks an effort of the request or of a system message.
fn one_effort(request: &Request<'_>, effort: &str) -> Check {
    let model = request.model;
    if model.effort.is_empty() {
        return Err(Refusal::new("This model does not support the effort parameter."));
    }
    if !model.effort.contains(&effort) {
        return Err(Refusal::new(format!(
            "output_config.effort '{effort}' is not supported on this model. Supported values: {}.",
            model.effort.join(", ")
        )));
    }
    let off = match (model.thinking.off, request.thinking_type()) {
        (Off::DisabledUpToHigh, Some("disabled")) => "disabled",
        (Off::BetweenTools, Some("between_tools")) => "between_tools",
        _ => return Ok(()),
    };
    if matches!(effort, "xhigh" | "max") {
        return Err(Refusal::new(format!(
            "output_config.effort '{effort}' is not supported when thinking is {off} on this model. Use effort \
             'high' or below, or enable thinking."
        )));
    }
    Ok(())
}

/// Checks the sampling parameters, which only requests of the older version have at this point.
fn sampling(request: &Request<'_>) -> Check {
    let number = |name| shape::given(request.body, name).and_then(Value::as_f64);
    let (temperature, top_p) = (number("temperature"), number("top_p"));
    let top_k = shape::given(request.body, "top_k").is_some();
    for (name, value) in [("temperature", temperature), ("top_p", top_p)] {
        let at = Path::BODY.field(name);
        match value {
            Some(value) if value < 0.0 => return shape::at_least(0, &at),
            Some(value) if value > 1.0 => {
                return Err(Refusal::at(&at, "Input should be less than or equal to 1"));
            }
            _ => {}
        }
    }
    let warm = temperature.is_some_and(|value| value < 1.0);
    let refusal = if !request.model.sampling {
        let deprecated = [("temperature", warm), ("top_p", top_p.is_some_and(|value| value < 0.99)), ("top_k", top_k)];
        match deprecated.iter().find(|(_, used)| *used) {
            Some((name, _)) => format!("`{name}` is deprecated for this model."),
            None => return Ok(()),
        }
    } else if temperature.is_some() && top_p.is_some() {
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.".to_owned()
    } else if !request.thinks() {
        return Ok(());
    } else if warm {
        "`temperature` may only be set to 1 when thinking is enabled.".to_owned()
    } else if top_p.is_some_and(|value| value < 0.95) {
        "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.".to_owned()
    } else if top_k {
        "`top_k` must be unset when thinking is enabled.".to_owned()
    } else {
        return Ok(());
    };
    Err(Refusal::new(refusal))
}

fn output_format(request: &Request<'_>) -> Check {
    match request.output_schema() {
        Some(schema) => schema::check_strict(schema)
            .map_err(|message| Refusal::new(format!("output_config.format.schema: {message}"))),
        None => Ok(()),
    }
}
