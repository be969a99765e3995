#![allow(clippy::unwrap_used)]

use claudette::Message;
use claudette::wire::{ContentBlock, Role};
use serde_json::json;

use super::testing::{gif, jpeg, pdf, png, webp};
use super::{Reader, base64, complete, contents, is_base64, message, messages, resource_output};

#[test]
fn complete_files_are_recognised_and_cut_ones_are_not() {
    for image in [png(), gif(), jpeg(), webp()] {
        assert!(complete::image(&image), "{:?}", &image[..8]);
        for end in 0..image.len() - 4 {
            let cut = complete::image(&image[..end]);
            assert!(!cut || image.starts_with(b"GIF8") && end + 4 >= image.len(), "{end} of {:?}", &image[..8]);
        }
    }
    assert!(complete::pdf(&pdf()));
    assert!(!complete::pdf(&pdf()[..40]));
    assert!(!complete::pdf(b"%PDF-1.4 /Encrypt 7 0 R %%EOF"));
}

#[test]
fn the_length_of_base64_is_that_of_its_bytes() {
    for text in ["", "QQ==", "QQ", "QUI=", "QUJD", "QUJDRA", "data:a/b;base64,QUJDRA==", " QUJD\n RA== "] {
        assert_eq!(base64::decode(text).unwrap().len(), base64::decoded_len(text), "{text}");
    }
    assert!(base64::decode("QUJ$").is_none());
    assert!(is_base64("QUJD\nRA==") && is_base64("data:x;base64,QUJD") && !is_base64("two words") && !is_base64(""));
}

#[test]
fn resources_become_documents_and_images() {
    let png = ::base64::Engine::encode(&::base64::engine::general_purpose::STANDARD, png());
    let answer = json!({"contents": [{"uri": "db://1", "text": "one"}, {"uri": "db://2", "blob": png}, 7]});
    let blocks = contents("db", "db://1", &answer).unwrap();
    assert_eq!(blocks.iter().map(ContentBlock::kind).collect::<Vec<_>>(), ["document", "image", "text"]);
    let output = resource_output("db", "db://1", &answer, 100).unwrap();
    assert_eq!(output.content().blocks().len(), 3);

    let error = contents("db", "db://1", &json!({"messages": []})).unwrap_err();
    assert!(error.is_protocol());
    assert_eq!(
        error.to_string(),
        "the server \"db\" answered the request for the resource `db://1` without `contents`"
    );
}

#[test]
fn prompts_become_messages() {
    let png = ::base64::Engine::encode(&::base64::engine::general_purpose::STANDARD, png());
    let image = json!({"type": "image", "data": png, "mimeType": "image/png"});
    let answer = json!({"messages": [
        {"role": "user", "content": {"type": "text", "text": "Look:"}},
        {"role": "user", "content": image},
        {"role": "assistant", "content": [{"type": "text", "text": "A cat. \n"}, image]},
        {"role": "assistant", "content": {"type": "text", "text": "Well \n"}},
        {"role": "user", "content": {"type": "text", "text": " "}},
        {"role": "user"},
        {"role": "system", "content": "odd"},
    ]});
    let messages = messages("prompts", "look", &answer).unwrap();
    assert_eq!(messages[0], Message::user("Look:"));
    assert_eq!(messages[1].content()[0].kind(), "image");
    assert_eq!(messages[2], Message::assistant("A cat. \n\n[An image is not shown]"));
    assert_eq!(messages[3], Message::assistant("Well"));
    assert_eq!((messages[4].role(), messages.len()), (&Role::User, 5));
    assert!(super::messages("prompts", "look", &json!({})).unwrap_err().is_protocol());
    assert_eq!(message("assistant", &json!([]), &mut Reader::new(false)), None);
}
