//! Client certificates, with a server that demands one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use claudette::client::HttpTransport;
use claudette::{Client, Response, Result};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};

/// Certificates that exist only in this test. The keys of the authorities were not kept.
const AUTHORITY: &str = include_str!("tls/authority.pem");
const SERVER: &str = include_str!("tls/server.pem");
const SERVER_KEY: &str = include_str!("tls/server_key.pem");
/// The certificate of the client, and that of the authority between it and [`AUTHORITY`].
const CLIENT: &str = include_str!("tls/client.pem");
const CLIENT_KEY: &str = include_str!("tls/client_key.pem");

/// Starts a server that demands a client certificate and answers each request. Returns its URL.
fn start() -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let chain = vec![CertificateDer::from_pem_slice(SERVER.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(SERVER_KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let (mut socket, config) = (socket.unwrap(), config.clone());
            std::thread::spawn(move || {
                let mut connection = ServerConnection::new(config).unwrap();
                let mut stream = Stream::new(&mut connection, &mut socket);
                let (mut request, mut piece) = (Vec::new(), [0; 4096]);
                // The body of the request ends with the bracket of its object.
                while !request.ends_with(b"}") {
                    match stream.read(&mut piece) {
                        Ok(count) if count > 0 => request.extend_from_slice(&piece[..count]),
                        _ => return,
                    }
                }
                let body = r#"{"content": [{"type": "text", "text": "done"}]}"#;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            });
        }
    });
    url
}

async fn send(url: &str, transport: HttpTransport) -> Result<Response> {
    let client = Client::builder("claude-sonnet-5-5").base_url(url).api_key("k").transport(transport).max_retries(0);
    client.build().unwrap().send("Hi").await
}

#[tokio::test]
async fn a_gateway_may_demand_a_client_certificate() {
    let url = start();
    let builder = || HttpTransport::builder().root_certificate(AUTHORITY);
    let transport = builder().client_certificate(CLIENT, CLIENT_KEY).build().unwrap();
    assert_eq!(send(&url, transport).await.unwrap().text(), "done");
    // One file may contain everything.
    let both = format!("{CLIENT_KEY}{CLIENT}");
    let transport = builder().client_certificate(both.as_str(), both.as_str()).build().unwrap();
    assert_eq!(send(&url, transport).await.unwrap().text(), "done");
    let error = send(&url, builder().build().unwrap()).await.unwrap_err();
    assert!(error.is_connection(), "{error}");
}

#[test]
fn a_client_certificate_that_is_not_valid_is_not_shown() {
    let (body, damaged) = (CLIENT_KEY.lines().nth(1).unwrap(), CLIENT_KEY.replacen("MI", "M!", 1));
    let open = CLIENT_KEY.replace("-----END PRIVATE KEY-----", "");
    let cut = CLIENT_KEY.replacen(body, "U0VDUkVU", 1).replacen(CLIENT_KEY.lines().nth(2).unwrap(), "", 1);
    let encrypted = CLIENT_KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let own = CLIENT.split_inclusive("-----END CERTIFICATE-----\n").next().unwrap();
    let reversed = format!("{}{own}", &CLIENT[own.len()..]);
    let garbage = "-----BEGIN CERTIFICATE-----\nU0VDUkVU\n-----END CERTIFICATE-----\n";
    for (chain, key, words) in [
        ("", CLIENT_KEY, "does not contain a certificate"),
        (CLIENT_KEY, CLIENT_KEY, "does not contain a certificate"),
        (&own[..own.len() - 30], CLIENT_KEY, "certificate in `.client_certificate(..)` is not valid PEM"),
        (garbage, CLIENT_KEY, "the certificate in `.client_certificate(..)` is not valid"),
        (CLIENT, "", "does not contain a private key"),
        (CLIENT, CLIENT, "does not contain a private key"),
        (CLIENT, &encrypted, "that is not encrypted"),
        (CLIENT, &damaged, "private key in `.client_certificate(..)` is not valid PEM"),
        (CLIENT, &open, "private key in `.client_certificate(..)` is not valid PEM"),
        (CLIENT, &cut, "private key in `.client_certificate(..)` is not valid"),
        (CLIENT, SERVER_KEY, "does not belong to the first certificate"),
        (&reversed, CLIENT_KEY, "does not belong to the first certificate"),
    ] {
        let builder = HttpTransport::builder().client_certificate(chain, key);
        let shown = format!("{builder:?}");
        let error = builder.build().unwrap_err();
        assert!(error.is_misuse() && error.to_string().contains(words), "{words}: {error}");
        let shown = format!("{shown} {error} {error:?}");
        assert!(!shown.contains(&body[..20]) && !shown.contains("SECRET"), "{shown}");
    }
    let built = HttpTransport::builder().client_certificate(CLIENT, CLIENT_KEY).build().unwrap();
    assert!(!format!("{built:?}").contains(&body[..20]));
}
