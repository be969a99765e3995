//! [`Cassette`]: a file of recorded exchanges, as the transport of a client.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use claudette::catalog::Model;
use claudette::client::ClientBuilder;
use claudette::{Client, Result};

use super::command;
use super::match_on::MatchOn;
use super::recorder::Recorder;
use super::replayer::Replayer;
use super::settings::Settings;
use super::shared::Shared;

/// A file of recorded exchanges with the API, which answers the requests of a test. Clones share it.
///
/// By default, a cassette replays: it needs neither a key nor a network. With the environment variable
/// `CLAUDETTE_RECORD=1`, it passes the requests to the API and stores the exchanges. A file that is missing is an error,
/// and never the reason to record.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("greeting.yaml");
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi!"));
/// # let recording = Cassette::record(&path)?;
/// # let builder = claudette::Client::builder("claude-sonnet-5-5").api_key("key").base_url(claude.url());
/// # recording.wrap(builder).build()?.send("Hello").await?;
/// # recording.finish()?;
/// # drop(claude);
/// use claudette_testkit::Cassette;
///
/// # let cassette = Cassette::open(path)?;
/// # #[cfg(any())]
/// let cassette = Cassette::open("tests/cassettes/greeting.yaml")?;
/// let client = cassette.client("claude-sonnet-5-5")?;
/// assert_eq!(client.send("Hello").await?.text(), "Hi!");
/// cassette.finish()?;
/// # Ok(())
/// # }
/// ```
///
/// # What is stored
///
/// The file is YAML in the format of VCR.py, so its tools can open it. JSON bodies of requests have several lines, and
/// streams are the text of their events. Ids and signatures are stored unchanged, because later requests contain them.
/// Images and documents above 1 KiB of base64 are replaced by their SHA-256 in requests. A member `claudette` of each
/// interaction contains the pieces in which the response arrived; other tools ignore it.
///
/// Credentials are never stored. Of the headers, only those without credentials are. Before the file is written, it is
/// searched for the credentials that were sent and for texts with the shape of a key.
///
/// # When it is written
///
/// [`finish`](Self::finish) writes the file. If it is not called, the file is written when the last clone and the last
/// client of the cassette are dropped, unless the test has failed.
#[derive(Clone)]
#[doc(alias = "vcr")]
#[doc(alias = "fixture")]
pub struct Cassette(Arc<Shared>);

impl Cassette {
    /// Opens a cassette. It replays, or records if `CLAUDETTE_RECORD` is `1`.
    ///
    /// A relative path begins at the folder of the package, which is the current folder of its tests.
    ///
    /// # Errors
    /// The errors of [`replay`](Self::replay) or [`record`](Self::record). Misuse: `CLAUDETTE_RECORD` is neither `0` nor `1`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        if command::asks_to_record()? { Self::record(path) } else { Self::replay(path) }
    }

    /// Opens a cassette that replays, whatever the environment says. Use it for cassettes of other programs.
    ///
    /// Besides its own files, it reads those of VCR.py (with the bodies of pydantic-ai too), of Ruby's VCR, and of httpmock
    /// and rig. Bodies with gzip are decompressed, and requests to other services are left out. If another client recorded
    /// the file, use [`MatchOn::Order`](MatchOn::Order).
    ///
    /// # Errors
    /// Misuse: the file does not exist, is not a cassette, or has no requests to the Messages API. If it does not exist, the
    /// error shows the command that records it.
    pub fn replay(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self(Arc::new(Shared::replay(path.as_ref())?)))
    }

    /// Opens a cassette that records, whatever the environment says. The file is not changed before
    /// [`finish`](Self::finish).
    ///
    /// # Errors
    /// Misuse: the file exists and was recorded by another program.
    pub fn record(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self(Arc::new(Shared::record(path.as_ref())?)))
    }

    /// Returns `true` if the cassette records.
    pub fn is_recording(&self) -> bool {
        self.0.is_recording()
    }

    /// Ignores the values at a place in the bodies of requests when they are compared, for example
    /// `/metadata/user_id` or `/messages/*/content`. The token `*` means every item or member. They are stored; see
    /// [`scrub`](Self::scrub).
    #[must_use]
    pub fn ignore(self, pointer: &str) -> Self {
        self.with(|settings| settings.ignore(pointer))
    }

    /// Replaces a text before anything is stored or compared, for example the path of a home folder or the name of a
    /// customer. It is replaced in requests and in responses, also where JSON escapes it.
    ///
    /// A text that a stream sends in several pieces is not found in the response.
    #[must_use]
    pub fn scrub(self, text: impl Into<String>, replacement: impl Into<String>) -> Self {
        self.with(|settings| settings.scrubs.add(text.into(), replacement.into()))
    }

    /// Sets the parts of a request that decide which recorded request it is.
    #[must_use]
    pub fn match_on(self, match_on: MatchOn) -> Self {
        self.with(|settings| settings.match_on = match_on)
    }

    /// Sets whether a replay makes the recorded pauses between the pieces of a response; off by default. Under
    /// `tokio::time::pause`, they take no time.
    #[must_use]
    pub fn paced(self, on: bool) -> Self {
        self.with(|settings| settings.is_paced = on)
    }

    /// Sets whether accidental failures are stored: the statuses 401, 402, 403, 408, 409, 429 and 5xx, an empty account, and
    /// errors in the middle of a stream. Off by default.
    ///
    /// If it is off, a failed attempt is left out if the request succeeds later. If it does not,
    /// [`finish`](Self::finish) returns an error and leaves the file unchanged.
    #[must_use]
    pub fn record_failures(self, on: bool) -> Self {
        self.with(|settings| settings.records_failures = on)
    }

    /// Sets whether a response is stored that ended before it was complete, because the connection broke or the program
    /// dropped it. Off by default. Its replay ends with the error of a broken connection.
    #[must_use]
    pub fn record_cut_streams(self, on: bool) -> Self {
        self.with(|settings| settings.records_cut_streams = on)
    }

    fn with(self, set: impl FnOnce(&mut Settings)) -> Self {
        self.0.set(set);
        self
    }

    /// Returns a client whose requests the cassette answers, or records with the credentials of the environment.
    ///
    /// # Errors
    /// Misuse: a setting of the cassette is not valid, or it records and the environment has no credentials.
    pub fn client(&self, model: impl Into<Model>) -> Result<Client> {
        self.0.check()?;
        let builder = Client::builder(model);
        // A replay does not depend on the environment.
        let builder = if self.is_recording() { builder } else { builder.base_url("https://api.anthropic.com") };
        self.wrap(builder).build()
    }

    /// Puts the cassette into a client with settings of its own. A replay replaces its transport and its credentials; a
    /// recording is a layer around the transport.
    ///
    /// ```
    /// # use claudette_testkit::Cassette;
    /// # fn build(cassette: &Cassette) -> claudette::Result<claudette::Client> {
    /// use claudette::Client;
    ///
    /// let builder = Client::builder("claude-sonnet-5-5").max_retries(0).cache(true);
    /// let client = cassette.wrap(builder).build()?;
    /// # Ok(client)
    /// # }
    /// ```
    pub fn wrap(&self, builder: ClientBuilder) -> ClientBuilder {
        let cassette = self.0.clone();
        if self.is_recording() {
            builder.wrap_transport(move |inner| Recorder { inner, cassette })
        } else {
            builder.no_credentials().transport(Replayer(cassette))
        }
    }

    /// Ends a replay or a recording. A replay checks that every recorded request was sent. A recording writes the file.
    ///
    /// # Errors
    /// Misuse, in one of these cases:
    /// - A replay did not send a recorded request.
    /// - A recording contains a credential, or a text with the shape of a key. The error names the place. The file is not
    ///   written.
    /// - A recording has no requests, or a request without a complete response; see
    ///   [`record_failures`](Self::record_failures). The file is not written.
    /// - The file cannot be written.
    pub fn finish(&self) -> Result<()> {
        self.0.finish()
    }

    /// Calls [`finish`](Self::finish) and panics if it fails.
    ///
    /// # Panics
    /// If `finish` returns an error.
    #[track_caller]
    pub fn assert_finished(&self) {
        if let Err(error) = self.finish() {
            panic!("{error}");
        }
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cassette").field(&self.0).finish()
    }
}
