//! Made-up values: values that a schema suggests or allows, for properties that the prompt has no value for.

use serde_json::{Value, json};

/// Returns the default or the first example of a schema.
pub(super) fn suggested(schema: &Value) -> Option<Value> {
    let examples = schema["examples"].as_array();
    schema.get("default").or_else(|| examples?.first()).cloned()
}

/// Returns a text in a format, or else the text that the description quotes.
pub(super) fn example<'s>(schema: &'s Value, format: &str) -> Option<&'s str> {
    Some(match format {
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T12:00:00Z",
        "time" => "12:00:00Z",
        "duration" => "P1D",
        "email" => "someone@example.com",
        "hostname" => "example.com",
        "uri" => "https://example.com",
        "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        _ => schema["description"].as_str()?.split('"').nth(1)?,
    })
}

/// The lengths that a schema allows for a text, in characters.
pub(super) struct Length {
    shortest: usize,
    longest: usize,
}

impl Length {
    pub(super) fn of(schema: &Value) -> Self {
        let limit = |name: &str| schema[name].as_u64().and_then(|limit| usize::try_from(limit).ok());
        Self { shortest: limit("minLength").unwrap_or(0).min(1_000), longest: limit("maxLength").unwrap_or(usize::MAX) }
    }

    pub(super) fn allows(&self, text: &str) -> bool {
        (self.shortest..=self.longest).contains(&text.chars().count())
    }

    /// Returns the text, cut or padded to an allowed length.
    pub(super) fn fit(&self, text: &str) -> String {
        let padding = std::iter::repeat('x');
        let length = text.chars().count().max(self.shortest).min(self.longest);
        text.chars().chain(padding).take(length).collect()
    }
}

/// The numbers that a schema allows.
pub(super) struct Range {
    minimum: f64,
    maximum: f64,
    /// `true` for a limit that is exclusive: first the minimum, then the maximum.
    open: (bool, bool),
    step: Option<f64>,
}

impl Range {
    pub(super) fn of(schema: &Value) -> Self {
        let limit = |closed: &str, open: &str| match schema[open].as_f64() {
            Some(limit) => (Some(limit), true),
            None => (schema[closed].as_f64(), false),
        };
        let (minimum, above) = limit("minimum", "exclusiveMinimum");
        let (maximum, below) = limit("maximum", "exclusiveMaximum");
        Self {
            minimum: minimum.unwrap_or(f64::NEG_INFINITY),
            maximum: maximum.unwrap_or(f64::INFINITY),
            open: (above, below),
            step: schema["multipleOf"].as_f64().filter(|step| *step > 0.0),
        }
    }

    pub(super) fn holds(&self, number: f64) -> bool {
        let above = number > self.minimum || !self.open.0 && number >= self.minimum;
        let below = number < self.maximum || !self.open.1 && number <= self.maximum;
        above && below && self.step.is_none_or(|step| (number / step).fract() == 0.0)
    }

    /// Returns a number in the range, if possible a small one.
    pub(super) fn any(&self, integer: bool) -> Value {
        let step = self.step.unwrap_or(1.0);
        let ends = [
            (self.minimum / step).ceil() * step,
            (self.minimum / step).floor() * step + step,
            (self.maximum / step).floor() * step,
            self.minimum.midpoint(self.maximum),
        ];
        let number =
            [step, 0.0].into_iter().chain(ends).find(|number| number.is_finite() && self.holds(*number)).unwrap_or(0.0);
        let whole = integer || number.fract() == 0.0;
        match format!("{number:.0}").parse::<i64>() {
            Ok(number) if whole => json!(number),
            _ => json!(number),
        }
    }
}
