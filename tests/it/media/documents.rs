//! The type of a document, PDF or text, is detected from its bytes. Other files are not sent.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Document};
use proptest::prelude::*;
use serde_json::json;

const PDF: &[u8] = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj\n";

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn pdf(bytes: &[u8]) -> serde_json::Value {
    let source = json!({"type": "base64", "media_type": "application/pdf", "data": STANDARD.encode(bytes)});
    json!({"type": "document", "source": source})
}

fn text(text: &str) -> serde_json::Value {
    json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}})
}

#[test]
fn the_type_is_detected_from_the_bytes() {
    for (bytes, document) in [
        (PDF, pdf(PDF)),
        (b"%PDF-1.4 of letters alone", pdf(b"%PDF-1.4 of letters alone")),
        // Bytes before the PDF, for example of an email, which readers skip.
        (b"\xFF\xFE\r\n%PDF-1.7\n", pdf(b"\xFF\xFE\r\n%PDF-1.7\n")),
        // A byte order mark, which some editors write before UTF-8.
        (b"\xEF\xBB\xBF%PDF-1.7\n", pdf(b"%PDF-1.7\n")),
        (b"\xEF\xBB\xBFTo: C1", text("To: C1")),
        ("größer 😀\r\n\t".as_bytes(), text("größer 😀\r\n\t")),
        (b"A PDF begins with %PDF-1.7.", text("A PDF begins with %PDF-1.7.")),
        (b"<svg/>", text("<svg/>")),
        (b" ", text(" ")),
    ] {
        assert_eq!(json!(Document::from_bytes(bytes).unwrap()), document);
    }
    assert_eq!(Document::from_bytes(PDF).unwrap(), Document::pdf(PDF));
}

#[test]
fn other_files_are_refused() {
    let neither = "it is neither a PDF nor UTF-8 text; convert it to one of them";
    let far = [&[0xFF; 1_024][..], PDF].concat();
    for (bytes, why) in [
        (&b""[..], "it is empty; provide a PDF or text"),
        (b"\xEF\xBB\xBF", "it is empty; provide a PDF or text"),
        (b"PK\x03\x04\x14\0\x06\0word/document.xml", neither),
        (b"gr\xF6\xDFer, in Latin-1", neither),
        (b"\xFF\xFEH\0i\0", neither),
        // UTF-16 without a byte order mark may be valid UTF-8.
        (b"H\0i\0", neither),
        (&far, neither),
        (include_bytes!("../../images/3x2.png"), "it is an image; send it as an `Image`"),
    ] {
        let error = Document::from_bytes(bytes).unwrap_err();
        assert!(error.is_misuse());
        assert_eq!(error.to_string(), format!("the document cannot be sent: {why}"));
    }
}

#[tokio::test]
async fn a_file_gives_its_name() {
    let claude = MockServer::start().await.unwrap();
    claude.respond(MockResponse::text("On Monday."));
    let orders = Document::from_path(file("orders.pdf", b"Order C1 shipped on Monday.")).await.unwrap();
    let waves = Document::from_path(file("waves.txt", PDF)).await.unwrap().title("Waves");
    let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
    chat.send((orders.citations(true), waves.citations(true), "When did C1 leave?")).await.unwrap();

    let sent = claude.requests().pop().unwrap().body()["messages"][0]["content"].clone();
    let mut orders = text("Order C1 shipped on Monday.");
    orders["title"] = "orders.pdf".into();
    orders["citations"] = json!({"enabled": true});
    let mut waves = pdf(PDF);
    waves["title"] = "Waves".into();
    waves["citations"] = json!({"enabled": true});
    assert_eq!(sent, json!([orders, waves, {"type": "text", "text": "When did C1 leave?"}]));
    claude.assert_finished();
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no/such/orders.txt");
    let error = Document::from_path(&missing).await.unwrap_err();
    assert!(error.is_misuse());
    assert_eq!(error.to_string(), format!("the document `{}` cannot be read", missing.display()));
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);

    let path = file("orders.docx", b"PK\x03\x04\xFF");
    let error = Document::from_path(&path).await.unwrap_err();
    let why = "cannot be sent: it is neither a PDF nor UTF-8 text; convert it to one of them";
    assert_eq!(error.to_string(), format!("the document `{}` {why}", path.display()));
    assert!(Document::from_path(".").await.unwrap_err().to_string().starts_with("the document `.` cannot be read"));
}

/// A text is sent unchanged, a PDF in base64, so the limit for a PDF is smaller.
#[tokio::test]
async fn a_document_that_does_not_fit_into_a_request_is_refused() {
    let filled = |begin: &[u8], length: usize| {
        let mut bytes = begin.to_vec();
        bytes.resize(length, b' ');
        bytes
    };
    for (begin, most, encoded) in [(PDF, 24 << 20, " in base64"), (b"To: C1", 32 << 20, "")] {
        assert!(Document::from_bytes(filled(begin, most)).is_ok());
        let error = Document::from_bytes(filled(begin, most + 1)).unwrap_err();
        assert!(error.is_misuse());
        assert_eq!(
            error.to_string(),
            format!(
                "the document cannot be sent: it has {} bytes, but at most {most} fit into a request of 32 MB{encoded}; \
                 make it smaller, or upload it and send its `file_id`",
                most + 1
            ),
        );
    }
    let path = file("large.txt", &filled(b"To: C1", (32 << 20) + 1));
    let error = Document::from_path(&path).await.unwrap_err().to_string();
    assert!(error.contains("it has 33554433 bytes"), "{error}");
    std::fs::remove_file(&path).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100), begin in 0..3_usize) {
        let bytes = [[&b""[..], PDF, b"\xEF\xBB\xBF"][begin], &bytes].concat();
        if let Err(error) = Document::from_bytes(&bytes) {
            prop_assert!(error.is_misuse());
        }
    }

    #[test]
    fn any_text_is_a_text(given in "[^\\x00\u{FEFF}%][^\\x00]*") {
        let document = Document::from_bytes(&given).unwrap();
        prop_assert_eq!(document, Document::text(given));
    }
}
