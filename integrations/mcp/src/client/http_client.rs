//! [`HttpClient`]: an HTTP client that notices the death of its server.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use http::{HeaderName, HeaderValue};
use reqwest::Url;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::common::client_side_sse::BoxedSseResponse;
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpError, StreamableHttpPostResponse, StreamableHttpResponseLimits,
};

use super::life::Life;

type Headers = HashMap<HeaderName, HeaderValue>;
type Outcome<T> = Result<T, StreamableHttpError<reqwest::Error>>;

/// An HTTP client that notices the death of its server. Without it, a call in a session would wait for its timeout,
/// because the transport tries to open the stream again without end.
#[derive(Clone)]
pub(crate) struct HttpClient {
    inner: reqwest::Client,
    url: Url,
    life: Arc<Life>,
}

impl HttpClient {
    pub(crate) fn new(inner: reqwest::Client, url: Url, life: Arc<Life>) -> Self {
        Self { inner, url, life }
    }

    /// Returns the stream. If it breaks, the client looks whether the server is still there.
    fn watch(&self, stream: BoxedSseResponse) -> BoxedSseResponse {
        let client = self.clone();
        stream
            .inspect(move |event| {
                if event.is_err() {
                    tokio::spawn(client.clone().look());
                }
            })
            .boxed()
    }

    async fn look(self) {
        let result = self.inner.head(self.url.clone()).send().await;
        if result.is_err_and(|error| error.is_connect()) {
            self.life.end("it does not accept connections any more");
        }
    }
}

impl StreamableHttpClient for HttpClient {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        auth: Option<String>,
        headers: Headers,
    ) -> Outcome<StreamableHttpPostResponse> {
        let limits = StreamableHttpResponseLimits::default();
        self.post_message_with_response_limits(uri, message, session, auth, headers, limits).await
    }

    async fn post_message_with_response_limits(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session: Option<Arc<str>>,
        auth: Option<String>,
        headers: Headers,
        limits: StreamableHttpResponseLimits,
    ) -> Outcome<StreamableHttpPostResponse> {
        let response =
            self.inner.post_message_with_response_limits(uri, message, session, auth, headers, limits).await?;
        Ok(match response {
            StreamableHttpPostResponse::Sse(stream, session) => {
                StreamableHttpPostResponse::Sse(self.watch(stream), session)
            }
            other => other,
        })
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session: Arc<str>,
        auth: Option<String>,
        headers: Headers,
    ) -> Outcome<()> {
        self.inner.delete_session(uri, session, auth, headers).await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        auth: Option<String>,
        headers: Headers,
    ) -> Outcome<BoxedSseResponse> {
        let limit = StreamableHttpResponseLimits::default().max_sse_event_size;
        self.get_stream_with_max_sse_event_size(uri, session, last_event, auth, headers, limit).await
    }

    async fn get_stream_with_max_sse_event_size(
        &self,
        uri: Arc<str>,
        session: Option<Arc<str>>,
        last_event: Option<String>,
        auth: Option<String>,
        headers: Headers,
        limit: usize,
    ) -> Outcome<BoxedSseResponse> {
        let stream =
            self.inner.get_stream_with_max_sse_event_size(uri, session, last_event, auth, headers, limit).await;
        if let Err(StreamableHttpError::Client(error)) = &stream
            && error.is_connect()
        {
            self.life.end("it does not accept connections any more");
        }
        Ok(self.watch(stream?))
    }
}
