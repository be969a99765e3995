//! Images are sent unchanged, with the media type of their bytes. An image that the API would refuse is not sent.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Error, Image, Message, State, tool, tools};
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

const PNG: &[u8] = include_bytes!("../../images/3x2.png");
const JPEG: &[u8] = include_bytes!("../../images/3x2.jpeg");
const GIF: &[u8] = include_bytes!("../../images/3x2.gif");
const LOSSY: &[u8] = include_bytes!("../../images/3x2-lossy.webp");
const LOSSLESS: &[u8] = include_bytes!("../../images/3x2-lossless.webp");
const EXTENDED: &[u8] = include_bytes!("../../images/3x2-extended.webp");

/// An image of one format: its media type, its bytes, and a function that changes its size.
type Kind = (&'static str, &'static [u8], fn(u16, u16) -> Vec<u8>);
const KINDS: [Kind; 6] = [
    ("image/png", PNG, |width, height| {
        let sides = [u32::from(width).to_be_bytes(), u32::from(height).to_be_bytes()].concat();
        patched(PNG, 16, &sides)
    }),
    ("image/jpeg", JPEG, |width, height| {
        let frame = JPEG.windows(2).position(|bytes| bytes == [0xFF, 0xC0]).unwrap();
        patched(JPEG, frame + 5, &[height.to_be_bytes(), width.to_be_bytes()].concat())
    }),
    ("image/gif", GIF, |width, height| patched(GIF, 6, &[width.to_le_bytes(), height.to_le_bytes()].concat())),
    ("image/webp", LOSSY, |width, height| patched(LOSSY, 26, &[width.to_le_bytes(), height.to_le_bytes()].concat())),
    // These two formats store each side minus 1, in 14 and in 24 bits.
    ("image/webp", LOSSLESS, |width, height| {
        let sides = u32::from(width - 1) | u32::from(height - 1) << 14;
        patched(LOSSLESS, 21, &sides.to_le_bytes())
    }),
    ("image/webp", EXTENDED, |width, height| {
        let [width, height] = [width, height].map(|side| u32::from(side - 1).to_le_bytes());
        patched(EXTENDED, 24, &[&width[..3], &height[..3]].concat())
    }),
];

fn patched(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// Returns the message of the error for refused bytes.
#[track_caller]
fn refused(bytes: impl AsRef<[u8]>) -> String {
    let error = Image::from_bytes(bytes).unwrap_err();
    assert!(error.is_misuse(), "{error:?}");
    error.to_string()
}

/// Returns a path for a file of a test.
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = place(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Returns the cause of an error while reading a file.
fn cause(error: &Error) -> Option<io::ErrorKind> {
    Some(error.source()?.downcast_ref::<io::Error>()?.kind())
}

#[tokio::test]
async fn the_kind_is_read_from_the_bytes() {
    for (index, (media_type, bytes, _)) in KINDS.into_iter().enumerate() {
        let image = Image::from_bytes(bytes).unwrap();
        let source = json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)});
        assert_eq!(json!(image), json!({"type": "image", "source": source}));
        for name in [format!("{index}.txt"), format!("{index}.png"), format!("{index}.jpeg"), format!("{index}")] {
            assert_eq!(Image::from_path(file(&name, bytes)).await.unwrap(), image, "{name}");
        }
    }
}

#[tokio::test]
async fn a_question_about_an_image_is_answered() {
    let claude = MockServer::start().await.unwrap();
    for (media_type, bytes, _) in KINDS {
        claude.respond(MockResponse::text("Some pixels."));
        let mut chat = Chat::new(claude.client("claude-sonnet-5-5")).unwrap();
        chat.send((Image::from_bytes(bytes).unwrap(), "What is this?")).await.unwrap();
        let sent = claude.requests().pop().unwrap().body()["messages"][0]["content"].clone();
        assert_eq!(sent[0]["source"]["media_type"], media_type);
        assert_eq!(STANDARD.decode(sent[0]["source"]["data"].as_str().unwrap()).unwrap(), bytes);
        assert_eq!(sent[1]["text"], "What is this?");
    }
    claude.assert_finished();
}

/// A side has at most 8,000 px. The library and the mock server, which has its own rules, accept the same images.
#[tokio::test]
async fn the_sides_are_measured() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    for (media_type, _, sized) in KINDS {
        for (width, height) in [(1, 1), (3, 2), (640, 480), (8000, 8000), (8000, 1), (1, 8000)] {
            let image = Image::from_bytes(sized(width, height)).unwrap();
            claude.respond(MockResponse::text("Some pixels."));
            client.send((image, "What is this?")).await.unwrap();
        }
        for (width, height) in [(8001, 1), (1, 8001), (8001, 8001), (16_000, 12_000)] {
            let bytes = sized(width, height);
            assert_eq!(
                refused(&bytes),
                format!(
                    "the image cannot be sent: it has {width} × {height} px, but the API accepts at most 8000 px per side; \
                     scale it down"
                ),
            );
            let unchecked = Image::from_base64(media_type, STANDARD.encode(&bytes)).downsize(true);
            let error = client.send((unchecked, "What is this?")).await.unwrap_err();
            assert_eq!((error.status(), error.error_code()), (Some(400), Some("image_dimensions_too_large")));
        }
    }
    claude.assert_finished();
}

#[test]
fn an_image_without_pixels_is_refused() {
    for (_, _, sized) in &KINDS[..4] {
        for (width, height) in [(0, 0), (0, 9), (9, 0)] {
            let error = refused(sized(width, height));
            assert!(error.contains(&format!("its header specifies {width} × {height} px")), "{error}");
        }
    }
}

#[tokio::test]
async fn a_media_type_that_is_not_that_of_the_bytes_is_refused_by_the_api() {
    let claude = MockServer::start().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    for (actual, bytes, _) in KINDS {
        for declared in ["image/png", "image/jpeg", "image/gif", "image/webp"] {
            if declared == actual {
                continue;
            }
            let error = client.send(Image::from_base64(declared, STANDARD.encode(bytes))).await.unwrap_err();
            let message = error.message().unwrap();
            assert!(message.contains(&format!("using the {declared} media type")), "{message}");
            assert!(message.ends_with(&format!("appears to be a {actual} image")), "{message}");
        }
    }
    let error = client.send(Image::from_base64("image/png", "no base64!")).await.unwrap_err();
    assert_eq!(error.message(), Some("messages.0.content.0.image.source.base64: invalid base64 data"));
}

#[test]
fn other_formats_are_named_in_the_error() {
    let boxed = |brand: &[u8]| [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0mif1miaf"].concat();
    for (bytes, name) in [
        (include_bytes!("../../images/3x2.bmp").to_vec(), "BMP"),
        (include_bytes!("../../images/3x2.tiff").to_vec(), "TIFF"),
        (b"MM\0*\0\0\0\x08\0\0\0\0".to_vec(), "TIFF"),
        (boxed(b"heic"), "HEIC"),
        (boxed(b"avif"), "AVIF"),
        (boxed(b"isom"), "HEIF or MP4"),
        (b"\0\0\0\x0CJXL \r\n\x87\n".to_vec(), "JPEG XL"),
        (b"8BPS\0\x01\0\0\0\0\0\0".to_vec(), "Photoshop"),
        (b"\0\0\x01\0\x01\0\x10\x10\0\0\x01\0".to_vec(), "ICO"),
        (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "SVG"),
    ] {
        assert_eq!(
            refused(bytes),
            format!(
                "the image cannot be sent: it begins like {name}, but the API accepts JPEG, PNG, GIF and WebP; \
                 convert it to one of them"
            ),
        );
    }
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"\xFF\xD8\xFF", "it is too short for an image; check that the whole file was read"),
        (b"A picture of a cat, in words.", "it does not begin like an image"),
        (b"%PDF-1.7 and so on", "it is a PDF; send it as a `Document`; the API accepts JPEG"),
    ] {
        let error = refused(bytes);
        assert!(error.starts_with(&format!("the image cannot be sent: {why}")), "{error}");
        assert!(error.contains("JPEG, PNG, GIF and WebP"), "{error}");
    }
}

#[test]
fn the_size_of_a_jpeg_is_that_of_its_frame() {
    let segment = |marker: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, marker], &length[..], data].concat()
    };
    let frame = |marker, width: u16, height: u16| {
        segment(marker, &[&[8], &height.to_be_bytes()[..], &width.to_be_bytes()[..], &[1, 1, 0x11, 0]].concat())
    };
    let jpeg = |parts: &[Vec<u8>]| [vec![0xFF, 0xD8], parts.concat(), segment(0xDA, &[0; 10])].concat();
    let thumbnail = jpeg(&[frame(0xC0, 9000, 9000)]);

    for accepted in [
        // Any number of fill bytes before any marker (T.81, B.1.1.2).
        jpeg(&[vec![0xFF; 1], segment(0xE0, b"JFIF\0"), vec![0xFF; 300], frame(0xC0, 8000, 8000)]),
        // The content of segments is skipped: tables, comments, and embedded images.
        jpeg(&[segment(0xE1, &thumbnail), segment(0xFE, b"\xFF\xC0 hello"), frame(0xC2, 3, 2)]),
        jpeg(&[segment(0xC4, &[0xFF; 30]), segment(0xCC, &[1, 2]), segment(0xDB, &[1; 65]), frame(0xCF, 3, 2)]),
        // Stray bytes between segments are skipped.
        jpeg(&[vec![0xFF, 0x01], vec![0, 1, 2, 0xFF, 0], frame(0xC1, 3, 2)]),
    ] {
        assert_eq!(Image::from_bytes(accepted).unwrap().source().media_type(), Some("image/jpeg"));
    }
    for (bytes, why) in [
        (jpeg(&[segment(0xE1, &JPEG[2..]), frame(0xC2, 8001, 2)]), "it has 8001 × 2 px"),
        (jpeg(&[vec![0xFF; 9], frame(0xC0, 2, 9000)]), "it has 2 × 9000 px"),
        // The frame with the size must come before the image data.
        (jpeg(&[segment(0xE0, b"JFIF\0")]), "its header is damaged or incomplete"),
        ([jpeg(&[]), frame(0xC0, 3, 2)].concat(), "its header is damaged or incomplete"),
        ([vec![0xFF, 0xD8, 0xFF, 0xD9], frame(0xC0, 3, 2)].concat(), "its header is damaged or incomplete"),
        (jpeg(&[vec![0xFF, 0xE0, 0xFF, 0xFF], frame(0xC0, 3, 2)]), "its header is damaged or incomplete"),
        (vec![0xFF; 100], "it does not begin like an image"),
        ([&[0xFF, 0xD8][..], &[0xFF; 100]].concat(), "its header is damaged or incomplete"),
    ] {
        let error = refused(bytes);
        assert!(error.contains(why), "{error}");
    }
}

/// The size of the largest image in bytes: 10 MB in base64, the limit of the API.
const LARGEST: usize = 7_864_320;

fn png_of(bytes: usize) -> Vec<u8> {
    let mut large = PNG.to_vec();
    large.resize(bytes, 0);
    large
}

#[tokio::test]
async fn an_image_of_more_than_ten_megabytes_of_base64_is_refused() {
    let mut large = png_of(LARGEST);
    assert_eq!(Image::from_bytes(&large).unwrap().source().data().unwrap().len(), 10 << 20);
    large.push(0);
    let why = "cannot be sent: it has 7864321 bytes, but the API accepts at most 7864320 per image (10485760 in base64); \
               scale it down, or save it with more compression";
    assert_eq!(refused(&large), format!("the image {why}"));

    let path = file("large.png", &large);
    let error = Image::from_path(&path).await.unwrap_err();
    assert!(error.is_misuse());
    assert_eq!(error.to_string(), format!("the image `{}` {why}", path.display()));

    // A file that is too large to read.
    let huge = std::fs::File::options().write(true).open(&path).unwrap();
    if huge.set_len(1 << 40).is_ok() {
        let error = Image::from_path(&path).await.unwrap_err().to_string();
        assert!(error.contains("it has 1099511627776 bytes"), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn an_error_about_a_file_names_it() {
    let path = file("notes.png", b"Not a picture at all.");
    let error = Image::from_path(&path).await.unwrap_err();
    assert!(error.is_misuse() && error.source().is_none());
    let why = "cannot be sent: it does not begin like an image; the API accepts JPEG, PNG, GIF and WebP";
    assert_eq!(error.to_string(), format!("the image `{}` {why}", path.display()));

    let missing = place("no/such/cat.png");
    let error = Image::from_path(&missing).await.unwrap_err();
    assert!(error.is_misuse());
    assert_eq!(cause(&error), Some(io::ErrorKind::NotFound));
    assert_eq!(error.to_string(), format!("the image `{}` cannot be read", missing.display()));

    let error = Image::from_path("no/such/cat.png").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the image `no/such/cat.png` cannot be read; the path is relative to the working directory of the program",
    );

    let error = Image::from_path(env!("CARGO_TARGET_TMPDIR")).await.unwrap_err();
    assert!(error.is_misuse());
    assert!(error.to_string().ends_with("cannot be read"), "{error}");
    // On Windows a directory cannot even be opened.
    let expected = if cfg!(windows) { io::ErrorKind::PermissionDenied } else { io::ErrorKind::IsADirectory };
    assert_eq!(cause(&error), Some(expected));
}

#[test]
fn a_file_is_read_without_a_runtime_too() {
    let image = Image::from_path(file("plain.png", PNG)).now_or_never().unwrap();
    assert_eq!(image.unwrap(), Image::from_bytes(PNG).unwrap());
}

/// This runtime has one thread. If reading the file blocked it, the pipe would never be written.
#[cfg(unix)]
#[tokio::test]
async fn waiting_for_a_file_does_not_block_the_runtime() {
    let pipe = place(&format!("pipe-{}", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (image, written) = tokio::join!(Image::from_path(&pipe), async { std::fs::write(&pipe, PNG) });
    written.unwrap();
    assert_eq!(image.unwrap(), Image::from_bytes(PNG).unwrap());
    std::fs::remove_file(&pipe).unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_endless_file_is_not_read_to_its_end() {
    let error = Image::from_path("/dev/zero").await.unwrap_err().to_string();
    assert!(error.starts_with("the image `/dev/zero` cannot be sent: it has 7864321 bytes"), "{error}");
}

/// Returns a picture.
#[tool]
async fn picture(
    /// Origin of the picture: harbour, tower, river
    from: &str,
) -> claudette::Result<Image> {
    match from {
        "harbour" => Image::from_bytes(JPEG),
        "tower" => Image::from_path(file("tower", GIF)).await,
        _ => Image::from_path(place("no/such/picture")).await,
    }
}

#[tokio::test]
async fn a_tool_can_return_images() {
    let claude = MockServer::start().await.unwrap();
    claude
        .respond(MockResponse::tool_uses(["harbour", "tower", "river"].map(|from| ("picture", json!({"from": from})))));
    claude.respond(MockResponse::text("Ships."));
    let mut chat = Chat::builder(claude.client("claude-sonnet-5-5")).tools(tools![picture]).build().unwrap();
    chat.toolloop("What is in the harbour?").await.unwrap();
    let results = claude.requests().pop().unwrap().body()["messages"][2]["content"].clone();
    for (index, media_type, bytes) in [(0, "image/jpeg", JPEG), (1, "image/gif", GIF)] {
        let source = &results[index]["content"][0]["source"];
        assert_eq!(*source, json!({"type": "base64", "media_type": media_type, "data": STANDARD.encode(bytes)}));
    }
    assert_eq!(results[2]["is_error"], true);
    let error = results[2]["content"].as_str().unwrap();
    assert!(error.contains("picture` cannot be read") && error.contains("os error"), "{error}");
    claude.assert_finished();
}

/// Shows the picture.
#[tool]
fn show(image: State<Image>) -> Image {
    (*image).clone()
}

/// Generates images whose base64 text the library has not checked before they are added to a history.
fn unchecked() -> impl Strategy<Value = Image> {
    let media_type = prop::sample::select(vec!["image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"]);
    let sized = (prop::sample::select(KINDS.to_vec()), 1..9_000_u16, 1..9_000_u16)
        .prop_map(|((_, _, sized), width, height)| sized(width, height));
    let data = prop_oneof![
        60 => prop_oneof![sized, bytes()].prop_map(|bytes| STANDARD.encode(bytes)),
        15 => "[A-Za-z0-9+/=]{0,40}",
        1 => prop::sample::select(vec![LARGEST - 3, LARGEST, LARGEST + 1]).prop_map(|size| STANDARD.encode(png_of(size))),
    ];
    (media_type, data).prop_map(|(media_type, data)| Image::from_base64(media_type, data))
}

/// The result of a tool stays in the history and is sent with each request, so the API must accept it.
#[tokio::test]
async fn an_image_enters_a_history_only_if_the_api_accepts_it() {
    let claude = MockServer::auto_reply().await.unwrap();
    let client = claude.client("claude-sonnet-5-5");
    let mut runner = TestRunner::deterministic();
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..200 {
        let image = unchecked().new_tree(&mut runner).unwrap().current();
        claude.respond(MockResponse::tool_uses([("show", json!({}))]));
        claude.respond(MockResponse::text("Some pixels."));
        let mut chat = Chat::builder(&client).tools(tools![show]).state(image.clone()).build().unwrap();
        let run = chat.toolloop("What is it?").await.unwrap();
        let outcome = &run.steps()[0].outcomes()[0];
        let is_sent = !outcome.is_error();
        if is_sent {
            accepted += 1;
        } else {
            refused += 1;
            let why = outcome.text();
            assert!(why.contains("`show`") && why.contains("an image cannot be sent: "), "{why}");
        }
        chat.send("And now?").await.unwrap();

        let stored = [Message::user((image, "What is it?"))];
        assert_eq!(Chat::builder(&client).history(stored).build().is_ok(), is_sent);
    }
    assert!(accepted > 30 && refused > 30, "{accepted} accepted, {refused} refused");
}

#[tokio::test]
async fn an_image_that_the_api_would_refuse_is_an_error_result_with_the_cause() {
    let gif = STANDARD.encode(GIF);
    let wide = STANDARD.encode(KINDS[2].2(8001, 2));
    for (media_type, data, why) in [
        ("image/bmp", &gif, "its media type is \"image/bmp\", but the API accepts JPEG, PNG, GIF and WebP"),
        ("image/png", &gif, "its media type is `image/png`, but its bytes begin like `image/gif`"),
        ("image/gif", &wide, "it has 8001 × 2 px, but the API accepts at most 8000 px per side; scale it down"),
        ("image/gif", &gif[1..].to_owned(), "its data is not valid base64"),
        (
            "image/png",
            &STANDARD.encode(png_of(9_400_000)),
            "it has 12533336 bytes of base64, but the API accepts at most 10485760 per image; scale it down",
        ),
    ] {
        let image = Image::from_base64(media_type, data);
        let claude = MockServer::start().await.unwrap();
        let client = claude.client("claude-sonnet-5-5");
        let error = client.send((image.clone(), "What is this?")).await.unwrap_err();
        assert_eq!(error.status(), Some(400), "the mock server has the same rule: {error}");

        let stored = [Message::user((image, "What is this?"))];
        let error = Chat::builder(&client).history(stored).build().unwrap_err();
        assert!(error.is_misuse());
        assert!(error.to_string().contains(&format!("an image cannot be sent: {why}")), "{error}");
    }
}

/// Returns `true` if the image is accepted. Its media type then matches its first bytes, and its bytes are unchanged.
fn check(bytes: &[u8]) -> bool {
    match Image::from_bytes(bytes) {
        Ok(image) => {
            let begin: &[u8] = match image.source().media_type().unwrap() {
                "image/png" => b"\x89PNG",
                "image/jpeg" => b"\xFF\xD8\xFF",
                "image/gif" => b"GIF8",
                "image/webp" => b"RIFF",
                other => panic!("unexpected media type {other}"),
            };
            assert!(bytes.starts_with(begin));
            assert_eq!(STANDARD.decode(image.source().data().unwrap()).unwrap(), bytes);
            true
        }
        Err(error) => {
            assert!(error.is_misuse());
            false
        }
    }
}

#[test]
fn an_image_is_accepted_once_its_header_is_complete() {
    for (media_type, bytes, _) in KINDS {
        let taken: Vec<bool> = (0..=bytes.len()).map(|length| check(&bytes[..length])).collect();
        let first = taken.iter().position(|taken| *taken).unwrap();
        assert!(first > 9, "{media_type}: {first} bytes are enough");
        assert!(taken[first..].iter().all(|taken| *taken), "{media_type}");
    }
}

/// Generates noise, noise after a valid beginning, and images with some bytes changed, removed or inserted.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let noise = || prop::collection::vec(any::<u8>(), 0..200);
    let begin = prop::sample::select(vec![
        &b"\xFF\xD8\xFF"[..],
        b"\x89PNG\r\n\x1A\n",
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8X",
        b"II*\0",
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x0CJXL \r\n\x87\n",
        b"BM",
    ]);
    let after_beginning = (begin, noise()).prop_map(|(begin, noise)| [begin, &noise].concat());
    // Markers and small lengths, because a JPEG is read segment by segment.
    let segments = prop::collection::vec(prop::sample::select(vec![0xFF, 0xC0, 0xC4, 0xD8, 0xE0, 0, 1, 2, 9]), 0..99)
        .prop_map(|bytes| [b"\xFF\xD8\xFF", &bytes[..]].concat());
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4);
    let edited = (prop::sample::select(KINDS.to_vec()), edits).prop_map(|((_, bytes, _), edits)| {
        let mut bytes = bytes.to_vec();
        for (place, byte, how) in edits {
            // The header is at the beginning.
            let place = place.index(bytes.len().min(64));
            match how {
                0 => bytes[place] = byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, byte),
            }
        }
        bytes
    });
    prop_oneof![noise(), after_beginning, segments, edited]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_cause_a_panic(bytes in bytes()) {
        check(&bytes);
    }

    #[test]
    fn a_jpeg_has_the_sides_of_its_frame(width in 1..10_000_u16, height in 1..10_000_u16, fill in 0..9_usize) {
        let (_, _, sized) = KINDS[1];
        let mut bytes = sized(width, height);
        bytes.splice(2..2, vec![0xFF; fill]);
        prop_assert_eq!(Image::from_bytes(&bytes).is_ok(), width.max(height) <= 8_000);
    }
}

/// The API accepts every image that the library accepts.
#[tokio::test]
async fn accepted_images_can_be_sent() {
    let claude = MockServer::auto_reply().await.unwrap();
    let client: Client = claude.client("claude-sonnet-5-5");
    let mut runner = TestRunner::deterministic();
    let mut sent = 0;
    for _ in 0..500 {
        let bytes = bytes().new_tree(&mut runner).unwrap().current();
        if let Ok(image) = Image::from_bytes(&bytes) {
            client.send((image, "What is this?")).await.unwrap();
            sent += 1;
        }
    }
    assert!(sent > 20, "only {sent} images were accepted");
}
