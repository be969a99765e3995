//! The cost that cannot be avoided: hyper writes the same number of bytes to a socket, and the response is not parsed.

use bytes::Bytes;
use harness::Job;
use harness::words::{TURN, TURN_ANSWER, image};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The other bytes of a body: the parameters, and a few turns of the conversation with the image.
const PARAMETERS: usize = 200;
const REST: usize = 8 << 10;

/// The JSON around two messages, in bytes.
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

/// Sends a prepared conversation: each turn sends a longer part of it.
async fn talk(sender: &mut SendRequest<Full<Bytes>>, host: &str, uri: &str, turns: usize) {
    let all = Bytes::from(vec![b' '; PARAMETERS + turns * (TURN.len() + TURN_ANSWER + FRAMES)]);
    for turn in 0..turns {
        let length = PARAMETERS + turn * (TURN.len() + TURN_ANSWER + FRAMES) + TURN.len();
        send(sender, host, uri, all.slice(..length)).await;
    }
}

async fn send(sender: &mut SendRequest<Full<Bytes>>, host: &str, uri: &str, body: Bytes) {
    let request = Request::post(uri).header("host", host).body(Full::new(body)).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert!(response.status().is_success());
    response.into_body().collect().await.unwrap();
    sender.ready().await.unwrap();
}
