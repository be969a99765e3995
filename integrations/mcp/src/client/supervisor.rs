//! [`Supervisor`]: the life of a server across its connections.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rmcp::model::{ProtocolVersion, SubscriptionFilter};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::ask::Askable;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::failure::Failure;
use super::options::Options;
use super::request::Limits;
use super::signals::Signals;
use super::tool_list::ToolList;
use crate::error::{Error, Result};
use crate::text::clean_line;

/// The number of attempts in a row before a server is given up.
const MAX_ATTEMPTS: u32 = 5;
/// The delay before the second attempt. It doubles until [`MAX_DELAY`].
const FIRST_DELAY: Duration = Duration::from_millis(500);
const MAX_DELAY: Duration = Duration::from_secs(30);
/// A connection of this age was a good one: the attempts are counted anew.
const GOOD_AGE: Duration = Duration::from_secs(60);
/// A list that is announced to have changed while it is read is read again, this many times.
const MAX_LISTS: usize = 3;

/// The life of a server across its connections. All handles share it; the connection is closed with the last one.
#[derive(Debug)]
pub(crate) struct Supervisor {
    endpoint: Endpoint,
    options: Arc<Options>,
    signals: Arc<Signals>,
    name: String,
    current: RwLock<Arc<Connection>>,
    /// The tools that the program has.
    adopted: RwLock<Arc<ToolList>>,
    /// The tools that the server listed last.
    latest: RwLock<Arc<ToolList>>,
    /// The number of `latest`, for calls that have been compared with it.
    generation: AtomicU64,
    /// Locked while the server is connected or asked for its tools.
    attempts: Mutex<Attempts>,
    is_closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Attempts {
    count: u32,
    last: Option<Instant>,
}

impl Supervisor {
    /// Makes the first connection and lists the tools.
    pub(crate) async fn start(endpoint: Endpoint, options: Options) -> Result<Arc<Self>> {
        if let Some(sampling) = &options.sampling {
            sampling.check()?;
        }
        let options = Arc::new(options);
        let signals = Arc::new(Signals::new(options.name.as_deref()));
        let connection = Arc::new(endpoint.open(&options, &signals).await?);
        let own_name = connection.own_name();
        signals.name(&own_name.unwrap_or_else(|| endpoint.label()));
        let name = signals.server().to_owned();
        prepare(&connection, &signals);
        let list = match list(&connection, &options, &signals).await {
            Ok(list) => Arc::new(list),
            Err(error) => {
                connection.close("the tools cannot be listed").await;
                return Err(error);
            }
        };
        Ok(Arc::new(Self {
            endpoint,
            options,
            signals,
            name,
            current: RwLock::new(connection),
            adopted: RwLock::new(list.clone()),
            latest: RwLock::new(list),
            generation: AtomicU64::new(1),
            attempts: Mutex::default(),
            is_closed: AtomicBool::new(false),
        }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Returns the last connection, which may be over.
    pub(crate) fn current(&self) -> Arc<Connection> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the tools that the program has.
    pub(crate) fn adopted(&self) -> Arc<ToolList> {
        self.adopted.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the tools that the server listed last.
    pub(crate) fn latest(&self) -> Arc<ToolList> {
        self.latest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of the list that the server gave last.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Returns a connection, and makes a new one if the last one has ended.
    pub(crate) async fn connection(&self) -> Result<Arc<Connection>> {
        let current = self.current();
        if !current.is_over() {
            return Ok(current);
        }
        self.connected(&mut *self.attempts.lock().await).await
    }

    /// Sends a request, once more if it did not reach the server. `what` tells what was asked for.
    pub(crate) async fn ask<P: Askable>(&self, params: &P, what: &str) -> Result<Value> {
        let limits = Limits { idle: self.options.timeout, total: self.options.total_timeout };
        let mut is_repeated = false;
        loop {
            let connection = self.connection().await?;
            match connection.ask(params.clone(), limits, None, &self.options, &self.name).await {
                Ok(result) => return Ok(result),
                Err(Failure::NotSent(_)) if !is_repeated => is_repeated = true,
                Err(failure) => return Err(failure.error(&connection, &self.name, what).await),
            }
        }
    }

    /// Returns a connection whose list of tools is known.
    pub(crate) async fn listed(&self) -> Result<Arc<Connection>> {
        let current = self.current();
        if !current.is_over() && !self.signals.must_relist() {
            return Ok(current);
        }
        let mut attempts = self.attempts.lock().await;
        let connection = self.connected(&mut attempts).await?;
        // Another call may have listed the tools in the meantime.
        if self.signals.must_relist() {
            let list = list(&connection, &self.options, &self.signals).await?;
            self.set_latest(Arc::new(list));
        }
        Ok(connection)
    }

    /// Lists the tools and adopts the list. Returns the previous list and the new one.
    pub(crate) async fn adopt(&self) -> Result<(Arc<ToolList>, Arc<ToolList>)> {
        let mut attempts = self.attempts.lock().await;
        // The program asks for it, so a server that was given up gets another chance.
        attempts.count = 0;
        let connection = self.connected(&mut attempts).await?;
        let list = Arc::new(list(&connection, &self.options, &self.signals).await?);
        let before =
            std::mem::replace(&mut *self.adopted.write().unwrap_or_else(PoisonError::into_inner), list.clone());
        self.signals.clear_drifts();
        self.set_latest(list.clone());
        Ok((before, list))
    }

    fn set_latest(&self, list: Arc<ToolList>) {
        let is_stale = self.signals.must_relist() || !list.is_same(&self.adopted());
        *self.latest.write().unwrap_or_else(PoisonError::into_inner) = list;
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.signals.set_stale(is_stale);
    }

    async fn connected(&self, attempts: &mut Attempts) -> Result<Arc<Connection>> {
        let last = self.current();
        if !last.is_over() {
            return Ok(last);
        }
        if self.is_closed.load(Ordering::Acquire) {
            return Err(Error::closed(format!("the server \"{}\" was closed by the program", self.name)));
        }
        let has_rested = attempts.last.is_none_or(|last| last.elapsed() > MAX_DELAY);
        if last.age() >= GOOD_AGE || has_rested {
            attempts.count = 0;
        }
        loop {
            if attempts.count >= MAX_ATTEMPTS {
                return Err(Error::closed(format!(
                    "the server \"{}\" ended {MAX_ATTEMPTS} times in a row, so it is not started again now: {}",
                    self.name,
                    last.life().epitaph().await
                )));
            }
            tokio::time::sleep(delay(attempts.count)).await;
            attempts.count += 1;
            attempts.last = Some(Instant::now());
            match self.endpoint.open(&self.options, &self.signals).await {
                Ok(connection) => {
                    let connection = Arc::new(connection);
                    prepare(&connection, &self.signals);
                    tracing::info!(target: "claudette_mcp", server = self.name, "connected again");
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = connection.clone();
                    // The server may have other tools now.
                    self.signals.relist();
                    return Ok(connection);
                }
                // Another attempt would take as long again, or fail in the same way.
                Err(error) if error.is_timeout() || error.is_misuse() || attempts.count >= MAX_ATTEMPTS => {
                    return Err(error);
                }
                Err(error) if matches!(self.endpoint, Endpoint::Io(_)) => return Err(error),
                Err(error) => {
                    tracing::debug!(target: "claudette_mcp", server = self.name, %error, "the server did not connect");
                }
            }
        }
    }

    /// Closes the connection for good and waits until the process, if there is one, is gone.
    pub(crate) async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.current().close("it was closed by the program").await;
    }
}

/// Returns the delay before an attempt, after so many others.
fn delay(count: u32) -> Duration {
    match count {
        0 => Duration::ZERO,
        count => FIRST_DELAY.saturating_mul(1 << (count - 1).min(16)).min(MAX_DELAY),
    }
}

/// Warns about an unknown version, and listens for changes of the tools.
fn prepare(connection: &Arc<Connection>, signals: &Arc<Signals>) {
    let version = connection.version();
    if !ProtocolVersion::KNOWN_VERSIONS.contains(version) {
        let version = clean_line(version.as_str(), 40);
        tracing::warn!(target: "claudette_mcp", server = signals.server(), %version, "unknown protocol version");
    }
    let announces = connection.capabilities().tools.as_ref().is_some_and(|tools| tools.list_changed == Some(true));
    if connection.is_modern() && announces {
        tokio::spawn(listen(connection.peer().clone(), connection.life().clone(), signals.clone()));
    }
}

/// Reads announcements in the modern era, which come only to those who ask for them.
async fn listen(peer: rmcp::service::Peer<rmcp::RoleClient>, life: Arc<super::life::Life>, signals: Arc<Signals>) {
    let read = async {
        let mut subscription = peer.listen(SubscriptionFilter::builder().tools_list_changed().build()).await?;
        while subscription.next().await?.is_some() {
            signals.tools_changed();
        }
        Ok::<_, rmcp::ServiceError>(())
    };
    tokio::select! {
        () = life.over().cancelled() => {}
        result = read => {
            let failed = result.is_err();
            tracing::debug!(target: "claudette_mcp", server = signals.server(), failed, "announcements ended");
        }
    }
}

/// Lists the tools. Announcements during the list have it read again: some servers send several after the handshake.
async fn list(connection: &Connection, options: &Options, signals: &Signals) -> Result<ToolList> {
    let mut lists = 0;
    loop {
        signals.listing();
        let list = ToolList::read(connection, options, signals.server()).await;
        lists += 1;
        if list.is_err() {
            signals.relist();
        }
        if list.is_err() || lists == MAX_LISTS || !signals.must_relist() {
            return list;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double() {
        let delays: Vec<_> = (0..9).map(|count| delay(count).as_millis()).collect();
        assert_eq!(delays, [0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    }
}
