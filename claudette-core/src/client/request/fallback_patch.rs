//! The options of a request to a fallback: those of the original request, changed by the fields of the
//! [`FallbackModel`].

use serde_json::{Map, Value};

use super::options::RequestOptions;
use crate::catalog::{Feature, Platform, plain_name};
use crate::error::{Error, Result};
use crate::messages::{FallbackModel, Fallbacks, Speed, ThinkingConfig, ThinkingKind};

impl RequestOptions {
    /// Returns the models to which the client sends the request if the first one declines.
    pub(crate) fn fallbacks_in_client(&self, host: Platform) -> &[FallbackModel] {
        let in_client = self.fallbacks.as_ref().filter(|fallbacks| self.is_in_client(fallbacks, host));
        in_client.map_or(&[], Fallbacks::models)
    }

    /// Returns the fallbacks that the request sends to the API.
    pub(crate) fn fallbacks_of_api(&self, host: Platform) -> Option<&Fallbacks> {
        self.fallbacks.as_ref().filter(|fallbacks| !self.is_in_client(fallbacks, host))
    }

    /// Returns `true` if the client changes the model: for fallbacks in the client, and for named models if the host does
    /// not have fallbacks.
    fn is_in_client(&self, fallbacks: &Fallbacks, host: Platform) -> bool {
        match fallbacks {
            Fallbacks::InClient(_) => true,
            // A field that was set by name replaces the models.
            Fallbacks::Models(_) => !host.supports(Feature::Fallbacks) && !self.extra.contains_key("fallbacks"),
            Fallbacks::Default => false,
        }
    }

    /// Returns the options of a request that begins with a fallback, and that has only the fallbacks after it. Returns
    /// `None` if these options do not have the fallback.
    ///
    /// # Errors
    /// Misuse: the fallback has a field that a fallback cannot have, or a value that is not valid.
    pub(crate) fn beginning_with(&self, fallback: &str) -> Result<Option<Self>> {
        let Some(fallbacks) = &self.fallbacks else { return Ok(None) };
        let models = fallbacks.models();
        let place = models.iter().position(|model| plain_name(model.model()) == plain_name(fallback));
        let Some((first, rest)) = place.and_then(|place| models[place..].split_first()) else { return Ok(None) };
        let mut options = self.patched(first)?;
        let rest: Vec<_> = rest.iter().map(|other| self.undone(first, other, fallbacks.are_in_client())).collect();
        options.fallbacks = (!rest.is_empty()).then(|| match fallbacks {
            Fallbacks::InClient(_) => Fallbacks::InClient(rest),
            Fallbacks::Default | Fallbacks::Models(_) => Fallbacks::Models(rest),
        });
        Ok(Some(options))
    }

    /// Returns the fallback `other` for options that were changed by `first`, with the same result as for these options.
    /// Only the client can remove a field that they do not have.
    fn undone(&self, first: &FallbackModel, other: &FallbackModel, in_client: bool) -> FallbackModel {
        let own = self.to_value();
        let mut fields = other.fields().clone();
        restore(&mut fields, first.fields(), &own, in_client);
        let configs = first.fields().get("output_config").zip(fields.get_mut("output_config"));
        if let Some((Value::Object(first), Value::Object(other))) = configs {
            restore(other, first, &own["output_config"], in_client);
        }
        FallbackModel::of_fields(fields)
    }

    /// Returns the options of a request to a fallback, which does not have fallbacks itself.
    ///
    /// # Errors
    /// Misuse: the fallback has a field that a fallback cannot have, or a value that is not valid.
    pub(crate) fn patched(&self, fallback: &FallbackModel) -> Result<Self> {
        let mut options = self.clone();
        options.fallbacks = None;
        if fallback.fields().get("thinking").is_none() && self.thinks_between_tools() {
            options.thinking = Some(ThinkingConfig::disabled());
        }
        for (field, value) in fallback.fields() {
            // A typed field does not replace one that was set by name.
            options.extra.retain(|name, _| name != field || name == "output_config");
            let is_valid = match field.as_str() {
                "model" => value.as_str().map(|model| options.model = model.into()),
                "max_tokens" => read(value, number, &mut options.max_tokens),
                "thinking" => read(value, thinking, &mut options.thinking),
                "speed" => read(value, |value| value.as_str().map(Speed::from), &mut options.speed),
                "output_config" => merge_output_config(value, &mut options),
                _ => None,
            };
            if is_valid.is_none() {
                return Err(Error::misuse(format!(
                    "the fallback {:?} cannot have the field `{field}` with the value {value}; a fallback can have \
                     `max_tokens`, `thinking`, `output_config` and `speed`",
                    fallback.model(),
                )));
            }
        }
        Ok(options)
    }

    /// Returns the reason for which the fallbacks are not valid.
    pub(super) fn fallback_refusal(&self) -> Option<String> {
        let fallbacks = self.fallbacks.as_ref()?;
        let (models, own) = (fallbacks.models(), self.model.as_str());
        if models.len() > Fallbacks::MOST {
            return Some(format!(
                "the request has {} fallbacks, but at most {} are possible",
                models.len(),
                Fallbacks::MOST
            ));
        }
        if models.is_empty() && *fallbacks != Fallbacks::Default {
            return Some("the list of fallbacks is empty; name a model, or do not set fallbacks".into());
        }
        if models.iter().any(|fallback| fallback.model().is_empty()) {
            return Some("a fallback does not name a model; create it with `FallbackModel::new(model)`".into());
        }
        for (place, model) in models.iter().map(FallbackModel::model).enumerate() {
            if model == own {
                return Some(format!("the fallback {model:?} is the model of the request; name another model"));
            }
            if models[..place].iter().any(|before| before.model() == model) {
                return Some(format!("the fallback {model:?} is named twice; name each model once"));
            }
        }
        if matches!(fallbacks, Fallbacks::InClient(_)) && self.extra.contains_key("fallbacks") {
            return Some(
                "the request has fallbacks in the client and the field `fallbacks` of the API; use one of the two"
                    .into(),
            );
        }
        None
    }

    /// Changes the fields of each fallback, including those that were set by name.
    pub(super) fn change_fallbacks(&mut self, change: impl Fn(&mut Map<String, Value>)) {
        self.fallbacks.iter_mut().flat_map(Fallbacks::models_mut).map(FallbackModel::fields_mut).for_each(&change);
        if let Some(Value::Array(named)) = self.extra.get_mut("fallbacks") {
            named.iter_mut().filter_map(Value::as_object_mut).for_each(change);
        }
    }

    fn thinks_between_tools(&self) -> bool {
        self.thinking.as_ref().is_some_and(|thinking| *thinking.kind() == ThinkingKind::BetweenTools)
    }
}

/// Gives the fields that `changed` has changed, and that `fields` does not set, their own values.
fn restore(fields: &mut Map<String, Value>, changed: &Map<String, Value>, own: &Value, may_remove: bool) {
    for name in changed.keys().filter(|name| *name != "model") {
        let value = own.get(name).cloned().unwrap_or_default();
        if !value.is_null() || may_remove {
            fields.entry(name).or_insert(value);
        }
    }
}

/// Sets an option to the value, or removes it if the value is `null`. Returns `None` if the value is not valid.
fn read<T>(value: &Value, parse: impl FnOnce(&Value) -> Option<T>, option: &mut Option<T>) -> Option<()> {
    *option = if value.is_null() { None } else { Some(parse(value)?) };
    Some(())
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64()?.try_into().ok()
}

fn thinking(value: &Value) -> Option<ThinkingConfig> {
    let fields = value.as_object()?;
    let kind = fields.get("type")?.as_str()?;
    let mut config = match fields.get("budget_tokens").filter(|budget| !budget.is_null()) {
        Some(budget) if kind == "enabled" => ThinkingConfig::enabled(number(budget)?),
        Some(_) => return None,
        None => ThinkingConfig::new(kind),
    };
    if let Some(display) = fields.get("display").filter(|display| !display.is_null()) {
        config = config.display(display.as_str()?);
    }
    Some(config)
}

/// Merges the fields of `output_config` one by one.
fn merge_output_config(value: &Value, options: &mut RequestOptions) -> Option<()> {
    if value.is_null() {
        (options.effort, options.task_budget, options.output_schema) = (None, None, None);
        options.extra.remove("output_config");
        return Some(());
    }
    for (field, value) in value.as_object()? {
        match field.as_str() {
            "effort" => read(value, |value| value.as_str().map(Into::into), &mut options.effort)?,
            "format" => read(value, |value| value.get("schema").cloned(), &mut options.output_schema)?,
            "task_budget" => {
                read(value, |value| value.get("total")?.as_u64().map(Into::into), &mut options.task_budget)?;
            }
            _ => return None,
        }
        if let Some(Value::Object(named)) = options.extra.get_mut("output_config") {
            merge(named, field, value);
        }
    }
    Some(())
}

fn merge(fields: &mut Map<String, Value>, field: &str, value: &Value) {
    if value.is_null() {
        fields.remove(field);
    } else {
        fields.insert(field.to_owned(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(options: &RequestOptions, fallback: Value) -> Result<Value> {
        options.patched(&serde_json::from_value(fallback).unwrap()).map(|options| options.to_value())
    }

    #[test]
    fn the_fields_of_a_fallback_replace_those_of_the_request() {
        let options = RequestOptions::new("a").max_tokens(100).effort("high").output_schema(json!({"type": "object"}));
        assert_eq!(
            patched(&options, json!({"model": "b", "max_tokens": 50, "output_config": {"effort": "low"}})).unwrap(),
            json!({"model": "b", "max_tokens": 50, "output_config":
                {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}}})
        );
        assert_eq!(
            patched(&options, json!({"model": "b", "max_tokens": null, "output_config": {"format": null}})).unwrap(),
            json!({"model": "b", "output_config": {"effort": "high"}})
        );
        let named = options.extra("output_config", json!({"effort": "max", "new": 1}));
        assert_eq!(
            patched(&named, json!({"model": "b", "output_config": {"effort": null}})).unwrap(),
            json!({"model": "b", "max_tokens": 100, "output_config": {"new": 1}})
        );
    }

    #[test]
    fn thinking_between_tools_is_not_inherited() {
        let options = RequestOptions::new("a").thinking(ThinkingConfig::between_tools()).speed(Speed::Fast);
        assert_eq!(
            patched(&options, json!({"model": "b"})).unwrap(),
            json!({"model": "b", "thinking": {"type": "disabled"}, "speed": "fast"})
        );
        let thinking = json!({"type": "enabled", "budget_tokens": 2_000, "display": "summarized"});
        assert_eq!(
            patched(&options, json!({"model": "b", "thinking": thinking, "speed": null})).unwrap(),
            json!({"model": "b", "thinking": thinking})
        );
    }

    #[test]
    fn a_request_can_begin_with_a_fallback() {
        let first = FallbackModel::new("b").max_tokens(50).effort("low");
        let third = FallbackModel::new("d").max_tokens(70);
        let options = RequestOptions::new("a").effort("high").speed(Speed::Fast);
        let options = options.fallbacks(Fallbacks::in_client([first, "c".into(), third]));
        let later = |options: &RequestOptions, model: &str| options.beginning_with(model).unwrap();
        assert!(later(&options, "x").is_none());
        let at_first = later(&options, "b-20260101").unwrap();
        let fields = at_first.to_value();
        assert_eq!(
            (&fields["model"], &fields["max_tokens"], &fields["output_config"]["effort"]),
            (&json!("b"), &json!(50), &json!("low"))
        );
        // The rest of the chain leads to the same requests as before.
        let original = options.fallbacks.as_ref().unwrap().models();
        for (place, fallback) in at_first.fallbacks.as_ref().unwrap().models().iter().enumerate() {
            let expected = options.patched(&original[place + 1]).unwrap().to_value();
            assert_eq!(at_first.patched(fallback).unwrap().to_value(), expected);
        }
        assert!(later(&options, "d").unwrap().fallbacks.is_none());
        // The API is not asked to remove a field.
        let mut by_api = options;
        by_api.fallbacks = by_api.fallbacks.map(|all| Fallbacks::Models(all.models().to_vec()));
        let sent = later(&by_api, "b").unwrap().to_value();
        assert_eq!(sent["fallbacks"][0], json!({"model": "c", "output_config": {"effort": "high"}}));
    }

    #[test]
    fn fields_that_are_not_valid_are_reported() {
        let options = RequestOptions::new("a");
        for wrong in [
            json!({"model": "b", "max_tokens": "many"}),
            json!({"model": "b", "tools": []}),
            json!({"model": "b", "thinking": {"type": "adaptive", "budget_tokens": 1_024}}),
            json!({"model": "b", "output_config": {"new": 1}}),
            json!({"model": null}),
        ] {
            let error = patched(&options, wrong).unwrap_err();
            assert!(error.is_misuse() && error.to_string().contains("fallback"), "{error}");
        }
    }
}
