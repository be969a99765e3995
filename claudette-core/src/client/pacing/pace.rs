//! [`Pace`]: the rules that decide when a request may be sent, without a clock and without waiting.

use std::time::Duration;

use tokio::time::Instant;

use super::bucket::Bucket;
use super::rate_headers::{KINDS, LONGEST, RateHeaders, amount};

/// The maximum time that the first request of a queue waits. It leaves time for the answers that arrive meanwhile.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(90);

/// The rate limits of one model, and the requests that the server has not answered yet.
///
/// The server has already counted some of these requests when it reports a limit, but it is not known which. Each is
/// counted until its own answer, so the sum may be too high for a short time, but never too low.
#[derive(Debug)]
pub(super) struct Pace {
    /// For each kind of limit, the bucket and the ticket of the request whose answer reported it.
    buckets: [Option<(Bucket, Ticket)>; KINDS],
    paused_until: Option<Instant>,
    unanswered: Vec<Promise>,
    next: Ticket,
    estimate: Estimate,
}

/// The number of an admitted request. Later requests have higher numbers.
pub(super) type Ticket = u64;

/// The part of the limits that is promised to a request.
#[derive(Debug)]
struct Promise {
    ticket: Ticket,
    tokens: f64,
    /// The time after which the limits have been refilled, even if the server has not answered.
    until: Instant,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self {
            buckets: [None; KINDS],
            paused_until: None,
            unanswered: Vec::new(),
            next: 0,
            estimate: Estimate::default(),
        }
    }

    /// Returns the time until a request with this size in bytes may be sent. It is at most [`LONGEST`].
    pub(super) fn delay(&self, size: usize, now: Instant) -> Duration {
        let tokens = self.estimate.tokens(size);
        let earlier = || self.unanswered.iter().filter(|promise| promise.until > now);
        let delays = (0..KINDS).filter_map(|kind| {
            let (bucket, _) = self.buckets[kind]?;
            // A request that is larger than the whole limit is sent when the bucket is full.
            let amount = |tokens| amount(kind, tokens).min(bucket.limit());
            let promised: f64 = earlier().map(|promise| amount(promise.tokens)).sum();
            Some(bucket.wait(promised + amount(tokens), now).unwrap_or_else(|| {
                // A full bucket is not enough for this request and for those before it, so one of these must end first.
                let ends = earlier().map(|promise| promise.until - now);
                ends.min().unwrap_or_default()
            }))
        });
        delays.chain(self.pause(now)).max().unwrap_or_default().min(LONGEST)
    }

    /// Returns the rest of the time for which the server refuses all requests.
    pub(super) fn pause(&self, now: Instant) -> Option<Duration> {
        self.paused_until.filter(|until| *until > now).map(|until| until - now)
    }

    /// Promises a part of the limits to a request, which is sent now.
    pub(super) fn admit(&mut self, size: usize, now: Instant) -> Ticket {
        let ticket = self.next;
        self.next += 1;
        self.unanswered.retain(|promise| promise.until > now);
        self.unanswered.push(Promise { ticket, tokens: self.estimate.tokens(size), until: now + LONGEST });
        ticket
    }

    /// Takes back the promise to a request that was answered or will not be answered.
    pub(super) fn release(&mut self, ticket: Ticket) {
        self.unanswered.retain(|promise| promise.ticket != ticket);
    }

    /// Uses the headers of the answer to a request.
    pub(super) fn observe(&mut self, ticket: Ticket, headers: &RateHeaders, now: Instant) {
        self.release(ticket);
        if let Some(pause) = headers.pause {
            self.paused_until = self.paused_until.max(Some(now + pause));
        }
        for (place, reported) in self.buckets.iter_mut().zip(headers.limits) {
            let Some(bucket) = reported.map(|reported| Bucket::new(reported, now)) else { continue };
            match place {
                // The answer to an earlier request may be older than what is known, so it can only lower the amount.
                Some((known, by)) if ticket < *by => {
                    if bucket.available(now) < known.available(now) {
                        *known = bucket;
                    }
                }
                _ => *place = Some((bucket, ticket)),
            }
        }
    }

    /// Uses the number of tokens that a request of this size had.
    pub(super) fn learn(&mut self, size: usize, tokens: u64) {
        self.estimate.learn(size, tokens);
    }
}

/// The number of input tokens for each byte of a request, from the model's recent requests.
///
/// Before the first response it is a quarter. It includes everything that the size of a text does not show: images and
/// documents have few tokens for their bytes, and tokens that are read from the cache do not count towards the limits.
#[derive(Debug)]
struct Estimate {
    bytes: f64,
    tokens: f64,
}

impl Default for Estimate {
    fn default() -> Self {
        Self { bytes: 4.0, tokens: 1.0 }
    }
}

impl Estimate {
    /// The weight of the earlier requests when another one is added.
    const MEMORY: f64 = 0.8;

    fn tokens(&self, size: usize) -> f64 {
        (size as f64 * self.tokens / self.bytes).max(1.0)
    }

    fn learn(&mut self, size: usize, tokens: u64) {
        let bytes = (size as f64).max(1.0);
        // A token has at least one byte. A count that is higher than that is wrong.
        let tokens = (tokens as f64).min(bytes);
        self.bytes = self.bytes * Self::MEMORY + bytes;
        self.tokens = self.tokens * Self::MEMORY + tokens;
    }
}
