//! Every future and stream of the public API can move between threads.

use claudette::catalog::Profile;
use claudette::chat::{Events, SendMessage, ToolLoop};
use claudette::client::{CountTokens, CreateMessage, MessageStream};
use claudette::{Chat, Client, Error, Event, Response, Run, ToolContext, ToolOutcome, Toolset};

fn send<T: Send>(_: T) {}
fn send_type<T: Send>() {}
fn sync_type<T: Sync>() {}

#[test]
fn types() {
    send_type::<Chat>();
    sync_type::<Chat>();
    send_type::<Client>();
    sync_type::<Client>();
    send_type::<CreateMessage>();
    send_type::<CountTokens>();
    sync_type::<Profile>();
    send_type::<Error>();
    sync_type::<Error>();
    send_type::<Event>();
    send_type::<Events<'_>>();
    send_type::<MessageStream>();
    send_type::<SendMessage<'_>>();
    send_type::<ToolLoop<'_>>();
    send_type::<Run>();
    send_type::<Response>();
    send_type::<ToolOutcome>();
    send_type::<Toolset>();
    sync_type::<Toolset>();
}

#[allow(dead_code)]
fn futures(client: &Client, chat: &mut Chat, stream: MessageStream, tools: &Toolset, response: &Response) {
    send(client.send("").into_future());
    send(client.send("").stream());
    send(client.count_tokens("").into_future());
    send(client.models());
    send(client.retrieve_model(""));
    send(chat.send("").into_future());
    send(chat.send("").stream().next());
    send(chat.resume().into_future());
    send(chat.toolloop("").into_future());
    send(chat.toolloop("").stream());
    send(chat.toolloop("").stream().next());
    send(tools.call("", "", &ToolContext::default()));
    send(tools.answer(response));
    let mut stream = stream;
    send(stream.next());
    send(stream.next_text());
    send(stream.finish());
}
