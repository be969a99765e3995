//! What cannot be saved: the same bytes, written to a socket by hyper, and an answer that nobody looks at.

use bytes::Bytes;
use harness::Job;
use harness::words::{TURN, TURN_ANSWER, image};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What a body has besides: parameters, and of the conversation with the image a few turns.
const PARAMETERS: usize = 200;
const REST: usize = 8 << 10;

/// What stands around two messages.
const FRAMES: usize = 100;

fn main() {
    let job = Job::from_args();
    let (host, path) = job.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut sender = job.run(async {
        let socket = TcpStream::connect(host).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        sender
    });
    let uri = format!("/{path}/v1/messages");
    match job.scenario.as_str() {
        "talk10" => job.time(10, async || talk(&mut sender, host, &uri, 10).await),
        "talk160" => job.time(160, async || talk(&mut sender, host, &uri, 160).await),
        "image" => {
            let body = Bytes::from(image() + &" ".repeat(REST));
            job.time(1, async || send(&mut sender, host, &uri, body.clone()).await);
        }
        _ => job.cannot(),
    }
}

/// A conversation that is there already: each turn sends more of it.
async fn talk(sender: &mut SendRequest<Full<Bytes>>, host: &str, uri: &str, turns: usize) {
    let all = Bytes::from(vec![b' '; PARAMETERS + turns * (TURN.len() + TURN_ANSWER + FRAMES)]);
    for turn in 0..turns {
        let said = PARAMETERS + turn * (TURN.len() + TURN_ANSWER + FRAMES) + TURN.len();
        send(sender, host, uri, all.slice(..said)).await;
    }
}

async fn send(sender: &mut SendRequest<Full<Bytes>>, host: &str, uri: &str, body: Bytes) {
    let request = Request::post(uri).header("host", host).body(Full::new(body)).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert!(response.status().is_success());
    response.into_body().collect().await.unwrap();
    sender.ready().await.unwrap();
}
