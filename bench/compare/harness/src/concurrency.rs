//! Many chats at once, and the memory of each.

use std::fs;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::Job;
use crate::words::PIECE;

/// How many pieces of text each answer has.
const PIECES: usize = 20;

impl Job {
    /// Bytes of memory for each of many chats that stream at once. A chat gives back its text; after the first piece it
    /// waits until all have theirs.
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

    /// Has the server go on with what it has begun.
    async fn go(&self) {
        let host = self.url.trim_start_matches("http://").split('/').next().unwrap();
        let mut socket = TcpStream::connect(host).await.unwrap();
        socket.write_all(b"GET /go HTTP/1.1\r\n\r\n").await.unwrap();
        socket.read_u8().await.unwrap();
    }
}

/// What the kernel says of this process's memory, in bytes.
fn resident(what: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}
