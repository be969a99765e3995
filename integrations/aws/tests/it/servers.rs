//! AWS credentials from servers: those of machines and containers, and the Security Token Service.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::process::{File, run};

/// Starts a server that answers each request with a status and a body. Its thread ends with the process.
fn serve(answer: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = respond(stream.unwrap(), &answer);
        }
    });
    url
}

/// A certificate of an authority that no system trusts, for 127.0.0.1.
const CERTIFICATE: &str = include_str!("certificate.pem");

/// Starts the same server with TLS.
fn serve_encrypted(answer: impl Fn(&str, &str) -> (u16, String) + Send + Sync + 'static) -> String {
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("key.pem")).unwrap();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into());
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let _ = respond(StreamOwned::new(connection, stream.unwrap()), &answer);
        }
    });
    url
}

fn respond(stream: impl Read + Write, answer: &impl Fn(&str, &str) -> (u16, String)) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        reader.read_line(&mut head)?;
        let line = head[start..].trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = String::new();
    reader.by_ref().take(length).read_to_string(&mut body)?;
    let (status, body) = answer(&head, &body);
    let headers = "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\nconnection: close";
    let mut stream = reader.into_inner();
    write!(stream, "HTTP/1.1 {status} X\r\n{headers}\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    stream.flush()
}

fn keys(id: &str) -> String {
    format!(
        r#"{{"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"{id}",
            "SecretAccessKey":"SECRET","Token":"metadata-token","Expiration":"2099-01-01T00:00:00Z"}}"#
    )
}

#[test]
fn a_machine_has_a_role() {
    let url = serve(|head, _| {
        let line = head.lines().next().unwrap();
        let has_token = head.to_ascii_lowercase().contains("x-aws-ec2-metadata-token: imds-token");
        match line {
            "PUT /latest/api/token HTTP/1.1" => (200, "imds-token".to_owned()),
            _ if !has_token => (401, String::new()),
            "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1" => (200, "my-role".to_owned()),
            "GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1" => (200, keys("AKIDMACHINE")),
            _ => (404, String::new()),
        }
    });
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
        // A proxy must not see these requests.
        ("HTTP_PROXY", "http://127.0.0.1:9"),
    ];
    let sent = run("host=bedrock", &variables);
    assert_eq!(sent.key_id(), "AKIDMACHINE");
    assert_eq!(sent.header("x-amz-security-token"), Some("metadata-token"));
}

#[test]
fn a_container_has_a_role() {
    let url = serve(|head, _| {
        let has_token = head.to_ascii_lowercase().contains("authorization: container-token");
        if has_token { (200, keys("AKIDCONTAINER")) } else { (401, String::new()) }
    });
    let url = format!("{url}/credentials");
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
    ];
    assert_eq!(run("host=mantle", &variables).key_id(), "AKIDCONTAINER");
}

/// Answers requests for temporary credentials with the action as the id of the access key.
fn token_service(head: &str, body: &str) -> (u16, String) {
    let field = |name: &str| body.split('&').find_map(|field| field.strip_prefix(name)).unwrap_or_default().to_owned();
    let action = field("Action=");
    // The keys of a profile sign the request; the token of a web identity is in its body.
    let is_signed = head.contains("Credential=AKIDSOURCE/");
    if !field("RoleArn=").ends_with("my-role") || !(is_signed || field("WebIdentityToken=") == "web-token") {
        return (400, String::new());
    }
    let answer = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
         <AssumedRoleUser><AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/my-role/s</Arn>\
         </AssumedRoleUser><Credentials><AccessKeyId>{action}</AccessKeyId><SecretAccessKey>SECRET</SecretAccessKey>\
         <SessionToken>role-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </{action}Result></{action}Response>"
    );
    (200, answer)
}

#[test]
fn a_profile_assumes_a_role() {
    let url = serve(token_service);
    let config = File::new(
        "[profile work]\nrole_arn = arn:aws:iam::1:role/my-role\nsource_profile = source\n\
         [profile source]\naws_access_key_id = AKIDSOURCE\naws_secret_access_key = SECRET\n",
    );
    let variables = [("AWS_CONFIG_FILE", config.path()), ("AWS_ENDPOINT_URL_STS", url.as_str())];
    let sent = run("host=bedrock region=us-east-1 profile=work", &variables);
    assert_eq!(sent.key_id(), "AssumeRole");
    assert_eq!(sent.header("x-amz-security-token"), Some("role-token"));
}

#[test]
fn a_web_identity_assumes_a_role() {
    let url = serve(token_service);
    let token = File::new("web-token");
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.path()),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/my-role"),
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
    ];
    assert_eq!(run("host=platform workspace=w region=us-east-1", &variables).key_id(), "AssumeRoleWithWebIdentity");
}

#[test]
fn credentials_come_through_a_server_with_a_certificate_of_the_company() {
    let url = serve_encrypted(token_service);
    let (token, certificates) = (File::new("web-token"), File::new(&format!("# Our authority\n{CERTIFICATE}")));
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.path()),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/my-role"),
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
        ("AWS_CA_BUNDLE", certificates.path()),
    ];
    let sent = |variables: &[(&str, &str)]| run("host=mantle region=us-east-1", variables);
    assert_eq!(sent(&variables).key_id(), "AssumeRoleWithWebIdentity");
    let untrusted = sent(&variables[..3]);
    assert!(untrusted.0["error"].as_str().unwrap().to_lowercase().contains("certificate"), "{}", untrusted.0);
    for (path, expected) in [("/nonexistent/ca.pem", "cannot be read"), (token.path(), "does not contain valid")] {
        let sent = sent(&[("AWS_CA_BUNDLE", path)]);
        assert!(sent.misuse().contains(&format!("the file {path} of AWS_CA_BUNDLE {expected}")), "{}", sent.misuse());
    }
}

/// The server has one second to answer, and is not asked again and again.
#[test]
fn a_silent_metadata_server_is_a_quick_error() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
    ];
    let begun = Instant::now();
    let sent = run("host=bedrock", &variables);
    let text = sent.0["error"].as_str().unwrap_or_else(|| panic!("{}", sent.0));
    assert!(text.contains("Amazon Bedrock"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}: {text}", begun.elapsed());
}
