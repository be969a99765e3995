//! [`Recording`]: the exchanges of a recording, and which of them are stored.

use super::content::Content;
use super::interaction::{Interaction, Piece, Received, Sent};
use super::settings::Settings;

/// The exchanges of a recording, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Recording {
    exchanges: Vec<Exchange>,
    /// The credentials that were sent.
    pub(super) secrets: Vec<String>,
    /// `true` if an exchange was added after the cassette was written.
    pub(super) is_changed: bool,
}

#[derive(Debug)]
struct Exchange {
    sent: Sent,
    recorded_at: String,
    /// `None` while the response is being received.
    received: Option<Received>,
}

/// The reason why an exchange is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// The response is still being received.
    Open,
    NoResponse,
    /// An error that says nothing about the request, such as 429.
    Status(u16),
    /// An error in the middle of a stream.
    ErrorEvent,
    Cut,
}

impl Recording {
    pub(super) fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Adds a request, and returns its index.
    pub(super) fn begin(&mut self, sent: Sent, secrets: Vec<String>, recorded_at: String) -> usize {
        self.exchanges.push(Exchange { sent, recorded_at, received: None });
        self.secrets.extend(secrets);
        self.secrets.sort_unstable();
        self.secrets.dedup();
        self.is_changed = true;
        self.exchanges.len() - 1
    }

    /// Adds the response to a request.
    pub(super) fn settle(&mut self, place: usize, received: Received) {
        if let Some(exchange) = self.exchanges.get_mut(place) {
            exchange.received = Some(received);
            self.is_changed = true;
        }
    }

    /// Returns the interactions to store, with the replacements of the settings.
    ///
    /// # Errors
    /// An exchange cannot be stored, and the request was not repeated with success. The text says why.
    pub(super) fn interactions(&self, settings: &Settings) -> Result<Vec<Interaction>, String> {
        let judged: Vec<_> = self.exchanges.iter().map(|exchange| exchange.judge(settings)).collect();
        for (place, (exchange, verdict)) in self.exchanges.iter().zip(&judged).enumerate() {
            let later = || self.exchanges[place + 1..].iter().zip(&judged[place + 1..]);
            let is_repeated = || later().any(|(other, verdict)| verdict.is_ok() && other.sent == exchange.sent);
            if let Err(fault) = verdict
                && !is_repeated()
            {
                return Err(format!("request {} {}", place + 1, fault.describe()));
            }
        }
        if self.exchanges.is_empty() {
            return Err("no request was sent, so there is nothing to store".to_owned());
        }
        let kept = self.exchanges.iter().zip(judged);
        Ok(kept.filter_map(|(exchange, verdict)| Some(exchange.stored(verdict.ok()?, settings))).collect())
    }
}

impl Exchange {
    fn judge(&self, settings: &Settings) -> Result<&Received, Fault> {
        let received = self.received.as_ref().ok_or(Fault::Open)?;
        match received.fault() {
            Some(Fault::Status(_) | Fault::ErrorEvent) if settings.records_failures => Ok(received),
            Some(Fault::Cut) if settings.records_cut_streams => Ok(received),
            Some(fault) => Err(fault),
            None => Ok(received),
        }
    }

    fn stored(&self, received: &Received, settings: &Settings) -> Interaction {
        let scrubs = &settings.scrubs;
        let clean = |headers: &[(String, String)]| {
            headers.iter().map(|(name, value)| (name.clone(), scrubs.apply(value).into_owned())).collect()
        };
        let (sent, mut received) = (&self.sent, received.clone());
        received.headers = clean(&received.headers);
        if !received.is_stream() {
            let wait = received.pieces.iter().map(|piece| piece.wait).sum();
            received.pieces = vec![Piece { wait, bytes: received.body.len() }];
        }
        if let Ok(body) = std::str::from_utf8(&received.body) {
            let (body, pieces) = scrubs.apply_to_pieces(body, &received.pieces);
            (received.body, received.pieces) = (body.into(), pieces);
        }
        // A client stops reading at the end of the message, which is before the end of the body.
        received.is_cut &= received.fault() == Some(Fault::Cut);
        let body = match Content::read(&sent.body, scrubs) {
            Content::Bytes(bytes) => bytes.into(),
            content => content.to_text().unwrap_or_default().into(),
        };
        let request = Sent {
            method: sent.method.clone(),
            uri: scrubs.apply(&sent.uri).into_owned(),
            headers: clean(&sent.headers),
            body,
        };
        Interaction { request, response: received, recorded_at: Some(self.recorded_at.clone()) }
    }
}

impl Received {
    /// Returns the reason why the response should not be stored unless the program asks for it.
    fn fault(&self) -> Option<Fault> {
        let body = String::from_utf8_lossy(&self.body);
        let has_event =
            |name: &str| body.lines().any(|line| line.strip_prefix("event:").is_some_and(|is| is.trim() == name));
        match self.status {
            0 => Some(Fault::NoResponse),
            401 | 402 | 403 | 408 | 409 | 429 | 500.. => Some(Fault::Status(self.status)),
            // The API reports an empty account as an invalid request.
            400 if body.contains("credit balance") => Some(Fault::Status(self.status)),
            _ if self.is_stream() && has_event("error") => Some(Fault::ErrorEvent),
            _ if self.is_stream() && !has_event("message_stop") => Some(Fault::Cut),
            _ if self.is_cut && !self.is_stream() => {
                serde_json::from_str::<serde::de::IgnoredAny>(&body).is_err().then_some(Fault::Cut)
            }
            _ => None,
        }
    }
}

impl Fault {
    fn describe(self) -> String {
        match self {
            Self::Open => "has no complete response yet; read it to its end before `finish()`".to_owned(),
            Self::NoResponse => "has no response; record again".to_owned(),
            Self::Status(status) => {
                format!(
                    "failed with status {status}; record again, or call `.record_failures(true)` if the test is about it"
                )
            }
            Self::ErrorEvent => {
                "failed in the middle of its stream; record again, or call `.record_failures(true)` if the \
                 test is about it"
                    .to_owned()
            }
            Self::Cut => {
                "has no complete response; record again, or call `.record_cut_streams(true)` if the test is about it"
                    .to_owned()
            }
        }
    }
}
