//! [`Received`]: a request to a host, in the form of the first-party API.

use std::borrow::Cow;

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use serde_json::Value;

use super::host::Host;
use super::problem::Problem;
use super::route::{Operation, Route};
use super::settings::Settings;
use super::{body, credentials, gaps, model_id};
use crate::testing::checks::{Refusal, Rules};
use crate::testing::recorded_request::RecordedRequest;

/// A request to a host, in the form of the first-party API.
pub(in crate::testing) struct Received<'a> {
    pub(in crate::testing) operation: Operation,
    pub(in crate::testing) headers: Cow<'a, HeaderMap>,
    pub(in crate::testing) body: Result<Cow<'a, Value>, &'a serde_json::Error>,
}

impl Settings {
    /// Checks the rules of the host, and translates the request. `invalid` is the reason why the body is not JSON.
    pub(in crate::testing) fn receive<'a>(
        &self,
        request: &'a RecordedRequest,
        invalid: Option<&'a serde_json::Error>,
        rules: &Rules,
    ) -> Result<Received<'a>, Refusal> {
        let host = self.host;
        // Before the route is known, because a key can be sent to a wrong path, too.
        credentials::check(self, request, rules.api_key.as_deref())?;
        let route = Route::of(host, request.method(), request.path())
            .ok_or_else(|| host.refuse(Problem::NotFound, "Not Found"))?;
        self.check_workspace(request, &route)?;
        if host.max_body().is_some_and(|limit| request.bytes().len() > limit) {
            return Err(host.refuse(Problem::TooLarge, "Request exceeds the maximum size"));
        }
        let mut headers = Cow::Borrowed(request.header_map());
        if host != Host::Anthropic {
            let headers = headers.to_mut();
            headers.remove(AUTHORIZATION);
            // The credentials were checked, and the checks of the first-party API expect a key of its own.
            let key = rules.api_key.as_deref().unwrap_or("accepted");
            body::set_header(host, headers, "x-api-key", key)?;
        }
        let mut body = invalid.map_or_else(|| Ok(Cow::Borrowed(request.body())), Err);
        let has_body = matches!(route.operation, Operation::Messages | Operation::CountTokens);
        if let (true, Ok(body)) = (has_body, &mut body)
            && (host != Host::Anthropic || !self.aliases.is_empty())
        {
            body::translate(host, &route, &mut headers, body)?;
            let id = route.model.as_deref().or(body["model"].as_str()).map(str::to_owned);
            if let (Some(id), true) = (id, body.is_object()) {
                let model = model_id::first_party(self, &id, &route.operation, rules.any_model)?;
                if let Some(reason) = gaps::find(host, &model, body) {
                    return Err(host.refuse(Problem::Invalid, reason));
                }
                body.to_mut()["model"] = model.into();
            }
        }
        Ok(Received { operation: route.operation, headers, body })
    }

    fn check_workspace(&self, request: &RecordedRequest, route: &Route) -> Result<(), Refusal> {
        const NAME: &str = "anthropic-workspace-id";
        let (host, expected) = (self.host, self.workspace.as_deref());
        let given = match host {
            Host::ClaudePlatformAws => request.header(NAME).filter(|id| !id.is_empty()),
            Host::GoogleCloud => route.workspace.as_deref(),
            _ => return Ok(()),
        };
        match (given, expected) {
            (None, _) => Err(host.refuse(Problem::Invalid, format!("{NAME}: header is required"))),
            (Some(given), Some(expected)) if given != expected => {
                Err(host.refuse(Problem::Forbidden, format!("no access to the workspace {given}")))
            }
            _ => Ok(()),
        }
    }
}
