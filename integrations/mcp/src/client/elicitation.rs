//! [`Elicitation`]: a question of a server to the user, and the answer.

use std::fmt;
use std::sync::Arc;

use claudette::BoxFuture;
use serde_json::{Map, Value, json};

use crate::text::clean;

/// A question of a server to the user.
///
/// A server may need a value in the middle of a tool call: a name, a choice, a confirmation. It sends a message and
/// either a flat JSON Schema for the answer or a URL. The texts come from the server, without control characters;
/// show which server asks, and ask the user before a URL is opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Elicitation {
    /// The name of the server that asks.
    pub server: String,
    /// The message for the user.
    pub message: String,
    /// The schema of the values: an object whose properties are texts, numbers, booleans and choices. `None` if the
    /// server sends a URL.
    pub schema: Option<Value>,
    /// A URL for the user to open. Nothing opens it by itself.
    pub url: Option<String>,
}

/// The answer of the user to an [`Elicitation`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ElicitationAnswer {
    /// The user answers with these values, a JSON object. Values that are missing are filled in with the defaults of
    /// the schema.
    Accept(Value),
    /// The user refuses.
    Decline,
    /// The user closes the question without an answer.
    Cancel,
}

/// The callback of the program that answers questions.
#[derive(Clone)]
pub(crate) struct Elicit(Arc<Callback>);

type Callback = dyn Fn(Elicitation) -> BoxFuture<'static, ElicitationAnswer> + Send + Sync;

impl Elicit {
    pub(crate) fn new<F>(ask: impl Fn(Elicitation) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ElicitationAnswer> + Send + 'static,
    {
        Self(Arc::new(move |question| Box::pin(ask(question))))
    }

    /// Asks the program, and returns the result for the server.
    pub(crate) async fn answer(&self, server: &str, params: &Value) -> Value {
        let question = question(server, params);
        let schema = question.schema.clone();
        match (self.0)(question).await {
            ElicitationAnswer::Accept(values) => accepted(values, schema.as_ref()),
            ElicitationAnswer::Decline => json!({"action": "decline"}),
            ElicitationAnswer::Cancel => json!({"action": "cancel"}),
        }
    }
}

impl fmt::Debug for Elicit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Elicit")
    }
}

fn question(server: &str, params: &Value) -> Elicitation {
    let text = |name: &str| params.get(name).and_then(Value::as_str).map(|text| clean(text).into_owned());
    Elicitation {
        server: server.to_owned(),
        message: text("message").unwrap_or_default(),
        schema: params.get("requestedSchema").filter(|schema| schema.is_object()).cloned(),
        url: text("url"),
    }
}

/// Returns the result of an accepted question, with the defaults of the schema filled in.
fn accepted(values: Value, schema: Option<&Value>) -> Value {
    let Some(schema) = schema else { return json!({"action": "accept"}) };
    let mut values = match values {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        if let Some(default) = property.get("default") {
            values.entry(name.clone()).or_insert_with(|| default.clone());
        }
    }
    json!({"action": "accept", "content": values})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn defaults_are_filled_in() {
        let params = json!({
            "message": "Who?\u{202e}",
            "requestedSchema": {"type": "object", "properties": {
                "name": {"type": "string", "default": "Ada"},
                "age": {"type": "integer", "default": 36},
                "city": {"type": "string"},
            }},
        });
        let elicit = Elicit::new(|question| async move {
            assert_eq!((question.server.as_str(), question.message.as_str()), ("crm", "Who?"));
            ElicitationAnswer::Accept(json!({"age": 37}))
        });
        let answer = elicit.answer("crm", &params).await;
        assert_eq!(answer, json!({"action": "accept", "content": {"age": 37, "name": "Ada"}}));
    }

    #[tokio::test]
    async fn a_url_is_handed_over() {
        let params = json!({"mode": "url", "message": "Sign in", "url": "https://example.com/login"});
        let elicit = Elicit::new(|question| async move {
            assert_eq!(question.url.as_deref(), Some("https://example.com/login"));
            assert_eq!(question.schema, None);
            ElicitationAnswer::Decline
        });
        assert_eq!(elicit.answer("crm", &params).await, json!({"action": "decline"}));
    }
}
