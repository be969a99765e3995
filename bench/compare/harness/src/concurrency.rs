//! Many chats at once, and the memory for each.

use std::fs;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::Job;
use crate::words::PIECE;

/// The number of text pieces in each response.
const PIECES: usize = 20;

impl Job {
    /// Prints the bytes of memory for each of many chats that stream at once. A chat returns its text. After its first
    /// piece it waits until every chat has received one.
    pub fn concurrency<C: Future<Output = String> + Send + 'static>(&self, mut chat: impl FnMut(Arc<Barrier>) -> C) {
        let before = resident("VmRSS");
        self.runtime.block_on(async {
            let all_stream = Arc::new(Barrier::new(self.iterations + 1));
            let chats: Vec<_> = (0..self.iterations).map(|_| tokio::spawn(chat(all_stream.clone()))).collect();
            all_stream.wait().await;
            self.go().await;
            for chat in chats {
                assert_eq!(chat.await.unwrap().len(), PIECES * PIECE);
            }
        });
        println!("{}", (resident("VmHWM") - before) / self.iterations);
    }

    /// Lets the server complete the responses that it has begun.
    async fn go(&self) {
        let host = self.url.trim_start_matches("http://").split('/').next().unwrap();
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(b"GET /go HTTP/1.1\r\n\r\n").await.unwrap();
        socket.read_u8().await.unwrap();
    }
}

/// Returns a value from the memory statistics of this process, in bytes.
fn resident(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}
