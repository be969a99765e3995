//! Chats in a file, and chats that leave memory.

use std::time::Duration;

use claudette::testing::{MockResponse, MockServer};
use claudette_web::{MemoryStore, SqliteStore, WebChat};
use serde_json::{Value, json};

use crate::agents::with_clerk;
use crate::approvals::questions;
use crate::support::{ID, Server, answer, assistant, kinds, submit, user, web_chat};

/// Serves a chat over a conversation with a waiting call, and lets it leave memory by `forget` in the middle.
async fn continues_after(claude: &MockServer, first: Server, second: impl AsyncFnOnce(Server) -> Server) {
    claude.respond(MockResponse::text("Hi, Jeremy!"));
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("O1 is cancelled."));
    first.chunks(&submit(&[user("m1", "I'm Jeremy.")])).await;
    let history = [user("m1", "I'm Jeremy."), assistant("a"), user("m2", "Cancel O1.")];
    let asked = first.chunks(&submit(&history)).await;
    assert!(kinds(&asked).contains(&"tool-approval-request"));
    let before = first.messages(ID).await;

    let server = second(first).await;
    let after = server.messages(ID).await;
    let parts = |messages: &[Value]| messages.iter().map(|message| message["parts"].clone()).collect::<Vec<_>>();
    assert_eq!(parts(&after), parts(&before));
    // The page was open meanwhile, and answers with its own ids.
    let approval = &after[3]["parts"][1]["approval"]["id"];
    let decided = json!({"id": asked[0]["messageId"], "role": "assistant", "parts": [
        {"state": "approval-responded", "approval": {"id": approval, "approved": true}}]});
    let body = submit(&[history[0].clone(), history[1].clone(), history[2].clone(), decided]);
    let rest = server.chunks(&body).await;
    assert_eq!(rest[0]["messageId"], asked[0]["messageId"]);
    assert_eq!(answer(&rest), "O1 is cancelled.");
    assert_eq!(server.messages(ID).await.len(), 4);
    claude.assert_finished();
}

#[tokio::test]
async fn a_chat_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chats.db");
    let claude = MockServer::start().await.unwrap();
    let open = async || web_chat(&claude).store(SqliteStore::open(&path).await.unwrap());
    let first = Server::start(open().await).await;
    continues_after(&claude, first, async |first: Server| restarted(first, open().await).await).await;
}

/// Stops a server, and starts another one.
async fn restarted(first: Server, second: WebChat) -> Server {
    first.stop();
    let Server { served, app, client, .. } = first;
    drop(client); // Idle connections would keep the server.
    served.await.unwrap().unwrap();
    drop(app);
    Server::start(second).await
}

#[tokio::test]
async fn a_call_inside_a_sub_agent_is_decided_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chats.db");
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::tool_use("clerk", json!({"prompt": "Cancel O1."})));
    claude.respond(MockResponse::tool_use("cancel_order", json!({"id": "O1"})));
    claude.respond(MockResponse::text("It is cancelled."));
    claude.respond(MockResponse::text("O1 is cancelled."));
    let open = async || with_clerk(crate::support::client(&claude)).store(SqliteStore::open(&path).await.unwrap());
    let first = Server::start(open().await).await;
    let asked = first.chunks(&submit(&[user("m1", "Cancel O1.")])).await;
    let before = first.messages(ID).await;
    let server = restarted(first, open().await).await;
    let after = server.messages(ID).await;
    assert_eq!(after[1]["parts"], before[1]["parts"]);
    assert_eq!(after[1]["parts"][2]["title"], "clerk › cancel_order");
    let decided = json!({"id": asked[0]["messageId"], "role": "assistant", "parts": [
        {"state": "approval-responded", "approval": {"id": questions(&asked)[0].0, "approved": true}}]});
    let rest = server.chunks(&submit(&[user("m1", "Cancel O1."), decided])).await;
    assert_eq!(answer(&rest), "O1 is cancelled.");
    assert!(claude.requests()[2].body().to_string().contains("the clerk has cancelled O1"));
    claude.assert_finished();
}

/// Lets the chat leave memory by using another one.
async fn push_out(server: Server) -> Server {
    assert_eq!(server.messages("another-0123456789").await, [] as [Value; 0]);
    server
}

#[tokio::test]
async fn a_chat_leaves_memory_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let claude = MockServer::start().await.unwrap();
    let stores: [fn(WebChat, SqliteStore) -> WebChat; 2] =
        [|chat, sqlite| chat.store(sqlite), |chat, _| chat.store(MemoryStore::new())];
    for store in stores {
        let sqlite = SqliteStore::open(folder.path().join("chats.db")).await.unwrap();
        let chat = store(web_chat(&claude).max_chats(1), sqlite);
        let server = Server::start(chat).await;
        continues_after(&claude, server, push_out).await;
    }
}

#[tokio::test]
async fn an_idle_chat_leaves_memory() {
    let claude = MockServer::auto_reply().await.unwrap();
    // The store keeps only the last chat, so a chat that has left memory is lost.
    let chat = web_chat(&claude).store(MemoryStore::new().max_chats(1)).idle_timeout(Duration::from_millis(200));
    let server = Server::start(chat).await;
    server.chunks(&submit(&[user("m1", "Hello")])).await;
    let mut other = submit(&[user("m1", "Hello")]);
    other["id"] = "another-0123456789".into();
    server.chunks(&other).await;
    assert_eq!(server.messages(ID).await.len(), 2, "it is still in memory");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.messages("a-third-0123456789").await.len(), 0);
    assert_eq!(server.messages(ID).await.len(), 0);
}

#[tokio::test]
async fn a_removed_chat_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let claude = MockServer::auto_reply().await.unwrap();
    let store = SqliteStore::open(folder.path().join("chats.db")).await.unwrap();
    let server = Server::start(web_chat(&claude).store(store)).await;
    server.chunks(&submit(&[user("m1", "Hello")])).await;
    assert_eq!(server.delete(&format!("/api/chat/{ID}")).await.status(), 204);
    assert_eq!(server.messages(ID).await.len(), 0);
}
