//! Variables in configuration files: `${NAME}`, `${NAME:-default}` and `${env:NAME}`.

/// A variable that has no value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Missing {
    /// A variable of the environment that is not set and has no default.
    Unset(String),
    /// A value that an editor asks its user for.
    Input(String),
}

/// Replaces the variables of a text with their values, which are not expanded again.
///
/// `$NAME`, and braces around anything else, stay as they are. `missing` collects the variables without a value; the
/// text must not be used if there are any.
pub(super) fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>, missing: &mut Vec<Missing>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        out.push_str(&rest[..start]);
        let (whole, after) = rest[start..].split_at(length + 1);
        rest = after;
        let inner = &whole[2..length];
        if let Some(input) = inner.strip_prefix("input:") {
            missing.push(Missing::Input(input.to_owned()));
            continue;
        }
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner.strip_prefix("env:").unwrap_or(inner), None),
        };
        if !is_name(name) {
            out.push_str(whole);
        } else if let Some(value) = lookup(name).or_else(|| default.map(str::to_owned)) {
            out.push_str(&value);
        } else {
            missing.push(Missing::Unset(name.to_owned()));
        }
    }
    out.push_str(rest);
    out
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
