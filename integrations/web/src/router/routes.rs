//! The routes.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use http::{HeaderValue, StatusCode, header};

use super::app::{App, key};
use super::guard::guard;
use super::hosts::Hosts;
use super::owner::Owner;
use super::post_chat::{post_chat, random_id, stream};
use super::refusal::Refusal;
use crate::page::page;
use crate::run::StopReason;

pub(super) fn router(app: Arc<App>, hosts: Hosts) -> Router {
    let mut router = Router::new()
        .route("/api/chat", post(post_chat))
        .route("/api/chat/{id}", get(read_chat).delete(remove_chat))
        .route("/api/chat/{id}/stream", get(resume).delete(stop));
    if app.settings.page {
        router = router.route("/", get(built_in_page));
    }
    router.layer(middleware::from_fn_with_state((app.clone(), hosts), guard)).with_state(app)
}

type Who = Option<Extension<Owner>>;

fn owner(who: &Who) -> Option<&Owner> {
    who.as_ref().map(|Extension(owner)| owner)
}

/// `GET /api/chat/{id}`: the conversation.
async fn read_chat(State(app): State<Arc<App>>, who: Who, Path(id): Path<String>) -> Result<Response, Refusal> {
    let session = app.session(owner(&who), &id).await?;
    Ok(Json(session.to_json(&id).await).into_response())
}

/// `DELETE /api/chat/{id}`: removes the conversation.
async fn remove_chat(State(app): State<Arc<App>>, who: Who, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let key = key(owner(&who), &id)?;
    if !app.sessions.forget(&key) {
        return Err(Refusal::new(StatusCode::CONFLICT, "This chat is still answering."));
    }
    let removed = app.settings.store.remove(key.as_str()).await;
    removed.map_err(|error| Refusal::internal("a chat was not removed", &error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/chat/{id}/stream`: the running answer from its beginning, or 204.
async fn resume(State(app): State<Arc<App>>, who: Who, Path(id): Path<String>) -> Result<Response, Refusal> {
    let session = app.sessions.get(&key(owner(&who), &id)?);
    Ok(match session.and_then(|session| session.run()) {
        Some(run) => stream(run.reader(), app.settings.keep_alive),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// `DELETE /api/chat/{id}/stream`: stops the running answer.
async fn stop(State(app): State<Arc<App>>, who: Who, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    let session = app.sessions.get(&key(owner(&who), &id)?);
    if let Some(run) = session.and_then(|session| session.run()) {
        run.stop(StopReason::User);
        run.over().await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /`: the built-in page.
async fn built_in_page() -> Response {
    let (page, policy) = page(&random_id());
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}
