//! The rules of [`Pace`] against a simulated API: no clock, no network, any order of events.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;
use tokio::time::Instant;

use super::pace::{MAX_WAIT, Pace, Ticket};
use super::rate_headers::{LONGEST, RateHeaders};

const MAX_WAIT_MS: u64 = MAX_WAIT.as_secs() * 1_000;

/// A job of a client. Times are in milliseconds.
#[derive(Clone, Copy, Debug)]
struct Job {
    at: u64,
    tokens: u32,
    /// The time until the request reaches the server.
    up: u64,
    /// The time until the headers of the answer arrive.
    down: u64,
}

/// The API: two buckets that are refilled continuously.
struct Server {
    limits: [f64; 2],
    rest: [f64; 2],
    at: u64,
}

impl Server {
    fn new(limits: [u32; 2]) -> Self {
        let limits = limits.map(f64::from);
        Self { limits, rest: limits, at: 0 }
    }

    /// Answers a request, with headers whose times are in whole seconds.
    fn answer(&mut self, now: u64, tokens: u32) -> (StatusCode, HeaderMap) {
        let minutes = (now - self.at) as f64 / 60_000.0;
        self.at = now;
        let mut headers = HeaderMap::new();
        let mut set = |name: &'static str, value: String| headers.insert(name, HeaderValue::try_from(value).unwrap());
        let second = |millis: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(millis / 1_000);
        set("date", httpdate::fmt_http_date(second(now)));
        let amounts = [1.0, f64::from(tokens)];
        let mut missing: f64 = 0.0;
        for ((rest, limit), amount) in self.rest.iter_mut().zip(self.limits).zip(amounts) {
            *rest = (*rest + limit * minutes).min(limit);
            missing = missing.max((amount.min(limit) - *rest) / limit);
        }
        let is_refused = missing > 1e-6;
        if is_refused {
            set("retry-after", (missing * 60.0).ceil().to_string());
        }
        let names = [
            [
                "anthropic-ratelimit-requests-limit",
                "anthropic-ratelimit-requests-remaining",
                "anthropic-ratelimit-requests-reset",
            ],
            [
                "anthropic-ratelimit-input-tokens-limit",
                "anthropic-ratelimit-input-tokens-remaining",
                "anthropic-ratelimit-input-tokens-reset",
            ],
        ];
        for (((rest, limit), amount), names) in self.rest.iter_mut().zip(self.limits).zip(amounts).zip(names) {
            if !is_refused {
                *rest -= amount.min(limit);
            }
            let full = now as f64 / 1_000.0 + (limit - *rest) / limit * 60.0;
            let full = Duration::from_secs_f64(full.ceil()).as_secs();
            set(names[0], limit.to_string());
            set(names[1], rest.max(0.0).floor().to_string());
            set(names[2], format!("1970-01-01T{:02}:{:02}:{:02}Z", full / 3_600, full / 60 % 60, full % 60));
        }
        (if is_refused { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK }, headers)
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Asked { job: usize },
    Arrived { ticket: Ticket, job: usize },
    Answered { job: usize, ticket: Ticket, answer: usize },
    Woken,
}

#[derive(Debug, Default)]
struct Outcome {
    refused: usize,
    done: usize,
    /// The time of the last answer, in milliseconds.
    end: u64,
    /// The longest time at the head of a queue, in milliseconds.
    longest_wait: u64,
}

/// Runs all jobs on some clients that share one server. Jobs that are refused are queued again.
fn simulate(clients: usize, limits: [u32; 2], jobs: &[Job]) -> Outcome {
    let start = Instant::now();
    let at = |millis: u64| start + Duration::from_millis(millis);
    let mut server = Server::new(limits);
    let mut answers = Vec::new();
    let mut outcome = Outcome::default();
    let mut lanes: Vec<(Pace, VecDeque<usize>, u64)> =
        (0..clients).map(|_| (Pace::new(), VecDeque::new(), 0)).collect();
    let mut events = BTreeSet::new();
    for (job, asked) in jobs.iter().enumerate() {
        events.insert((asked.at, Event::Asked { job }));
    }
    while let Some((now, event)) = events.pop_first() {
        match event {
            Event::Woken => {}
            Event::Asked { job } => {
                let (_, queue, since) = &mut lanes[job % clients];
                if queue.is_empty() {
                    *since = now;
                }
                queue.push_back(job);
            }
            Event::Arrived { job, ticket } => {
                answers.push(server.answer(now, jobs[job].tokens));
                let answer = answers.len() - 1;
                events.insert((now + jobs[job].down, Event::Answered { job, ticket, answer }));
            }
            Event::Answered { job, ticket, answer } => {
                let (status, headers) = &answers[answer];
                let read = RateHeaders::of(*status, headers, SystemTime::now());
                lanes[job % clients].0.observe(ticket, &read, at(now));
                outcome.end = now;
                if status.is_success() {
                    outcome.done += 1;
                } else {
                    outcome.refused += 1;
                    let wait = u64::try_from(read.pause.unwrap().as_millis()).unwrap();
                    events.insert((now + wait, Event::Asked { job }));
                }
            }
        }
        for (pace, queue, since) in &mut lanes {
            while let Some(&job) = queue.front() {
                // The first estimate is a token for four bytes, and it is exact here.
                let size = jobs[job].tokens as usize * 4;
                let delay = pace.delay(size, at(now));
                assert!(delay <= LONGEST, "{delay:?}");
                let wait = now - *since;
                outcome.longest_wait = outcome.longest_wait.max(wait);
                if !delay.is_zero() && wait < MAX_WAIT_MS {
                    let millis = u64::try_from(delay.as_nanos().div_ceil(1_000_000)).unwrap();
                    events.insert((now + millis.min(MAX_WAIT_MS - wait), Event::Woken));
                    break;
                }
                let ticket = pace.admit(size, at(now));
                events.insert((now + jobs[job].up, Event::Arrived { ticket, job }));
                queue.pop_front();
                *since = now;
            }
        }
    }
    outcome
}

/// Returns the time that the API needs for all jobs, in milliseconds.
fn ideal(limits: [u32; 2], jobs: &[Job]) -> f64 {
    let tokens: f64 = jobs.iter().map(|job| f64::from(job.tokens.min(limits[1]))).sum();
    let minutes = |total: f64, limit: u32| (total / f64::from(limit) - 1.0).max(0.0);
    let last = jobs.iter().map(|job| job.at).max().unwrap_or_default();
    60_000.0 * minutes(jobs.len() as f64, limits[0]).max(minutes(tokens, limits[1])) + last as f64
}

/// Returns jobs after a first one that makes the limits known.
fn jobs(up: impl Strategy<Value = u64>) -> impl Strategy<Value = Vec<Job>> {
    let job = (5_000..120_000_u64, 1..40_000_u32, up, 1..8_000_u64);
    prop::collection::vec(job, 0..60).prop_map(|jobs| {
        let first = Job { at: 0, tokens: 10, up: 100, down: 100 };
        let others = jobs.into_iter().map(|(at, tokens, up, down)| Job { at, tokens, up, down });
        std::iter::once(first).chain(others).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// If the estimates are exact and the requests arrive in order, no request is refused.
    #[test]
    fn the_limits_are_kept_and_used(limits in [1..200_u32, 1_000..100_000_u32], jobs in jobs(Just(100))) {
        let outcome = simulate(1, limits, &jobs);
        prop_assert_eq!((outcome.done, outcome.refused), (jobs.len(), 0));
        prop_assert!(outcome.longest_wait <= MAX_WAIT_MS, "{outcome:?}");
        let ideal = ideal(limits, &jobs);
        prop_assert!((outcome.end as f64) < (ideal + 60_000.0) * 1.25, "{outcome:?}, ideal {ideal}");
    }

    /// If clients share the limits, or requests overtake each other, some are refused, and all are done.
    #[test]
    fn clients_that_share_the_limits_all_finish(
        limits in [20..200_u32, 10_000..100_000_u32],
        jobs in jobs(1..2_000_u64),
        clients in 1..4_usize,
    ) {
        let outcome = simulate(clients, limits, &jobs);
        prop_assert_eq!(outcome.done, jobs.len());
        prop_assert!(outcome.longest_wait <= MAX_WAIT_MS, "{outcome:?}");
        prop_assert!((outcome.end as f64) < ideal(limits, &jobs) * 2.0 + 180_000.0, "{outcome:?}");
    }

    /// Whatever the server sends, a minute of silence ends every delay.
    #[test]
    fn nonsense_delays_for_a_minute_at_most(
        reports in prop::collection::vec(
            (any::<bool>(), header(), header(), header(), 0..90_u64, 0..1_usize << 30),
            1..20,
        ),
    ) {
        let (mut pace, mut now) = (Pace::new(), Instant::now());
        for (is_refused, limit, remaining, reset, seconds, size) in reports {
            let ticket = pace.admit(size, now);
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("anthropic-ratelimit-requests-limit", &limit),
                ("anthropic-ratelimit-requests-remaining", &remaining),
                ("anthropic-ratelimit-requests-reset", &reset),
                ("anthropic-ratelimit-output-tokens-limit", &limit),
                ("anthropic-ratelimit-output-tokens-remaining", &limit),
                ("anthropic-ratelimit-output-tokens-reset", &remaining),
                ("anthropic-ratelimit-tokens-limit", &limit),
                ("anthropic-ratelimit-tokens-remaining", &reset),
                ("anthropic-ratelimit-tokens-reset", &reset),
                ("retry-after", &remaining),
                ("date", &limit),
            ] {
                headers.insert(name, value.clone());
            }
            let status = if is_refused { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
            pace.observe(ticket, &RateHeaders::of(status, &headers, SystemTime::now()), now);
            pace.learn(size, seconds << 40);
            // A second request is never answered.
            pace.admit(size, now);
            prop_assert!(pace.delay(size, now) <= LONGEST);
            prop_assert_eq!(pace.delay(size, now + LONGEST), Duration::ZERO);
            now += Duration::from_secs(seconds);
        }
    }
}

/// Returns header values: numbers, dates and anything else.
fn header() -> impl Strategy<Value = HeaderValue> {
    let text = prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| number.to_string()),
        (0..100_u32).prop_map(|number| number.to_string()),
        (0..10_000_u32, 0..14_u32, 0..33_u32, 0..100_u32)
            .prop_map(|(year, month, day, second)| { format!("{year:04}-{month:02}-{day:02}T00:00:{second:02}Z") }),
        "[ -~]{0,30}",
    ];
    text.prop_map(|text| HeaderValue::try_from(text).unwrap())
}

/// Returns the headers of a report about requests per minute.
fn report(limit: u32, remaining: u32, reset: u32) -> RateHeaders {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("anthropic-ratelimit-requests-limit", limit.to_string()),
        ("anthropic-ratelimit-requests-remaining", remaining.to_string()),
        ("anthropic-ratelimit-requests-reset", format!("1970-01-01T00:00:{reset:02}Z")),
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
    ] {
        headers.insert(name, HeaderValue::try_from(value).unwrap());
    }
    RateHeaders::of(StatusCode::OK, &headers, SystemTime::now())
}

#[test]
fn requests_that_were_not_answered_are_counted() {
    let (mut pace, now) = (Pace::new(), Instant::now());
    let after = |seconds| now + Duration::from_secs(seconds);
    let delay = |pace: &Pace, seconds| pace.delay(100, after(seconds)).as_millis();
    assert_eq!(delay(&pace, 0), 0, "nothing is known");
    let first = pace.admit(100, now);
    pace.observe(first, &report(60, 2, 58), now);
    // Two requests may be sent, and then one each second.
    let tickets = [pace.admit(100, now), pace.admit(100, now)];
    assert_eq!(delay(&pace, 0), 1_000);
    assert_eq!(delay(&pace, 1), 0);
    let third = pace.admit(100, after(1));
    assert_eq!(delay(&pace, 1), 1_000);
    // Requests that fail do not count any longer.
    pace.release(third);
    assert_eq!(delay(&pace, 1), 0);
    // An answer to an earlier request does not raise what a later one has reported.
    pace.observe(tickets[1], &report(60, 0, 60), after(1));
    pace.observe(tickets[0], &report(60, 1, 59), after(1));
    assert_eq!(delay(&pace, 1), 1_000);
    // When the limit is unused again, a request per second may be sent and 60 at once, not more.
    for _ in 0..60 {
        assert_eq!(delay(&pace, 61), 0);
        pace.admit(100, after(61));
    }
    assert_eq!(delay(&pace, 61), 60_000);
}

#[test]
fn a_pause_holds_all_requests_back() {
    let (mut pace, now) = (Pace::new(), Instant::now());
    let ticket = pace.admit(100, now);
    let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("7"))]);
    pace.observe(ticket, &RateHeaders::of(StatusCode::TOO_MANY_REQUESTS, &headers, SystemTime::now()), now);
    assert_eq!(pace.delay(1, now), Duration::from_secs(7));
    // A success that was under way does not end it.
    pace.observe(ticket, &report(60, 60, 0), now + Duration::from_secs(2));
    assert_eq!(pace.delay(1, now + Duration::from_secs(2)), Duration::from_secs(5));
    assert_eq!(pace.delay(1, now + Duration::from_secs(7)), Duration::ZERO);
}

#[test]
fn the_estimate_follows_recent_responses() {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("anthropic-ratelimit-input-tokens-limit", "60000"),
        ("anthropic-ratelimit-input-tokens-remaining", "0"),
        ("anthropic-ratelimit-input-tokens-reset", "1970-01-01T00:01:00Z"),
        ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (mut pace, now) = (Pace::new(), Instant::now());
    let ticket = pace.admit(40_000, now);
    pace.observe(ticket, &RateHeaders::of(StatusCode::OK, &headers, SystemTime::now()), now);
    let millis = |pace: &Pace| pace.delay(40_000, now).as_millis();
    assert_eq!(millis(&pace), 10_000, "a token for four bytes");
    pace.learn(40_000, 2_000);
    assert!((1_900..2_100).contains(&millis(&pace)), "{}", millis(&pace));
    (0..20).for_each(|_| pace.learn(10_000, 5_000));
    assert!((19_000..20_100).contains(&millis(&pace)), "{}", millis(&pace));
    // A request that is larger than the limit needs all of it, and nothing before it.
    assert_eq!(pace.delay(1 << 30, now), LONGEST);
    assert_eq!(pace.delay(1 << 30, now + LONGEST), Duration::ZERO);
    pace.admit(100, now + Duration::from_secs(30));
    assert_eq!(pace.delay(1 << 30, now + LONGEST), Duration::from_secs(30));
}
