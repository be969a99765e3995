//! The event streams of AWS: frames with headers, a payload and two checksums.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

/// Returns the frame that carries an event of a streamed message, with `padding` bytes of padding.
pub(super) fn event(event: &Value, padding: usize) -> Bytes {
    const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let payload = json!({
        "bytes": STANDARD.encode(event.to_string()),
        "p": &PADDING[..padding.min(PADDING.len())],
    });
    frame(&[(":event-type", "chunk"), JSON, (":message-type", "event")], &payload)
}

/// Returns the frame of an error that ends a stream.
pub(super) fn exception(kind: &str, payload: &Value) -> Bytes {
    frame(&[(":exception-type", kind), JSON, (":message-type", "exception")], payload)
}

const JSON: (&str, &str) = (":content-type", "application/json");

/// The type of a header value that is a string.
const STRING: u8 = 7;

fn frame(headers: &[(&str, &str)], payload: &Value) -> Bytes {
    let payload = payload.to_string();
    let mut block = Vec::new();
    for (name, value) in headers {
        block.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        block.extend_from_slice(name.as_bytes());
        block.push(STRING);
        block.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        block.extend_from_slice(value.as_bytes());
    }
    // Two lengths and their checksum, then the headers, the payload and the checksum of everything.
    let total = 12 + block.len() + payload.len() + 4;
    let mut frame = Vec::with_capacity(total);
    for length in [total, block.len()] {
        frame.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
    }
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame.extend_from_slice(&block);
    frame.extend_from_slice(payload.as_bytes());
    frame.extend_from_slice(&crc32(&frame).to_be_bytes());
    frame.into()
}

/// Returns the CRC-32 of the IEEE, as in Ethernet and zip files.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| TABLE[((crc ^ u32::from(*byte)) & 0xFF) as usize] ^ (crc >> 8);
    !bytes.iter().fold(u32::MAX, step)
}

/// The remainder of each byte.
const TABLE: [u32; 256] = {
    const POLYNOMIAL: u32 = 0xEDB8_8320;
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut crc = byte;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { POLYNOMIAL ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte as usize] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    #[test]
    fn checksums() {
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
        assert_eq!(crc32(&[0, 0, 0, 0x91, 0, 0, 0, 0x4b]), 0x684a_49d1);
    }

    #[test]
    fn an_event_is_a_frame_of_145_bytes() {
        let frame = event(&json!({"type": "message_stop"}), 3);
        assert_eq!(frame.len(), 145);
        assert_eq!(
            hex(&frame),
            "000000910000004b684a49d10b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700106170706c\
             69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a2265794a306558426c49\
             6a6f696257567a6332466e5a56397a64473977496e303d222c2270223a22616263227da1aebc9a"
        );
    }

    #[test]
    fn an_exception_is_a_frame_of_144_bytes() {
        let frame = exception("throttlingException", &json!({"message": "Too many requests"}));
        assert_eq!(frame.len(), 144);
        assert_eq!(
            hex(&frame),
            "00000090000000618e91a9b70f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a63\
             6f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074\
             696f6e7b226d657373616765223a22546f6f206d616e79207265717565737473227de67f8005"
        );
    }
}
