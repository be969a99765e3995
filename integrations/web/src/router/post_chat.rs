//! `POST /api/chat`: a prompt, or decisions on tool calls.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{StatusCode, request};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::app::App;
use super::owner::Owner;
use super::refusal::Refusal;
use crate::protocol::{SdkVersion, UiRequest};
use crate::run::{AskHook, Drive, LiveRun, Reader, StopReason};
use crate::session::Session;

pub(super) async fn post_chat(
    State(app): State<Arc<App>>,
    owner: Option<Extension<Owner>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let body = read(&app, &parts, body).await?;
    let request = UiRequest::from_json(&body)?;
    drop(body);
    let owner = owner.map(|Extension(owner)| owner);
    let session = app.session(owner.as_ref(), &request.chat_id).await?;
    let reader = begin(&app, session, request).await?;
    Ok(stream(reader, app.settings.keep_alive))
}

/// Reads the body. Its media type must be JSON, because a form of another page cannot send that.
async fn read(app: &App, parts: &request::Parts, body: Body) -> Result<Bytes, Refusal> {
    let refuse = |status, text: &str| Err(Refusal::new(status, text));
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The content type must be application/json.");
    }
    let body = Limited::new(body, app.settings.max_body).collect();
    match tokio::time::timeout(app.settings.body_timeout, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let megabytes = app.settings.max_body / (1024 * 1024);
            refuse(StatusCode::PAYLOAD_TOO_LARGE, &format!("The message is too large (at most {megabytes} MiB)."))
        }
        Ok(Err(_)) => refuse(StatusCode::BAD_REQUEST, "The request was not complete."),
        Err(_) => refuse(StatusCode::REQUEST_TIMEOUT, "The request took too long."),
    }
}

/// Begins a run, and returns its first reader.
async fn begin(app: &App, session: Arc<Session>, request: UiRequest) -> Result<Reader, Refusal> {
    end_abandoned(&session).await;
    let permit = app.permit()?;
    let busy = || Refusal::new(StatusCode::CONFLICT, "This chat is still answering.");
    let mut chat = session.try_chat().ok_or_else(busy)?;
    if session.run().is_some() {
        return Err(busy());
    }
    let begun = session.begin(&mut chat, request, &random_id())?;
    let mut stream = begun.stream;
    let start = stream.start(begun.message_id);
    let run = LiveRun::new(app.settings.max_frames);
    let reader = if begun.before.is_empty() {
        run.push(&start);
        run.reader()
    } else {
        // A page that resumes gets the whole message, the one that has sent the decisions only the rest.
        run.push(&begun.before);
        run.reader_from_here(&start[0])
    };
    session.run_began(&run);
    let ask = AskHook { policy: app.settings.ask.clone(), can_ask: app.settings.ui.sdk >= SdkVersion::V6 };
    let settings = &app.settings;
    let drive = Drive {
        session,
        chat,
        run,
        stream,
        prompted: begun.prompted,
        ask,
        window: settings.window,
        deadline: settings.deadline,
        linger: settings.linger,
        permit,
    };
    tokio::spawn(drive.run());
    Ok(reader)
}

/// Ends a run without readers, because its user has continued.
async fn end_abandoned(session: &Session) {
    if let Some(run) = session.run().filter(|run| !run.has_readers()) {
        run.stop(StopReason::Abandoned);
        let _ = tokio::time::timeout(Duration::from_secs(5), run.over()).await;
    }
}

/// Returns the response that streams a run.
pub(super) fn stream(reader: Reader, keep_alive: Duration) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-vercel-ai-ui-message-stream"), HeaderValue::from_static("v1"));
    // A proxy must not collect the stream.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    (headers, Body::from_stream(reader.into_body(keep_alive))).into_response()
}

/// Returns 128 random bits.
pub(super) fn random_id() -> String {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        unreachable!("every system that this runs on has random numbers");
    }
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
