//! [`SigV4`]: credentials that sign requests.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use claudette::client::{Body, Credentials};
use claudette::http::{HeaderMap, HeaderName, HeaderValue, Request};
use claudette::{BoxFuture, Error, Result};
use sha2::{Digest, Sha256};

use crate::cache::CredentialCache;

/// The headers that are not signed, because proxies may change them. The list is that of botocore, with the header that
/// contains the signature.
const UNSIGNED: [&str; 15] = [
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Credentials that sign each attempt of a request with AWS Signature Version 4
/// ([documentation](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html)).
///
/// The hosts of this package use it. On its own, it is for gateways that check signatures. The AWS credentials are
/// fetched when they are first needed, five minutes before they expire, and after the server has refused them. If
/// several requests need them at once, they share one fetch.
///
/// ```
/// use aws_credential_types::Credentials;
/// use claudette::Client;
/// use claudette_aws::SigV4;
///
/// # fn main() -> claudette::Result<()> {
/// let keys = Credentials::new("AKIDEXAMPLE", "secret", None, None, "example");
/// let signer = SigV4::new(keys, "us-east-1", "execute-api");
/// assert!(!format!("{signer:?}").contains("AKIDEXAMPLE"));
/// let client = Client::builder("claude-sonnet-5-5").base_url("https://gateway.example.com").credentials(signer).build()?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
pub struct SigV4 {
    cache: CredentialCache,
    region: String,
    service: Cow<'static, str>,
}

impl SigV4 {
    /// Returns a signer for this region and service, such as `execute-api` for the Amazon API Gateway.
    pub fn new(
        provider: impl ProvideCredentials + 'static,
        region: impl Into<String>,
        service: impl Into<Cow<'static, str>>,
    ) -> Self {
        let provider = SharedCredentialsProvider::new(provider);
        Self::of_host(CredentialCache::new(provider, "the gateway".to_owned(), true), region.into(), service)
    }

    pub(crate) fn of_host(cache: CredentialCache, region: String, service: impl Into<Cow<'static, str>>) -> Self {
        Self { cache, region, service: service.into() }
    }
}

impl Credentials for SigV4 {
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        Box::pin(async {
            let hash = hash(request.body()).await?;
            let credentials = self.cache.get().await?;
            signature(request, hash, &credentials, &self.region, &self.service, SystemTime::now())
        })
    }

    /// Forgets the AWS credentials with which these headers were signed, so that the next attempt fetches others.
    fn refused(&self, headers: &HeaderMap) -> bool {
        self.cache.refused(headers)
    }
}

/// Does not show the credentials.
impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigV4").field("region", &self.region).field("service", &self.service).finish_non_exhaustive()
    }
}

/// Returns the hash of a body, which is read piece by piece and never as a whole in memory.
///
/// # Errors
/// Misuse: the body can be read only once. Otherwise the error of its stream.
async fn hash(body: &Body) -> Result<String> {
    let mut body = body.try_clone().ok_or_else(|| {
        Error::misuse(
            "the body of the request is a stream that can be read only once, so it cannot be signed and then sent; pass a \
             body in memory, or one that can be read again",
        )
    })?;
    let mut hash = Sha256::new();
    while let Some(piece) = body.next().await {
        hash.update(piece?);
    }
    Ok(format!("{:x}", Bytes::copy_from_slice(&hash.finalize())))
}

/// Returns the headers that sign a request, whose body has this hash, at this time.
fn signature(
    request: &Request<Body>,
    hash: String,
    credentials: &aws_credential_types::Credentials,
    region: &str,
    service: &str,
    time: SystemTime,
) -> Result<HeaderMap> {
    let identity = credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.excluded_headers = Some(UNSIGNED.map(Cow::Borrowed).to_vec());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(time)
        .settings(settings)
        .build()
        .map_err(Error::other)?;
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        texts(request)?.into_iter(),
        SignableBody::Precomputed(hash),
    )
    .map_err(unsigned)?;
    let (headers, _) = sign(signable, &parameters.into()).map_err(unsigned)?.into_parts().0.into_parts();
    headers
        .into_iter()
        .map(|header| {
            Ok((HeaderName::from_static(header.name()), HeaderValue::try_from(header.value()).map_err(unsigned)?))
        })
        .collect()
}

/// Returns the headers of a request as texts.
fn texts(request: &Request<Body>) -> Result<Vec<(&str, &str)>> {
    request
        .headers()
        .iter()
        .map(|(name, value)| match std::str::from_utf8(value.as_bytes()) {
            Ok(value) => Ok((name.as_str(), value)),
            Err(_) => Err(Error::misuse(format!("the header {name} is not UTF-8, so the request cannot be signed"))),
        })
        .collect()
}

fn unsigned(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::misuse("the request cannot be signed for AWS").caused_by(error)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;

    const MESSAGE: &str = concat!(
        r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":16,"#,
        r#""messages":[{"role":"user","content":"Hello"}]}"#
    );

    /// Signs a request at 2026-01-02T03:04:05Z.
    async fn sign(request: &Request<Body>, region: &str, service: &str, token: Option<&str>) -> HeaderMap {
        let token = token.map(str::to_owned);
        let keys = aws_credential_types::Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            token,
            None,
            "test",
        );
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let hash = hash(request.body()).await.unwrap();
        signature(request, hash, &keys, region, service, time).unwrap()
    }

    /// Returns the signed headers and the signature.
    fn parts(headers: &HeaderMap) -> (&str, &str) {
        let text = headers["authorization"].to_str().unwrap();
        let (front, signature) = text.split_once(", Signature=").unwrap();
        (front.split_once("SignedHeaders=").unwrap().1, signature)
    }

    fn post(url: &str, body: impl Into<Body>) -> Request<Body> {
        Request::post(url).header("content-type", "application/json").body(body.into()).unwrap()
    }

    const BEDROCK: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";

    /// The signatures are those of botocore 1.44.8.
    #[tokio::test]
    async fn signatures_are_those_of_botocore() {
        let url = format!("{BEDROCK}/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke");
        let headers = sign(&post(&url, MESSAGE), "us-east-1", "bedrock", Some("EXAMPLETOKEN")).await;
        assert_eq!(
            headers["authorization"],
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
             Signature=73d21e3016b437db3fc7bc7d11f6b337347fe714548c80aad828cbf8841660d3"
        );
        assert_eq!(headers["x-amz-date"], "20260102T030405Z");
        assert_eq!(headers["x-amz-security-token"], "EXAMPLETOKEN");
        assert_eq!(headers.len(), 3);

        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fjf2sje1c0jnb";
        let headers =
            sign(&post(&format!("{BEDROCK}/model/{arn}/invoke"), MESSAGE), "us-east-1", "bedrock", None).await;
        let expected = "04091c1215a0b5658f059b7c27592e1b8ccb89e0d675485a32598c6652759889";
        assert_eq!(parts(&headers), ("content-type;host;x-amz-date", expected));

        let mantle = post("https://bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages", "{}");
        let expected = "982190ab1a3ee5126f6bcb38b409d846107af028b4aaa6f0fee1eeccfb8a28f2";
        let headers = sign(&mantle, "us-east-1", "bedrock-mantle", None).await;
        assert_eq!(parts(&headers), ("content-type;host;x-amz-date", expected));

        let files = Request::get("https://aws-external-anthropic.us-west-2.api.aws/v1/files?limit=2&page=a%20b")
            .header("anthropic-workspace-id", "wrkspc_1")
            .body(Body::empty())
            .unwrap();
        let headers = sign(&files, "us-west-2", "aws-external-anthropic", None).await;
        let expected = "113beb8d341ecc09116c858792534a9d1be268a4ec448ae291da3bc3057bf00a";
        assert_eq!(parts(&headers), ("anthropic-workspace-id;host;x-amz-date", expected));
    }

    #[tokio::test]
    async fn a_body_in_pieces_has_the_signature_of_the_whole() {
        let url = format!("{BEDROCK}/model/m/invoke");
        let (front, back) = MESSAGE.split_at(40);
        let pieces = Body::from([front, "", back].map(Bytes::from).to_vec());
        let whole = sign(&post(&url, MESSAGE), "us-east-1", "bedrock", None).await;
        assert_eq!(sign(&post(&url, pieces), "us-east-1", "bedrock", None).await, whole);
        assert_ne!(sign(&post(&url, front), "us-east-1", "bedrock", None).await, whole);
    }

    #[tokio::test]
    async fn headers_that_change_on_the_way_are_not_signed() {
        let mut request = post(&format!("{BEDROCK}/model/m/invoke"), MESSAGE);
        let alone = sign(&request, "us-east-1", "bedrock", None).await;
        for name in UNSIGNED {
            request.headers_mut().insert(name, HeaderValue::from_static("x"));
        }
        assert_eq!(sign(&request, "us-east-1", "bedrock", None).await, alone);
        request.headers_mut().insert("x-team", HeaderValue::from_static(" blue  green "));
        let headers = sign(&request, "us-east-1", "bedrock", None).await;
        assert_eq!(parts(&headers).0, "content-type;host;x-amz-date;x-team");
    }

    #[tokio::test]
    async fn requests_that_cannot_be_signed_are_misuse() {
        let stream = Body::from_stream(futures_util::stream::iter([Ok("piece")]));
        let error = hash(&stream).await.unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains("can be read only once"), "{error}");

        let keys = aws_credential_types::Credentials::new("AKIDEXAMPLE", "SECRET", None, None, "test");
        let mut binary = post(BEDROCK, MESSAGE);
        binary.headers_mut().insert("x-team", HeaderValue::from_bytes(b"\xff").unwrap());
        let error = signature(&binary, String::new(), &keys, "us-east-1", "bedrock", SystemTime::now()).unwrap_err();
        assert!(error.is_misuse(), "{error}");
    }
}
