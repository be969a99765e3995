//! [`GoogleCredentials`]: access tokens of Google.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claudette::client::{Body, Credentials};
use claudette::{BoxFuture, Error, Result};
use google_cloud_auth::credentials as google;
use google_cloud_auth::errors::CredentialsError;
use http::{Extensions, HeaderMap, Request};
use tokio::runtime::{self, Handle};

use crate::key_file::KeyFile;
use crate::source::Source;

/// Access tokens of Google, from Application Default Credentials or from a key file.
///
/// [`vertex`](crate::vertex) and [`claude`](crate::claude) find the Application Default Credentials themselves. This
/// type is for other key files, and for sharing credentials between several hosts: clones share their tokens.
///
/// A token is fetched when it is first needed. Requests that need it at the same time share the fetch. Four minutes
/// before it expires, a task fetches the next one. If a host refuses a token (401), the token is dropped, and the file is
/// read again, so a key can be rotated without a restart. If a fetch fails, the next request begins another one.
///
/// ```
/// use claudette_google::GoogleCredentials;
///
/// # fn main() -> claudette::Result<()> {
/// let key = r#"{"type": "authorized_user", "client_id": "id", "client_secret": "s-1", "refresh_token": "r-1"}"#;
/// let credentials = GoogleCredentials::from_json(key)?;
/// assert!(!format!("{credentials:?}").contains("-1"));
///
/// let error = GoogleCredentials::from_json(r#"{"type": "password", "password": "p-1"}"#).unwrap_err();
/// assert!(error.is_misuse());
/// assert!(error.to_string().contains(r#"unknown type "password""#));
/// # Ok(())
/// # }
/// ```
#[doc(alias = "ADC")]
#[doc(alias = "service account")]
#[doc(alias = "workload identity")]
#[derive(Clone)]
pub struct GoogleCredentials(Arc<Inner>);

struct Inner {
    source: Source,
    /// The current credentials, which keep their token.
    current: Mutex<Option<Opened>>,
}

/// Credentials whose task fetches tokens.
#[derive(Clone)]
struct Opened {
    google: Arc<google::Credentials>,
    /// The runtime of the task. After its end, there are no more tokens.
    runtime: runtime::Id,
    /// The headers that were returned last.
    sent: HeaderMap,
}

impl GoogleCredentials {
    /// Finds the Application Default Credentials: the file that `GOOGLE_APPLICATION_CREDENTIALS` names, or else the
    /// file of `gcloud auth application-default login`, or else the metadata server.
    ///
    /// # Errors
    /// Misuse: a file cannot be read or is not valid. A connection error or a timeout: there is no file, and the metadata
    /// server does not answer within a second.
    pub async fn find() -> Result<Self> {
        Ok(Self::new(Source::find().await?))
    }

    /// Reads a key file, for example of a service account or of a workload identity federation.
    ///
    /// A file of an external account decides which addresses receive its tokens and which program runs. Do not use a file
    /// from an untrusted source.
    ///
    /// # Errors
    /// Misuse: the file cannot be read, or its JSON or its type is not valid. The error does not show its contents.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self::new(Source::file(path.into(), "")?))
    }

    /// Parses the contents of a key file, for example from a vault.
    ///
    /// # Errors
    /// Misuse: the JSON or its type is not valid. The error does not show the text.
    pub fn from_json(json: impl AsRef<str>) -> Result<Self> {
        Ok(Self::new(Source::Text(KeyFile::parse(json.as_ref(), "the key file that the program gave")?)))
    }

    fn new(source: Source) -> Self {
        Self(Arc::new(Inner { source, current: Mutex::default() }))
    }

    /// Returns the project of the credentials, or else their quota project.
    ///
    /// # Errors
    /// A file is not valid, or the credentials that the program gave fail.
    pub(crate) async fn project(&self) -> Result<Option<String>> {
        // Only their headers show the project of the credentials that the program gave.
        let headers = if let Source::Given(_) = self.0.source { self.fetch().await? } else { HeaderMap::new() };
        self.0.source.project(&headers)
    }

    /// Returns the headers with the current token. It waits for a token if there is none.
    async fn fetch(&self) -> Result<HeaderMap> {
        let opened = self.opened()?;
        let (source, limit) = (&self.0.source, self.0.source.time_limit());
        let fetched = tokio::time::timeout(limit, opened.google.headers(Extensions::new())).await;
        let mut current = self.lock();
        let is_current = |current: &&mut Opened| Arc::ptr_eq(&current.google, &opened.google);
        let error = match fetched {
            Ok(Ok(google::CacheableResource::New { data, .. })) => {
                if let Some(current) = current.as_mut().filter(is_current) {
                    current.sent = data.clone();
                }
                return Ok(data);
            }
            // It is the answer to a tag, and none was given.
            Ok(Ok(google::CacheableResource::NotModified)) => Error::other("google-cloud-auth did not return a token"),
            Ok(Err(error)) => failure(source, error),
            Err(_) => Error::timeout(format!("there was no access token from {} within {limit:?}", source.origin())),
        };
        // The others keep a failure for a while, or for ever.
        current.take_if(|current| is_current(&current));
        Err(error)
    }

    /// Returns the current credentials, or new ones.
    fn opened(&self) -> Result<Opened> {
        let runtime = Handle::current().id();
        let mut current = self.lock();
        if let Some(opened) = current.as_ref().filter(|opened| opened.runtime == runtime) {
            return Ok(opened.clone());
        }
        let google = Arc::new(self.0.source.open()?);
        Ok(current.insert(Opened { google, runtime, sent: HeaderMap::new() }).clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Opened>> {
        // The state is consistent after every statement.
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the error of a fetch.
fn failure(source: &Source, error: CredentialsError) -> Error {
    let origin = source.origin();
    if error.is_transient() {
        return Error::connection(format!("an access token could not be fetched with {origin}")).caused_by(error);
    }
    let remedy = match source {
        Source::File { .. } | Source::Text(_) => "check the file, or run `gcloud auth application-default login` again",
        Source::Metadata { .. } => "check that the machine has a service account, and its scopes",
        Source::Given(_) => "check them",
    };
    Error::misuse(format!("there is no access token for {origin}; {remedy}")).caused_by(error)
}

/// Uses credentials that the program has built with [`google_cloud_auth`], for example with other scopes.
///
/// Their token cannot be dropped, so a request that is refused with 401 is not sent again.
impl From<google::Credentials> for GoogleCredentials {
    fn from(credentials: google::Credentials) -> Self {
        Self::new(Source::Given(credentials))
    }
}

impl Credentials for GoogleCredentials {
    fn headers<'a>(&'a self, _: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(self.fetch())
    }

    /// Drops the token of these headers if it is the current one, so that the next attempt fetches another.
    fn refused(&self, headers: &HeaderMap) -> bool {
        if let Source::Given(_) = self.0.source {
            return false;
        }
        self.lock().take_if(|current| current.sent == *headers);
        true
    }
}

/// Does not show keys and tokens.
impl fmt::Debug for GoogleCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleCredentials").field("origin", &self.0.source.origin()).finish_non_exhaustive()
    }
}
