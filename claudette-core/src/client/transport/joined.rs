//! [`Joined`]: a body that is assembled from its pieces.

use std::ops::Deref;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt;

use crate::error::{Error, Result};

/// The pieces of a body, joined in linear time. A single piece, which is the usual case, is not copied.
#[derive(Default)]
pub(in crate::client) struct Joined {
    first: Bytes,
    all: Vec<u8>,
}

impl Joined {
    /// Reads up to the first piece that is not blank.
    pub(in crate::client) async fn read_start(
        &mut self,
        body: &mut (impl Stream<Item = Result<Bytes>> + Unpin),
        most: usize,
    ) -> Result<()> {
        while let Some(piece) = body.next().await.transpose()? {
            let is_blank = piece.trim_ascii_start().is_empty();
            self.push(piece, most)?;
            if !is_blank {
                break;
            }
        }
        Ok(())
    }

    /// Reads to the end of the body.
    pub(in crate::client) async fn read_rest(
        &mut self,
        body: &mut (impl Stream<Item = Result<Bytes>> + Unpin),
        most: usize,
    ) -> Result<()> {
        while let Some(piece) = body.next().await.transpose()? {
            self.push(piece, most)?;
        }
        Ok(())
    }

    fn push(&mut self, piece: Bytes, most: usize) -> Result<()> {
        if self.len() + piece.len() > most {
            return Err(Error::unreadable(format!("the response is larger than {most} bytes"), b""));
        }
        if self.is_empty() {
            self.first = piece;
        } else {
            if self.all.is_empty() {
                self.all = std::mem::take(&mut self.first).into();
            }
            self.all.extend_from_slice(&piece);
        }
        Ok(())
    }

    pub(in crate::client) fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }
}

impl Deref for Joined {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        if self.all.is_empty() { &self.first } else { &self.all }
    }
}
