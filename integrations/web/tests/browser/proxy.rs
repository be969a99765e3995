//! [`Proxy`]: a connection that can be cut.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server, until it is cut.
pub(crate) struct Proxy {
    pub(crate) url: String,
    works: Arc<watch::Sender<bool>>,
}

impl Proxy {
    pub(crate) async fn start(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let works = Arc::new(watch::Sender::new(true));
        let switch = works.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (target, mut works) = (target.clone(), switch.subscribe());
                tokio::spawn(async move {
                    let cut = works.wait_for(|works| !works);
                    let forward = async {
                        let mut far = TcpStream::connect(target).await?;
                        tokio::io::copy_bidirectional(&mut near, &mut far).await
                    };
                    tokio::select! { _ = cut => {}, _ = forward => {} }
                });
            }
        });
        Self { url, works }
    }

    /// Closes all connections, and each new one.
    pub(crate) fn cut(&self) {
        self.works.send_replace(false);
    }

    pub(crate) fn mend(&self) {
        self.works.send_replace(true);
    }
}
