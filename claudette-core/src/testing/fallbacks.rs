//! [`Chain`]: the models that a request is sent to, one after the other, as long as they decline.

use serde_json::{Map, Value, json};

use super::context::list;

/// The models that a request is sent to, and what those before the current one have written.
pub(super) struct Chain {
    /// The request to the current model, without its fallbacks.
    request: Value,
    /// The request with the output of the models before, which the current one continues.
    asked: Value,
    original: Value,
    /// The fallbacks that are left, the next one last.
    left: Vec<Value>,
    /// The content of the models that have declined, with a block for each change.
    content: Vec<Value>,
    /// The usage of their runs.
    runs: Vec<Value>,
}

impl Chain {
    pub(super) fn of(body: &Value) -> Self {
        let mut request = body.clone();
        remove(&mut request, "fallbacks");
        let mut left = match &body["fallbacks"] {
            Value::Array(models) => models.clone(),
            Value::String(_) => vec![json!({ "model": default_for(&body["model"]) })],
            _ => Vec::new(),
        };
        left.reverse();
        Self { asked: request.clone(), original: request.clone(), request, left, content: Vec::new(), runs: Vec::new() }
    }

    /// Returns the request to the current model.
    pub(super) fn request(&self) -> &Value {
        &self.request
    }

    /// Returns the request to the current model with the output that it continues.
    pub(super) fn asked(&self) -> &Value {
        &self.asked
    }

    /// Returns `true` if no model has declined.
    pub(super) fn is_first(&self) -> bool {
        self.runs.is_empty()
    }

    /// Changes to the next model if this message of the current one is a refusal. Returns `false` if it is the answer.
    pub(super) fn goes_on_after(&mut self, message: &Value) -> bool {
        if message["stop_reason"] != "refusal" {
            return false;
        }
        let Some(next) = self.left.pop() else { return false };
        let (from, to) = (self.request["model"].clone(), next["model"].clone());
        self.content.extend(list(&message["content"]).iter().cloned());
        self.content.push(json!({
            "type": "fallback",
            "from": { "model": from },
            "to": { "model": to },
            "trigger": { "type": "refusal", "category": message["stop_details"]["category"] },
        }));
        self.runs.extend(runs(&message["usage"], "message", &from));
        self.request = patched(&self.original, &next);
        self.asked = self.request.clone();
        let texts: Vec<Value> = self.content.iter().filter(|block| block["type"] == "text").cloned().collect();
        if let (false, Value::Array(messages)) = (texts.is_empty(), &mut self.asked["messages"]) {
            messages.push(json!({ "role": "assistant", "content": texts }));
        }
        true
    }

    /// Adds the output and the usage of the models that have declined to the message of the last one.
    pub(super) fn finish(self, message: &mut Value) {
        if self.is_first() {
            return;
        }
        let last = runs(&message["usage"], "fallback_message", &self.request["model"]);
        message["usage"]["iterations"] = self.runs.into_iter().chain(last).collect();
        let own = message["content"].take();
        message["content"] = self.content.into_iter().chain(list(&own).iter().cloned()).collect();
    }
}

/// Returns the runs of a model, each with its name. The runs that wrote its message are of this kind.
fn runs(usage: &Value, kind: &str, model: &Value) -> Vec<Value> {
    let mut runs = list(&usage["iterations"]).to_vec();
    if runs.is_empty() {
        runs.push(usage.clone());
        runs[0]["type"] = json!("message");
    }
    for run in &mut runs {
        if run["type"] == "message" {
            run["type"] = json!(kind);
        }
        run["model"] = model.clone();
    }
    runs
}

/// Returns the request to a fallback: the original one, with the fields of the fallback in place of its own.
fn patched(original: &Value, fallback: &Value) -> Value {
    let mut request = original.clone();
    let thinks_between_tools = request["thinking"]["type"] == "between_tools";
    if thinks_between_tools && fallback.get("thinking").is_none() {
        request["thinking"] = json!({ "type": "disabled" });
    }
    let Some(fields) = request.as_object_mut() else { return request };
    for (name, value) in fallback.as_object().into_iter().flatten() {
        match (fields.get_mut(name), value) {
            (_, Value::Null) => drop(fields.shift_remove(name)),
            (Some(Value::Object(own)), Value::Object(more)) if name == "output_config" => merge(own, more),
            _ => drop(fields.insert(name.clone(), value.clone())),
        }
    }
    request
}

fn merge(own: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (name, value) in more {
        if value.is_null() {
            own.shift_remove(name);
        } else {
            own.insert(name.clone(), value.clone());
        }
    }
}

fn remove(body: &mut Value, field: &str) {
    if let Some(fields) = body.as_object_mut() {
        fields.shift_remove(field);
    }
}

/// Returns the model that the API chooses.
fn default_for(model: &Value) -> &'static str {
    if model == "claude-opus-5-5" { "claude-sonnet-5-5" } else { "claude-opus-5-5" }
}
