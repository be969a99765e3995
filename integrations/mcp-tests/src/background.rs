//! [`Background`]: a program that listens on a port while a test runs.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::peers::scratch_home;
use crate::process::wait_until;

/// A child process that listens on a port. It is killed when the value is dropped.
#[derive(Debug)]
pub struct Background {
    child: Child,
    port: u16,
}

impl Background {
    /// Starts a program that gets the port as the text `PORT` in its arguments, or in the variable `PORT`, and waits
    /// until it listens.
    pub async fn start(program: &str, args: &[&str]) -> Self {
        let port = free_port();
        let args = args.iter().map(|arg| arg.replace("PORT", &port.to_string()));
        let mut child = Command::new(program)
            .args(args)
            .env("PORT", port.to_string())
            .env("HOME", scratch_home())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut ended = None;
        let listens = || {
            ended = child.try_wait().unwrap();
            ended.is_some() || TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
        };
        let waited = wait_until(Duration::from_secs(30), listens).await;
        assert!(waited.is_some() && ended.is_none(), "{program} does not listen on port {port}: {ended:?}");
        Self { child, port }
    }

    /// Returns the URL of the MCP endpoint.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.port)
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a port on which no program listens at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
