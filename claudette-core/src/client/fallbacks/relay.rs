//! [`Relay`]: decides which model answers after a refusal. Plain data, without a clock or a connection.

use std::time::Duration;

use crate::messages::{Fallback, Response, StopReason, StreamEvent, Trail};

/// The time for which the credit of a refusal is valid.
const CREDIT: Duration = Duration::from_secs(5 * 60);

/// A model that can answer, and the kind of its request.
#[derive(Clone, Debug)]
pub(in crate::client) struct Candidate {
    pub(in crate::client) model: String,
    /// `true` if there is another request without fast mode, which the fallback has taken over from the original one.
    pub(in crate::client) inherits_speed: bool,
}

/// A request to one of the models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::client) struct Leg {
    /// The place of the model among the candidates.
    pub(in crate::client) place: usize,
    /// The token of the credit that the request redeems.
    pub(in crate::client) credit: Option<String>,
    /// `true` if the model continues the output that was already shown.
    pub(in crate::client) continues: bool,
    pub(in crate::client) without_speed: bool,
}

/// The output that the reader of a response has already seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Shown {
    Nothing,
    /// Thinking or arguments of calls, but no text.
    NoText,
    Text,
}

/// The decision after a refusal or a failure.
#[derive(Debug)]
pub(in crate::client) enum Next {
    Send(Leg),
    /// No other model answers, so the refusal is the response.
    Refused(Response),
}

/// The models that a request is sent to after the first one has declined.
#[derive(Debug)]
pub(in crate::client) struct Relay {
    /// The models in order. The first one is the model of the request.
    candidates: Vec<Candidate>,
    leg: Leg,
    /// The last refusal.
    refusal: Response,
    /// The place of the model that has sent the last response.
    responder: usize,
    credit: Option<Credit>,
    /// `true` if the next model must continue the output.
    must_continue: bool,
    /// `true` if a model has failed or was skipped since the refusal.
    has_failed: bool,
    /// The last of these models, if it could answer later: it was overloaded, or a budget did not cover its request.
    recommended: Option<usize>,
    trail: Trail,
}

#[derive(Debug)]
struct Credit {
    token: String,
    since: Duration,
    may_continue: bool,
}

impl Credit {
    fn of(refusal: &Response, since: Duration) -> Option<Self> {
        let details = refusal.stop_details()?;
        let token = details.fallback_credit_token()?.to_owned();
        Some(Self { token, since, may_continue: details.has_prefill_claim() })
    }
}

/// Returns `true` if the response is a refusal.
pub(in crate::client) fn is_refusal(response: &Response) -> bool {
    response.stop_reason() == Some(&StopReason::Refusal)
}

impl Relay {
    /// Begins with the refusal of the first model. `elapsed` is the time since the request began.
    pub(in crate::client) fn begin(
        candidates: Vec<Candidate>,
        refusal: Response,
        shown: Shown,
        elapsed: Duration,
    ) -> (Self, Next) {
        let mut relay = Self {
            candidates,
            leg: Leg::default(),
            refusal: refusal.clone(),
            responder: 0,
            credit: None,
            must_continue: false,
            has_failed: false,
            recommended: None,
            trail: Trail::default(),
        };
        let next = relay.refused(refusal, shown, elapsed);
        (relay, next)
    }

    /// Decides after the current model has declined.
    pub(in crate::client) fn refused(&mut self, refusal: Response, shown: Shown, elapsed: Duration) -> Next {
        self.credit = Credit::of(&refusal, elapsed);
        self.refusal = refusal;
        (self.has_failed, self.recommended) = (false, None);
        self.must_continue = shown == Shown::Text;
        // The output that was shown cannot be taken back, so another model answers only if the API has granted a credit.
        let is_possible = match (shown, &self.credit) {
            (Shown::Nothing, _) | (Shown::NoText, Some(_)) => true,
            (Shown::Text, Some(credit)) => credit.may_continue,
            (_, None) => false,
        };
        if is_possible { self.next(elapsed) } else { self.end() }
    }

    /// Decides after the request to the current model has failed.
    pub(in crate::client) fn failed(&mut self, status: Option<u16>, elapsed: Duration) -> Next {
        let is_overloaded = matches!(status, Some(429 | 529));
        if status == Some(400) && self.leg.credit.is_some() && !self.leg.continues {
            self.leg.credit = None;
            return Next::Send(self.leg.clone());
        }
        if is_overloaded && self.candidates[self.leg.place].inherits_speed && !self.leg.without_speed {
            self.leg.without_speed = true;
            return Next::Send(self.leg.clone());
        }
        self.has_failed = true;
        self.recommended = is_overloaded.then_some(self.leg.place);
        self.next(elapsed)
    }

    /// Decides after the request to the current model was not sent, because a budget does not cover it.
    pub(in crate::client) fn skipped(&mut self, elapsed: Duration) -> Next {
        (self.has_failed, self.recommended) = (true, Some(self.leg.place));
        self.next(elapsed)
    }

    /// Records that the current model answers. Returns the block for the change of the model.
    pub(in crate::client) fn answered(&mut self) -> Option<Fallback> {
        let from = std::mem::replace(&mut self.responder, self.leg.place);
        self.trail.add(&self.refusal, &self.candidates[from].model, &self.candidates[self.leg.place].model);
        self.trail.last().cloned()
    }

    /// Adds the blocks and the usage of the models that declined to the last response.
    pub(in crate::client) fn complete(&self, response: &mut Response) {
        self.trail.complete(response, &self.candidates[self.responder].model);
    }

    /// Adds the usage of the models that declined to an event at the end of the last response.
    pub(in crate::client) fn complete_event(&self, event: &mut StreamEvent, response: &Response) {
        self.trail.complete_event(event, response, &self.candidates[self.responder].model);
    }

    fn next(&mut self, elapsed: Duration) -> Next {
        let is_valid = |credit: &Credit| elapsed.saturating_sub(credit.since) < CREDIT;
        self.credit = self.credit.take().filter(is_valid);
        let place = self.leg.place + 1;
        if place >= self.candidates.len() || self.must_continue && self.credit.is_none() {
            return self.end();
        }
        let credit = self.credit.as_ref().map(|credit| credit.token.clone());
        self.leg = Leg { place, credit, continues: self.must_continue, without_speed: false };
        Next::Send(self.leg.clone())
    }

    fn end(&self) -> Next {
        let mut refusal = self.refusal.clone();
        if self.has_failed {
            refusal.set_recommended_model(self.recommended.map(|place| &*self.candidates[place].model));
        }
        Next::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn refusal(details: &Value) -> Response {
        let details = json!({"type": "refusal", "category": "cyber"})
            .as_object()
            .unwrap()
            .clone()
            .into_iter()
            .chain(details.as_object().unwrap().clone())
            .collect::<serde_json::Map<_, _>>();
        serde_json::from_value(json!({"model": "a", "content": [], "stop_reason": "refusal", "stop_details": details,
            "usage": {"input_tokens": 5, "output_tokens": 1}}))
        .unwrap()
    }

    fn begin(details: &Value, shown: Shown) -> (Relay, Next) {
        let candidates = ["a", "b", "c"].map(|model| Candidate { model: model.into(), inherits_speed: model == "b" });
        Relay::begin(candidates.into(), refusal(details), shown, NOW)
    }

    #[track_caller]
    fn sends(next: Next) -> Leg {
        match next {
            Next::Send(leg) => leg,
            Next::Refused(_) => panic!("nothing is sent"),
        }
    }

    #[track_caller]
    fn recommended(next: Next) -> Option<Value> {
        match next {
            Next::Send(leg) => panic!("sends {leg:?}"),
            Next::Refused(refusal) => refusal.stop_details().unwrap().get("recommended_model").cloned(),
        }
    }

    fn leg(place: usize, credit: Option<&str>) -> Leg {
        Leg { place, credit: credit.map(str::to_owned), ..Leg::default() }
    }

    #[test]
    fn a_credit_is_tried_once_and_carried_on() {
        let (mut relay, next) = begin(&json!({"fallback_credit_token": "t"}), Shown::Nothing);
        assert_eq!(sends(next), leg(1, Some("t")));
        assert_eq!(sends(relay.failed(Some(400), NOW)), leg(1, None));
        assert_eq!(sends(relay.failed(Some(400), NOW)), leg(2, Some("t")));
        let later = Duration::from_secs(301);
        let (mut relay, _) = begin(&json!({"fallback_credit_token": "t"}), Shown::Nothing);
        assert_eq!(sends(relay.failed(None, later)), leg(2, None));
        relay.answered();
        assert_eq!(recommended(relay.refused(refusal(&json!({})), Shown::Nothing, later)), None);
    }

    #[test]
    fn an_overloaded_model_is_recommended() {
        let (mut relay, _) = begin(&json!({}), Shown::Nothing);
        assert!(sends(relay.failed(Some(529), NOW)).without_speed);
        assert_eq!(sends(relay.failed(Some(529), NOW)), leg(2, None));
        assert_eq!(recommended(relay.failed(Some(429), NOW)), Some(json!("c")));
        let (mut relay, _) = begin(&json!({}), Shown::Nothing);
        relay.failed(None, NOW);
        assert_eq!(recommended(relay.failed(Some(404), NOW)), Some(Value::Null));
    }

    #[test]
    fn a_model_that_was_skipped_is_recommended() {
        let (mut relay, _) = begin(&json!({"fallback_credit_token": "t"}), Shown::Nothing);
        assert_eq!(sends(relay.skipped(NOW)), leg(2, Some("t")));
        assert_eq!(recommended(relay.skipped(NOW)), Some(json!("c")));
        // Older models send a refusal without details.
        let (mut relay, _) = begin(&json!({}), Shown::Nothing);
        let bare: Response = serde_json::from_value(json!({"content": [], "stop_reason": "refusal"})).unwrap();
        assert_eq!(sends(relay.refused(bare, Shown::Nothing, NOW)).place, 2);
        assert_eq!(recommended(relay.skipped(NOW)), Some(json!("c")));
    }

    #[test]
    fn output_that_was_shown_is_not_repeated() {
        let token = json!({"fallback_credit_token": "t"});
        let claim = json!({"fallback_credit_token": "t", "fallback_has_prefill_claim": true});
        assert_eq!(recommended(begin(&token, Shown::Text).1), None);
        assert_eq!(recommended(begin(&json!({}), Shown::NoText).1), None);
        assert_eq!(sends(begin(&token, Shown::NoText).1), leg(1, Some("t")));
        let (mut relay, next) = begin(&claim, Shown::Text);
        assert!(sends(next).continues);
        assert_eq!(sends(relay.failed(Some(400), NOW)).place, 2);
        assert_eq!(recommended(relay.failed(Some(400), NOW)), Some(Value::Null));
    }

    #[test]
    fn a_response_has_a_block_and_a_run_for_each_refusal() {
        let (mut relay, _) = begin(&json!({}), Shown::Nothing);
        assert_eq!(json!(relay.answered())["to"]["model"], "b");
        relay.refused(refusal(&json!({})), Shown::Nothing, NOW);
        relay.answered();
        let mut response: Response = serde_json::from_value(
            json!({"model": "c", "content": [{"type": "text", "text": "Hi"}], "usage": {"input_tokens": 2}}),
        )
        .unwrap();
        relay.complete(&mut response);
        let response = json!(response);
        let trigger = json!({"type": "refusal", "category": "cyber"});
        assert_eq!(
            response["content"],
            json!([{"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}, "trigger": trigger},
                   {"type": "fallback", "from": {"model": "b"}, "to": {"model": "c"}, "trigger": trigger},
                   {"type": "text", "text": "Hi"}])
        );
        assert_eq!(
            response["usage"]["iterations"],
            json!([{"input_tokens": 5, "output_tokens": 1, "type": "message", "model": "a"},
                   {"input_tokens": 5, "output_tokens": 1, "type": "message", "model": "b"},
                   {"input_tokens": 2, "type": "fallback_message", "model": "c"}])
        );
        assert_eq!(response["fallback_in_client"], true);
    }
}
