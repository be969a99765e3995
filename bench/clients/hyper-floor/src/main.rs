//! What cannot be saved: the same bytes, written to a socket by hyper, and an answer that nobody looks at.

use bytes::Bytes;
use gauge::Job;
use gauge::words::image;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// The rest of the body: parameters and a few turns.
const REST: usize = 8 << 10;

fn main() {
    let job = Job::from_args();
    if job.scenario != "image" {
        return job.cannot();
    }
    let (host, path) = job.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut sender = job.run(async {
        let socket = TcpStream::connect(host).await.unwrap();
        socket.set_nodelay(true).unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        sender
    });
    let body = Bytes::from(image() + &" ".repeat(REST));
    let uri = format!("/{path}/v1/messages");
    job.time(1, async || {
        let request = Request::post(&uri).header("host", host).body(Full::new(body.clone())).unwrap();
        let reply = sender.send_request(request).await.unwrap();
        assert!(reply.status().is_success());
        reply.into_body().collect().await.unwrap();
        sender.ready().await.unwrap();
    });
}
