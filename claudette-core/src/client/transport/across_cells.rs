//! [`AcrossCells`]: transports and credentials that work in other cells of a notebook than their own (feature `evcxr`).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Request, Response};
use tokio::runtime::Handle;

use super::body::Body;
use super::http_seam::Transport;
use crate::client::credentials::Credentials;
use crate::error::Result;
use crate::task::BoxFuture;

/// A transport, or credentials, that enter the runtime in which they were built.
///
/// A notebook compiles each cell with a copy of tokio, and a copy does not know the runtime that another one has
/// entered. The code behind a `dyn Transport` belongs to the cell that built the client. In later cells, that code finds
/// a runtime only if it enters it.
pub(in crate::client) struct AcrossCells<T: ?Sized> {
    inner: Arc<T>,
    runtime: Handle,
}

impl AcrossCells<dyn Transport> {
    /// Wraps the transport of a client that is built inside a runtime. Elsewhere, the transport stays the same.
    pub(in crate::client) fn wrap(inner: Arc<dyn Transport>) -> Arc<dyn Transport> {
        match Handle::try_current() {
            Ok(runtime) => Arc::new(Self { inner, runtime }),
            Err(_) => inner,
        }
    }
}

impl AcrossCells<dyn Credentials> {
    /// Wraps the credentials of a client in the same way.
    pub(in crate::client) fn wrap_credentials(inner: Arc<dyn Credentials>) -> Arc<dyn Credentials> {
        match Handle::try_current() {
            Ok(runtime) => Arc::new(Self { inner, runtime }),
            Err(_) => inner,
        }
    }
}

impl Credentials for AcrossCells<dyn Credentials> {
    fn headers<'a>(&'a self, request: &'a Request<Body>) -> BoxFuture<'a, Result<HeaderMap>> {
        let inner = within(&self.runtime, || self.inner.headers(request));
        Box::pin(Entered { inner, runtime: self.runtime.clone() })
    }

    fn refused(&self, headers: &HeaderMap) -> bool {
        self.inner.refused(headers)
    }
}

impl Transport for AcrossCells<dyn Transport> {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let inner = within(&self.runtime, || self.inner.send(request));
        let sent = Entered { inner, runtime: self.runtime.clone() };
        Box::pin(async move {
            let response = sent.await?;
            Ok(response.map(|inner| Body::from_stream(Entered { inner, runtime: self.runtime.clone() })))
        })
    }
}

/// A future or a stream that is polled inside the runtime.
struct Entered<T> {
    inner: T,
    runtime: Handle,
}

impl<T: Future + Unpin> Future for Entered<T> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let Self { inner, runtime } = &mut *self;
        within(runtime, || Pin::new(inner).poll(cx))
    }
}

impl Stream for Entered<Body> {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { inner, runtime } = &mut *self;
        within(runtime, || Pin::new(inner).poll_next(cx))
    }
}

/// Runs code inside the runtime, unless it is inside of one already.
fn within<T>(runtime: &Handle, run: impl FnOnce() -> T) -> T {
    let _guard = Handle::try_current().is_err().then(|| runtime.enter());
    run()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::task::{Wake, Waker};
    use std::thread::{self, Thread};

    use super::*;
    use crate::client::HttpTransport;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// Runs a future on this thread, which is not inside a runtime, as the code of an earlier cell is not.
    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park(),
            }
        }
    }

    #[test]
    fn a_client_of_an_earlier_cell_can_send() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/messages", listener.local_addr().unwrap());
        let (go_on, second) = mpsc::channel();
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let _ = connection.read(&mut [0; 4096]).unwrap();
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nfirst").unwrap();
            second.recv().unwrap();
            connection.write_all(b", last").unwrap();
        });

        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let transport = runtime.block_on(async { AcrossCells::wrap(Arc::new(HttpTransport::new())) });
        let request = Request::post(url.as_str()).body(Body::from("{}")).unwrap();
        let mut body = run(transport.send(request)).unwrap().into_body();
        assert_eq!(run(body.next()).unwrap().unwrap(), "first");
        go_on.send(()).unwrap();
        let mut rest = Vec::new();
        while let Some(piece) = run(body.next()) {
            rest.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(rest, b", last");
        drop(body);
        server.join().unwrap();
    }
}
