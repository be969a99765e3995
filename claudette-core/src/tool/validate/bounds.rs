//! [`exceeds`]: checks the bounds of numbers and the sizes of texts, lists and objects.

use serde_json::{Number, Value};

use super::number::Decimal;
use super::tree::{Kind, Tree};
use crate::tool::texts;

/// Returns the violation, if a number is out of its bounds, or a text, list or object has the wrong size.
pub(crate) fn exceeds(schema: &Value, keyword: &str, limit: &Number, value: &Tree<'_>) -> Option<String> {
    let (size, unit) = match (keyword, &value.kind) {
        (_, Kind::Number) => (value.text.to_owned(), ""),
        ("minLength" | "maxLength", Kind::Text(text)) => (text.chars().count().to_string(), "character"),
        ("minItems" | "maxItems", Kind::List(list)) => (list.len().to_string(), "element"),
        ("minProperties" | "maxProperties", Kind::Object(fields)) => (fields.len().to_string(), "field"),
        _ => return None,
    };
    let (number, bound) = (Decimal::of(&size), Decimal::of(&limit.to_string()));
    let fits = match keyword {
        "minimum" | "minLength" | "minItems" | "minProperties" => number >= bound,
        "maximum" | "maxLength" | "maxItems" | "maxProperties" => number <= bound,
        "exclusiveMinimum" => number > bound,
        "exclusiveMaximum" => number < bound,
        "multipleOf" => is_multiple(&size, &number, limit, &bound),
        _ => return None,
    };
    let pair = keyword.get(3..).map(|what| ["min", "max"].map(|end| schema.get(format!("{end}{what}"))));
    let is_exact = pair.is_some_and(|[min, max]| min.is_some() && min == max);
    let got = if matches!(value.kind, Kind::Number) { value.brief() } else { size };
    (!fits).then(|| texts::expected(&texts::bound(keyword, is_exact, limit, unit), &got))
}

fn is_multiple(text: &str, number: &Decimal, limit: &Number, of: &Decimal) -> bool {
    match (number.to_integer::<i128>(), of.to_integer::<i128>(), text.parse::<f64>(), limit.as_f64()) {
        (_, Some(0), ..) => true,
        (Some(number), Some(of), ..) => number % of == 0,
        (.., Ok(number), Some(of)) => {
            // 0.3 is a multiple of 0.1, except for rounding errors.
            let times = number / of;
            (times - times.round()).abs() <= times.abs() * f64::EPSILON
        }
        _ => true,
    }
}
