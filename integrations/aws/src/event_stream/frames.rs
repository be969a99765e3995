//! [`Frames`]: reads the frames of an event stream
//! ([format](https://smithy.io/2.0/aws/amazon-eventstream.html)).

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;
use bytes::{Buf, BytesMut};
use claudette::client::Body;
use claudette::{Error, Result};

/// The size of the two lengths at the beginning of a frame and of their checksum.
const PRELUDE: usize = 12;

/// The sizes of everything in a frame except for its headers and its payload.
const OVERHEAD: usize = PRELUDE + 4;

/// The maximum sizes of the headers and of the payload of a frame, as in botocore.
const MAX_HEADERS: usize = 128 << 10;
const MAX_PAYLOAD: usize = 24 << 20;

/// The frames of a body.
pub(super) struct Frames {
    body: Body,
    /// The bytes that have arrived and are not yet returned: at most a frame and a piece of the body.
    arrived: BytesMut,
}

impl Frames {
    pub(super) fn new(body: Body) -> Self {
        Self { body, arrived: BytesMut::new() }
    }

    /// Reads the next frame, or `None` at the end of the body.
    ///
    /// # Errors
    /// The error of the body, or a connection error if a frame is damaged, incomplete or too large.
    pub(super) async fn next(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(frame) = self.take()? {
                return Ok(Some(frame));
            }
            match self.body.next().await {
                Some(piece) => self.arrived.extend_from_slice(&piece?),
                None if self.arrived.is_empty() => return Ok(None),
                None => return Err(damaged("it ended within a frame")),
            }
        }
    }

    /// Takes a frame that has arrived completely.
    fn take(&mut self) -> Result<Option<Message>> {
        let Some(mut prelude) = self.arrived.get(..PRELUDE) else { return Ok(None) };
        // The lengths are checked before anything waits for so many bytes.
        let checksum = crc32fast::hash(&prelude[..PRELUDE - 4]);
        let (total, headers) = (prelude.get_u32() as usize, prelude.get_u32() as usize);
        if checksum != prelude.get_u32() {
            return Err(damaged("the checksum of the lengths of a frame is wrong"));
        }
        let payload = total.checked_sub(OVERHEAD).and_then(|rest| rest.checked_sub(headers));
        match payload {
            None => return Err(damaged("the lengths of a frame are impossible")),
            Some(payload) if headers > MAX_HEADERS || payload > MAX_PAYLOAD => {
                return Err(damaged(&format!(
                    "a frame has {headers} bytes of headers and {payload} bytes of content, but the limits are \
                     {MAX_HEADERS} and {MAX_PAYLOAD}"
                )));
            }
            Some(_) if self.arrived.len() < total => {
                self.arrived.reserve(total - self.arrived.len());
                return Ok(None);
            }
            Some(_) => {}
        }
        let frame = self.arrived.split_to(total).freeze();
        read_message_from(frame).map(Some).map_err(|error| damaged("a frame is not valid").caused_by(error))
    }
}

/// Returns the error of a stream that is not as it was sent.
pub(super) fn damaged(reason: &str) -> Error {
    Error::connection(format!("the event stream of Amazon Bedrock is damaged: {reason}"))
}
