//! [`TokenCache`]: one access token for all requests, renewed before it expires and after a refusal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::access_token::{AccessToken, Expiry};
use super::token_source::TokenSource;
use crate::client::credentials::bearer_token::BearerToken;
use crate::client::credentials::single_flight::{Fetch, SingleFlight};
use crate::error::{Error, Result};

/// The time before its expiry from which a token is renewed in advance. A failure is then tolerated.
pub(super) const ADVANCE: Duration = Duration::from_secs(120);
/// The time before its expiry from which a token is no longer used.
pub(super) const RESERVE: Duration = Duration::from_secs(30);
/// The pause after a renewal in advance, which may fail or return a token that is about to expire as well.
const PAUSE: Duration = Duration::from_secs(5);
/// The age up to which a token counts as new: if the API refuses such a token, another one would be refused as well.
const NEW: Duration = Duration::from_secs(60);
/// The status with which the token endpoint refuses an identity.
const UNAUTHORIZED: u16 = 401;

/// The current token of a source. All requests that need a new one share a fetch and its error.
pub(super) struct TokenCache {
    source: Arc<dyn TokenSource>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    kept: Option<AccessToken>,
    fetching: SingleFlight<AccessToken>,
    /// The token that was refused, until another one has been fetched in its place.
    refused: Option<BearerToken>,
    /// The last token that was fetched in place of a refused one, and the time of that.
    replacement: Option<(BearerToken, Instant)>,
    /// The end of the last renewal in advance.
    renewed: Option<Instant>,
}

/// The next step of a request that needs a token.
enum Step {
    Use(AccessToken),
    Wait(Fetch<AccessToken>),
    /// Wait for a renewal in advance. If it fails, this token is still valid.
    Renew(Fetch<AccessToken>, AccessToken),
    /// Ask the source without waiting for other requests.
    Ask,
}

impl TokenCache {
    pub(super) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, state: Arc::default() }
    }

    /// Returns a token for a request.
    pub(super) async fn token(&self) -> Result<AccessToken> {
        match self.step() {
            Step::Use(token) => Ok(token),
            Step::Wait(fetch) => fetch.await.map_err(|error| Error::again(&error)),
            Step::Renew(fetch, valid) => {
                let renewed = fetch.await;
                lock(&self.state).renewed = Some(Instant::now());
                Ok(renewed.unwrap_or_else(|error| {
                    tracing::warn!(%error, "the access token was not renewed in advance, and the current one is used");
                    valid
                }))
            }
            Step::Ask => {
                let token = fetched(&self.source, None).await?;
                let mut state = lock(&self.state);
                // After a refusal, the next token comes from a fetch that knows about it.
                if let Some(kept) = state.kept.as_mut().filter(|kept| kept.expiry == Expiry::EachRequest) {
                    *kept = token.clone();
                }
                Ok(token)
            }
        }
    }

    fn step(&self) -> Step {
        let mut state = lock(&self.state);
        let running = state.fetching.running();
        match &state.kept {
            Some(token) if token.expiry == Expiry::Never => return Step::Use(token.clone()),
            Some(token) if token.expiry == Expiry::EachRequest => return Step::Ask,
            Some(AccessToken { expiry: Expiry::At(end), .. }) => {
                let left = end.saturating_duration_since(Instant::now());
                let valid = state.kept.clone().filter(|_| left > RESERVE);
                let pauses = state.renewed.is_some_and(|end| end.elapsed() < PAUSE);
                match valid {
                    Some(token) if left > ADVANCE || pauses || running.is_some() => return Step::Use(token),
                    Some(token) => return Step::Renew(self.begin(&mut state), token),
                    None => {}
                }
            }
            _ => {}
        }
        Step::Wait(running.unwrap_or_else(|| self.begin(&mut state)))
    }

    fn begin(&self, state: &mut State) -> Fetch<AccessToken> {
        let (source, cache, refused) = (self.source.clone(), self.state.clone(), state.refused.clone());
        state.fetching.begin(async move {
            let token = fetched(&source, refused.clone()).await?;
            let mut state = lock(&cache);
            match (&refused, &state.refused) {
                (Some(_), _) => {
                    state.refused = None;
                    state.replacement = Some((token.bearer.clone(), Instant::now()));
                    state.kept = Some(token.clone());
                }
                (None, None) => state.kept = Some(token.clone()),
                // It may be the token that was refused since the fetch began.
                (None, Some(_)) => {}
            }
            Ok(token)
        })
    }

    /// Drops the token in these headers, which the API has refused. Returns `true` if the next token may be accepted.
    pub(super) fn refused(&self, headers: &HeaderMap) -> bool {
        let mut state = lock(&self.state);
        let replacement = state.replacement.as_ref().filter(|(token, _)| token.is_in(headers));
        let was_new = replacement.is_some_and(|(_, fetched)| fetched.elapsed() < NEW);
        if let Some(token) = state.kept.take_if(|kept| kept.bearer.is_in(headers)) {
            state.refused = Some(token.bearer);
            // A fetch that is under way does not know about the refusal.
            state.fetching = SingleFlight::default();
        }
        !was_new
    }
}

/// Fetches a token, twice if the token endpoint refuses the identity: its file may just have been replaced.
async fn fetched(source: &Arc<dyn TokenSource>, refused: Option<BearerToken>) -> Result<AccessToken> {
    match source.clone().fetch(refused.clone()).await {
        Err(error) if error.status() == Some(UNAUTHORIZED) => {
            tracing::debug!(%error, "the token endpoint refused the identity, which is read again");
            source.clone().fetch(refused).await
        }
        fetched => fetched,
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // The state is consistent after every statement.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::future::join_all;
    use tokio::time::{advance, sleep};

    use super::*;
    use crate::task::BoxFuture;

    /// A source that takes a second for each token. The tokens are numbered, and have these expiries; after the last
    /// one, it fails.
    #[derive(Default)]
    struct Numbered(Mutex<Log>);

    #[derive(Default)]
    struct Log {
        /// The lifetimes of the next tokens: `Ok(None)` never ends, `Ok(Some(0))` is for one request.
        next: VecDeque<Result<Option<u64>, u16>>,
        /// The tokens that were refused, at the time of each fetch.
        fetches: Vec<Option<BearerToken>>,
    }

    impl TokenSource for Numbered {
        fn fetch(self: Arc<Self>, refused: Option<BearerToken>) -> BoxFuture<'static, Result<AccessToken>> {
            Box::pin(async move {
                let (number, next) = {
                    let mut log = self.0.lock().unwrap();
                    log.fetches.push(refused);
                    (log.fetches.len(), log.next.pop_front())
                };
                sleep(Duration::from_secs(1)).await;
                let lifetime = match next {
                    None => return Err(Error::connection("the server is down")),
                    Some(Err(status)) => return Err(Error::api(status, b"no")),
                    Some(Ok(lifetime)) => lifetime,
                };
                let mut token = AccessToken::new(&number.to_string(), "a test", None)?;
                token.expiry = match lifetime {
                    None => Expiry::Never,
                    Some(0) => Expiry::EachRequest,
                    Some(seconds) => Expiry::At(Instant::now() + Duration::from_secs(seconds)),
                };
                Ok(token)
            })
        }
    }

    fn cache(next: &[Result<Option<u64>, u16>]) -> (Arc<TokenCache>, Arc<Numbered>) {
        let source = Arc::new(Numbered::default());
        source.0.lock().unwrap().next.extend(next.iter().copied());
        (Arc::new(TokenCache::new(source.clone())), source)
    }

    fn fetches(source: &Numbered) -> usize {
        source.0.lock().unwrap().fetches.len()
    }

    fn bearer(number: u32) -> HeaderMap {
        let mut headers = HeaderMap::new();
        BearerToken::new(number.to_string()).unwrap().set(&mut headers);
        headers
    }

    /// Asserts that the next token of a cache has this number.
    async fn assert_next(cache: &TokenCache, number: u32) {
        assert!(cache.token().await.unwrap().bearer.is_in(&bearer(number)), "not token {number}");
    }

    #[tokio::test(start_paused = true)]
    async fn many_requests_share_a_token_until_it_is_about_to_expire() {
        let (cache, source) = cache(&[Ok(Some(600)), Ok(Some(600))]);
        for token in join_all((0..50).map(|_| cache.token())).await {
            assert!(token.unwrap().bearer.is_in(&bearer(1)));
        }
        advance(Duration::from_secs(479)).await;
        assert_next(&cache, 1).await;
        assert_eq!(fetches(&source), 1);
        advance(Duration::from_secs(1)).await;
        // Two minutes before the expiry, one request waits for the next token, and the others do not.
        let begin = Instant::now();
        let waits = |cache: &Arc<TokenCache>| {
            let cache = cache.clone();
            async move { (cache.token().await.unwrap(), begin.elapsed().as_secs()) }
        };
        let tokens = join_all((0..50).map(|_| waits(&cache))).await;
        let [renewed, kept] = [(2, 1), (1, 0)].map(|(number, seconds)| {
            tokens.iter().filter(|(token, waited)| token.bearer.is_in(&bearer(number)) && *waited == seconds).count()
        });
        assert_eq!((renewed, kept, fetches(&source)), (1, 49, 2));
        assert_next(&cache, 2).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewal_in_advance_may_fail_until_the_reserve_begins() {
        let (cache, source) = cache(&[Ok(Some(600)), Err(500)]);
        assert_next(&cache, 1).await;
        advance(Duration::from_secs(500)).await;
        assert_next(&cache, 1).await; // it fails and takes a second
        assert_eq!(fetches(&source), 2);
        advance(Duration::from_millis(4_900)).await;
        assert_next(&cache, 1).await;
        assert_eq!(fetches(&source), 2, "there is a pause of five seconds");
        advance(Duration::from_millis(100)).await;
        assert_next(&cache, 1).await;
        assert_eq!(fetches(&source), 3);
        // 30 seconds before the expiry, the error is that of all requests.
        advance(Duration::from_secs(63)).await;
        for outcome in join_all((0..50).map(|_| cache.token())).await {
            assert!(outcome.unwrap_err().is_connection());
        }
        assert_eq!(fetches(&source), 4);
        source.0.lock().unwrap().next.push_back(Ok(Some(600)));
        assert_next(&cache, 5).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_of_short_tokens_is_asked_every_five_seconds_at_most() {
        let (cache, source) = cache(&[Ok(Some(60)); 4]);
        assert_next(&cache, 1).await;
        for number in [2, 3] {
            for _ in 0..50 {
                assert_next(&cache, number).await;
            }
            advance(Duration::from_secs(5)).await;
        }
        assert_eq!(fetches(&source), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_may_last_for_ever_or_for_one_request() {
        let (cache, source) = cache(&[Ok(None)]);
        assert_next(&cache, 1).await;
        advance(Duration::from_secs(100 * 365 * 86_400)).await;
        assert_next(&cache, 1).await;
        assert_eq!(fetches(&source), 1);

        let (cache, source) = self::cache(&[Ok(Some(0)); 8]);
        assert_next(&cache, 1).await;
        assert_next(&cache, 2).await;
        let begin = Instant::now();
        join_all((0..5).map(|_| cache.token())).await.into_iter().for_each(|token| drop(token.unwrap()));
        assert_eq!((fetches(&source), begin.elapsed().as_secs()), (7, 1), "requests do not wait for each other");
        source.0.lock().unwrap().next = [Ok(Some(600))].into();
        assert_next(&cache, 8).await;
        assert_next(&cache, 8).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_token_is_replaced_once() {
        let (cache, source) = cache(&[Ok(Some(600)); 4]);
        assert_next(&cache, 1).await;
        for _ in 0..50 {
            assert!(cache.refused(&bearer(1)));
        }
        join_all((0..50).map(|_| cache.token())).await.into_iter().for_each(|token| drop(token.unwrap()));
        assert_next(&cache, 2).await;
        let refused = source.0.lock().unwrap().fetches.clone();
        assert_eq!(refused, [None, Some(BearerToken::new("1").unwrap())]);

        // A request that began earlier does not drop the new token.
        assert!(cache.refused(&bearer(1)));
        assert_next(&cache, 2).await;
        // If a new token is refused as well, another one would not help. Later it would.
        for _ in 0..50 {
            assert!(!cache.refused(&bearer(2)));
        }
        assert_next(&cache, 3).await;
        advance(Duration::from_secs(61)).await;
        assert!(cache.refused(&bearer(3)));
        assert_next(&cache, 4).await;
        assert_eq!(fetches(&source), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_that_began_before_a_refusal_does_not_keep_its_token() {
        let (cache, source) = cache(&[Ok(Some(100)), Ok(Some(600)), Ok(Some(600))]);
        assert_next(&cache, 1).await;
        let renewing = tokio::spawn({
            let cache = cache.clone();
            async move { cache.token().await.unwrap() }
        });
        sleep(Duration::from_millis(500)).await;
        assert!(cache.refused(&bearer(1)));
        assert_next(&cache, 3).await;
        assert!(renewing.await.unwrap().bearer.is_in(&bearer(2)));
        assert_next(&cache, 3).await;
        assert_eq!(fetches(&source), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn an_identity_that_is_refused_is_read_once_more() {
        let (cache, source) = cache(&[Err(401), Ok(None)]);
        assert_next(&cache, 2).await;
        assert_eq!(fetches(&source), 2);
        let (cache, source) = self::cache(&[Err(401), Err(401), Ok(None)]);
        assert_eq!(cache.token().await.unwrap_err().status(), Some(401));
        assert_eq!(fetches(&source), 2);
        let (cache, source) = self::cache(&[Err(403), Ok(None)]);
        assert_eq!(cache.token().await.unwrap_err().status(), Some(403));
        assert_eq!(fetches(&source), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_is_dropped_does_not_stop_the_others() {
        let (cache, source) = cache(&[Ok(None)]);
        let first = tokio::spawn({
            let cache = cache.clone();
            async move { cache.token().await }
        });
        sleep(Duration::from_millis(300)).await;
        let second = tokio::spawn({
            let cache = cache.clone();
            async move { cache.token().await }
        });
        sleep(Duration::from_millis(300)).await;
        first.abort();
        assert!(second.await.unwrap().unwrap().bearer.is_in(&bearer(1)));
        assert_eq!(fetches(&source), 1);
    }
}
