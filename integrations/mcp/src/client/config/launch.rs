//! One server of a configuration file: from its keys to the way in which it is reached.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::config::{ConfigProblem, Entry, Launch};
use super::fields::Fields;
use crate::text::clean_line;

/// The names of the key that contains the kind of a server.
const TYPES: [&str; 3] = ["type", "transportType", "transport"];

/// The names of the key that contains the URL of a server.
const URLS: [&str; 3] = ["url", "serverUrl", "httpUrl"];

/// Reads one server. Faults and the keys that were used are in `fields`.
pub(super) fn entry<L: Fn(&str) -> Option<String>>(
    fields: &mut Fields<'_, L>,
    folder: &Path,
    problems: &mut Vec<ConfigProblem>,
) -> Entry {
    let name = fields.server.to_owned();
    let mut problem = |text: String| problems.push(ConfigProblem { server: Some(name.clone()), text });
    let timeout = timeout(fields, &mut problem);
    let is_disabled = fields.flag("disabled") == Some(true) || fields.flag("enabled") == Some(false);
    let launch = if is_disabled { Launch::Disabled } else { launch(fields, folder, &mut problem) };
    let launch = match fields.unsupported.take() {
        Some(why) => Launch::Unsupported(why),
        None => launch,
    };
    Entry { name, launch, timeout }
}

fn timeout<L: Fn(&str) -> Option<String>>(
    fields: &mut Fields<'_, L>,
    problem: &mut impl FnMut(String),
) -> Option<Duration> {
    let value = fields.get("timeout")?.clone();
    match value.as_f64() {
        Some(milliseconds) if (1.0..1e15).contains(&milliseconds) => {
            if milliseconds < 1_000.0 {
                problem(format!("`timeout` is a number of milliseconds; {milliseconds} is very short"));
            }
            Some(Duration::from_secs_f64(milliseconds / 1_000.0))
        }
        _ => {
            fields.fault("timeout", "must be a number of milliseconds, 1 or more");
            None
        }
    }
}

fn launch<L: Fn(&str) -> Option<String>>(
    fields: &mut Fields<'_, L>,
    folder: &Path,
    problem: &mut impl FnMut(String),
) -> Launch {
    let key = TYPES.into_iter().find(|key| fields.has(key));
    let kind = key.and_then(|key| fields.written(key));
    if key.is_some() && kind.is_none() {
        // The fault is noted.
        return Launch::Disabled;
    }
    let url = URLS.into_iter().find(|key| fields.has(key));
    let kind = kind.map(|kind| kind.to_ascii_lowercase().replace(['-', '_', ' '], ""));
    match kind.as_deref() {
        None if fields.has("command") => {
            if let Some(url) = url {
                problem(format!("it has both `command` and `{url}`; `command` is used"));
            }
            stdio(fields, folder)
        }
        None if url.is_some() => http(fields, url),
        None => {
            fields.fault("", "it has neither `command` nor `url`");
            Launch::Disabled
        }
        Some("stdio" | "local") => stdio(fields, folder),
        Some("http" | "streamablehttp" | "remote") => http(fields, url),
        Some("sse") => {
            problem("the transport `sse` of 2024 is not supported; streamable HTTP is tried in its place".to_owned());
            http(fields, url)
        }
        Some("ws" | "websocket") => {
            Launch::Unsupported("the transport `ws` is not supported; use streamable HTTP (`http`)".to_owned())
        }
        Some(other) => {
            Launch::Unsupported(format!("the transport `{}` is unknown; use `stdio` or `http`", clean_line(other, 50)))
        }
    }
}

fn stdio<L: Fn(&str) -> Option<String>>(fields: &mut Fields<'_, L>, folder: &Path) -> Launch {
    if !fields.has("command") {
        fields.fault("command", "is missing");
    }
    let written = fields.written("command").unwrap_or_default();
    Launch::Stdio {
        command: fields.expanded("command", &written),
        args: fields.list("args"),
        env: fields.map("env"),
        cwd: fields.text("cwd").map(|cwd| folder.join(cwd)),
        written,
    }
}

fn http<L: Fn(&str) -> Option<String>>(fields: &mut Fields<'_, L>, key: Option<&'static str>) -> Launch {
    let Some(key) = key else {
        fields.fault("url", "is missing");
        return Launch::Disabled;
    };
    let written = fields.written(key).unwrap_or_default();
    let faults = fields.faults.lines.len();
    let url = fields.expanded(key, &written);
    let is_faulty = written.is_empty() || fields.faults.lines.len() > faults || fields.unsupported.is_some();
    let headers = fields.map("headers");
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => {}
        Some("ws" | "wss") => {
            fields.unsupported = Some("WebSockets are not supported; use streamable HTTP (`https://`)".to_owned());
        }
        // The fault is noted already.
        _ if is_faulty => {}
        _ => fields.fault(key, "must begin with `https://` or `http://`"),
    }
    Launch::Http { url, headers, written }
}

/// Describes a key that is not used.
pub(super) fn unused(key: &str, value: &Value) -> Option<&'static str> {
    match key {
        _ if value.is_null() => None,
        "autoApprove" | "alwaysAllow" => Some("; approve calls with `approve(..)` of the chat"),
        "oauth" | "auth" => Some("; sign in with `McpServer::http(..)` and its `oauth`"),
        "envFile" => Some("; load the file before the program starts"),
        _ => Some(""),
    }
}
