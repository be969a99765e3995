//! [`Reader`]: reads content blocks one by one, within the limits of one result.

use std::borrow::Cow;

use claudette::wire::ContentBlock;
use serde_json::{Map, Value};

use super::media::{self, Blob};
use super::note::{self, field, label};
use super::part::titled;
use super::{Part, base64};
use crate::text::{clean, clean_data};

/// The number of images in one result. More would limit the size of every image in the request.
const MOST_IMAGES: usize = 20;

/// The number of documents in one result.
const MOST_DOCUMENTS: usize = 50;

/// The bytes of base64 in one result. A request has at most 32 MB in all.
const MOST_MEDIA: usize = 15 << 20;

/// Reads content blocks, each on its own: a damaged block becomes a note, and the others are read.
///
/// The reader does not fetch anything, and decides by the bytes of a file, not by its label.
#[derive(Debug)]
pub(crate) struct Reader {
    images: usize,
    documents: usize,
    media: usize,
    /// `true` if the program gets the result as the server sent it, which the notes then mention.
    is_kept: bool,
    has_withheld: bool,
    has_cleaned: bool,
}

impl Reader {
    /// Creates a reader. `is_kept` is `true` if the program gets everything that the model does not read.
    pub(crate) fn new(is_kept: bool) -> Self {
        Self { images: 0, documents: 0, media: 0, is_kept, has_withheld: false, has_cleaned: false }
    }

    /// Returns `true` if a block was replaced with a note.
    pub(crate) fn has_withheld(&self) -> bool {
        self.has_withheld
    }

    /// Returns `true` if hidden characters were removed from a text.
    pub(crate) fn has_cleaned(&self) -> bool {
        self.has_cleaned
    }

    /// Reads content: a list of blocks, or one block.
    pub(crate) fn content(&mut self, content: &Value) -> Vec<Part> {
        match content {
            Value::Array(blocks) => blocks.iter().filter_map(|block| self.block(block)).collect(),
            block => self.block(block).into_iter().collect(),
        }
    }

    /// Reads one block. Returns `None` if it is empty.
    pub(crate) fn block(&mut self, block: &Value) -> Option<Part> {
        let fields = match block {
            Value::Object(fields) => fields,
            Value::Array(_) => {
                return Some(self.withheld("List", &[Some(json_size(block))], "it is not a content block"));
            }
            bare => return self.text(bare),
        };
        let kind = fields.get("type").and_then(Value::as_str);
        if is_for_user(fields) {
            let kind = kind.map(label).unwrap_or_default();
            return Some(self.withheld("Content", &[Some(kind)], "it is for the user only"));
        }
        match kind {
            Some("text") => match fields.get("text") {
                Some(Value::Array(_) | Value::Object(_)) | None => {
                    Some(self.withheld("Text", &[Some(json_size(block))], "the block is damaged"))
                }
                Some(bare) => self.text(bare),
            },
            Some("image") => Some(self.image(fields)),
            Some("audio") => {
                let facts = [field(fields, "mimeType"), data_size(fields.get("data"))];
                Some(self.withheld("Audio", &facts, "the model cannot hear it"))
            }
            Some("resource") => match fields.get("resource") {
                Some(Value::Object(resource)) => Some(self.resource(resource)),
                _ => Some(self.withheld("Resource", &[Some(json_size(block))], "the block is damaged")),
            },
            Some("resource_link") => link(fields).map(Part::Text).or_else(|| {
                let facts = [field(fields, "name"), Some(json_size(block))];
                Some(self.withheld("Resource link", &facts, "the block is damaged"))
            }),
            Some(kind) => {
                let kind = format!("Content of the type \"{}\"", label(kind));
                Some(self.withheld(&kind, &[Some(json_size(block))], "the type is unknown"))
            }
            None => Some(self.withheld("Content", &[Some(json_size(block))], "it has no type")),
        }
    }

    /// Reads the content of a resource: text or a blob.
    pub(crate) fn resource(&mut self, resource: &Map<String, Value>) -> Part {
        let uri = field(resource, "uri").unwrap_or_default();
        let mime = field(resource, "mimeType");
        let facts = |size| [Some(uri.clone()).filter(|uri| !uri.is_empty()), mime.clone(), size];
        match (resource.get("text"), resource.get("blob")) {
            (Some(Value::String(text)), _) => {
                let text = self.clean(text);
                self.document(uri, text)
            }
            (_, Some(Value::String(blob))) => {
                let size = Some(note::size(base64::decoded_len(blob)));
                if self.media + blob.len() > MOST_MEDIA {
                    return self.withheld("Resource", &facts(size), TOO_MUCH);
                }
                let (block, is_image): (ContentBlock, bool) = match media::blob(blob, mime.as_deref()) {
                    Blob::Image(image) => (image.into(), true),
                    Blob::Pdf(document) => (titled(document, uri.clone()).into(), false),
                    Blob::Text(text) => {
                        let text = self.clean(&text);
                        return self.document(uri, text);
                    }
                    Blob::Other(why) => {
                        let why = why.as_deref().unwrap_or("it is neither text, nor an image, nor a PDF");
                        return self.withheld("Resource", &facts(size), why);
                    }
                };
                self.media(block, is_image).unwrap_or_else(|why| self.withheld("Resource", &facts(size), why))
            }
            _ => self.withheld("Resource", &facts(None), "it has neither text nor data"),
        }
    }

    /// Reads a value that is not a list or an object. Blank text is empty.
    fn text(&mut self, bare: &Value) -> Option<Part> {
        let text = match bare {
            Value::Null => return None,
            Value::String(text) => self.clean(text),
            other => other.to_string(),
        };
        (!text.trim().is_empty()).then_some(Part::Text(text))
    }

    fn clean(&mut self, text: &str) -> String {
        let cleaned = clean_data(text);
        self.has_cleaned |= matches!(cleaned, Cow::Owned(_));
        cleaned.into_owned()
    }

    fn image(&mut self, fields: &Map<String, Value>) -> Part {
        let facts = [field(fields, "mimeType"), data_size(fields.get("data"))];
        let Some(data) = fields.get("data").and_then(Value::as_str) else {
            return self.withheld("Image", &facts, "it has no data");
        };
        if self.images == MOST_IMAGES || self.media + data.len() > MOST_MEDIA {
            return self.withheld("Image", &facts, TOO_MUCH);
        }
        match media::image(data) {
            Ok(image) => self.media(image.into(), true).unwrap_or_else(|why| self.withheld("Image", &facts, why)),
            Err(why) => self.withheld("Image", &facts, &why),
        }
    }

    /// Counts an image or a PDF, or returns the reason that there are too many.
    fn media(&mut self, block: ContentBlock, is_image: bool) -> Result<Part, &'static str> {
        let length = media::wire_len(&block);
        let (count, most) =
            if is_image { (&mut self.images, MOST_IMAGES) } else { (&mut self.documents, MOST_DOCUMENTS) };
        if *count == most || self.media + length > MOST_MEDIA {
            return Err(TOO_MUCH);
        }
        *count += 1;
        self.media += length;
        Ok(Part::Media(block))
    }

    fn document(&mut self, title: String, text: String) -> Part {
        if text.trim().is_empty() {
            let of = if title.is_empty() { String::new() } else { format!(" ({title})") };
            return Part::Note(format!("[Resource{of} is empty]"));
        }
        if self.documents == MOST_DOCUMENTS {
            return Part::Text(Part::Document { title, text }.into_text());
        }
        self.documents += 1;
        Part::Document { title, text }
    }

    fn withheld(&mut self, kind: &str, facts: &[Option<String>], why: &str) -> Part {
        self.has_withheld = true;
        Part::Note(note::note(kind, facts, why, self.is_kept))
    }
}

const TOO_MUCH: &str = "the result has too many or too large images and documents";

/// Returns the text of a link, or `None` if it has no URI. The link is not followed.
fn link(fields: &Map<String, Value>) -> Option<String> {
    let uri = field(fields, "uri")?;
    let name = field(fields, "title").or_else(|| field(fields, "name"));
    let mut facts: Vec<String> = field(fields, "mimeType").into_iter().collect();
    let bytes = fields.get("size").and_then(Value::as_u64).and_then(|bytes| usize::try_from(bytes).ok());
    facts.extend(bytes.map(note::size));
    let mut text = format!("Resource link: {uri}");
    if let Some(name) = name.filter(|name| *name != uri) {
        text = format!("Resource link: {name}\nURI: {uri}");
    }
    if !facts.is_empty() {
        text = format!("{text}\nType: {}", facts.join(", "));
    }
    match fields.get("description").and_then(Value::as_str).map(clean) {
        Some(description) if !description.trim().is_empty() => Some(format!("{text}\n{description}")),
        _ => Some(text),
    }
}

/// Returns `true` if the server marked a block as one that only the user shall read.
fn is_for_user(fields: &Map<String, Value>) -> bool {
    let audience = fields.get("annotations").and_then(|annotations| annotations.get("audience"));
    let audience = audience.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    !audience.is_empty() && audience.iter().all(|role| role == "user")
}

fn data_size(data: Option<&Value>) -> Option<String> {
    data?.as_str().map(|data| note::size(base64::decoded_len(data)))
}

fn json_size(value: &Value) -> String {
    format!("{} of JSON", note::size(value.to_string().len()))
}
