//! A cheap server: it answers with prepared responses, and reads only the necessary part of each request.
//!
//! It prints its address and runs until its standard input is closed.

mod connection;
mod responses;

use std::io::Result;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, stdin};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::yield_now;

use connection::Connection;
use responses::Responses;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(1 << 16)?;
    println!("{}", listener.local_addr()?);

    // The server never sleeps: waking it would cost CPU time in the client that writes to its sockets.
    tokio::spawn(async {
        loop {
            yield_now().await;
        }
    });

    let responses = Arc::new(Responses::default());
    // A request for `/go` completes the responses that stopped halfway.
    let gate = watch::Sender::new(false);
    let accepting = async {
        loop {
            let (socket, _) = listener.accept().await?;
            tokio::spawn(serve(socket, responses.clone(), gate.clone()));
        }
    };
    let mut stdin = stdin();
    tokio::select! {
        end = accepting => end,
        _ = stdin.read_u8() => Ok(()),
    }
}

/// Answers the requests of one connection until the client closes it.
async fn serve(socket: TcpStream, responses: Arc<Responses>, gate: watch::Sender<bool>) -> Result<()> {
    let mut connection = Connection::new(socket)?;
    while let Some(request) = connection.read().await? {
        if request.path.ends_with("/go") {
            gate.send_replace(true);
        }
        let response = responses.to(&request);
        connection.write(&response.now).await?;
        if !response.later.is_empty() {
            let _ = gate.subscribe().wait_for(|open| *open).await;
            connection.write(&response.later).await?;
        }
    }
    Ok(())
}
