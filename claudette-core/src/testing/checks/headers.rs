//! The headers: credentials, version and betas.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use super::dialect::{Dialect, Features, Mcp, Version};
use super::refusal::Refusal;
use super::request::Rules;

pub(super) fn check(headers: &HeaderMap, rules: &Rules) -> Result<Dialect, Refusal> {
    credentials(headers, rules)?;
    let version = version(headers)?;
    let betas = betas(headers)?;
    Ok(Dialect {
        version,
        beta: !betas.is_empty(),
        interleaved: betas.iter().any(|beta| beta.starts_with("interleaved-thinking-")),
        mcp: betas.iter().filter_map(|beta| mcp(beta)).max().unwrap_or(Mcp::None),
        features: Features::of(&betas),
    })
}

fn mcp(beta: &str) -> Option<Mcp> {
    let date = beta.strip_prefix("mcp-client-")?;
    Some(if date < "2026-09-15" { Mcp::Servers } else { Mcp::Listings })
}

fn credentials(headers: &HeaderMap, rules: &Rules) -> Result<(), Refusal> {
    let key = text(headers, "x-api-key").filter(|key| !key.is_empty());
    let bearer = || {
        text(headers, AUTHORIZATION.as_str())
            .and_then(|value| value.strip_prefix("Bearer "))
            .map(str::trim)
            .filter(|token| !token.is_empty())
    };
    // If both are sent, `x-api-key` is used.
    let key = key.or_else(bearer).ok_or_else(|| Refusal::unauthorized("x-api-key header is required"))?;
    match &rules.api_key {
        Some(expected) if expected != key => Err(Refusal::unauthorized("invalid x-api-key")),
        _ => Ok(()),
    }
}

fn version(headers: &HeaderMap) -> Result<Version, Refusal> {
    match text(headers, "anthropic-version") {
        Some("2026-10-21") => Ok(Version::V2026),
        Some("2023-06-01") => Ok(Version::V2023),
        None | Some("") => Err(Refusal::new("anthropic-version: header is required")),
        Some(other) => Err(Refusal::new(format!("anthropic-version: \"{other}\" is not a valid version"))),
    }
}

/// Returns the betas of all `anthropic-beta` headers.
fn betas(headers: &HeaderMap) -> Result<Vec<&str>, Refusal> {
    let betas: Vec<&str> = headers
        .get_all("anthropic-beta")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|beta| !beta.is_empty())
        .collect();
    let unknown: Vec<String> = betas.iter().filter(|beta| !is_beta(beta)).map(|beta| format!("`{beta}`")).collect();
    if unknown.is_empty() {
        return Ok(betas);
    }
    Err(Refusal::new(format!("Unexpected value(s) {} for the `anthropic-beta` header.", unknown.join(", "))))
}

/// Returns `true` if this has the form of a beta: a name and a date.
pub(in crate::testing) fn is_beta(value: &str) -> bool {
    let Some((name, date)) = value.len().checked_sub("-2026-01-31".len()).and_then(|end| value.split_at_checked(end))
    else {
        return false;
    };
    let named = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let dated = date.bytes().enumerate().all(|(index, byte)| match index {
        0 | 5 | 8 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    !name.is_empty() && named && dated
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
