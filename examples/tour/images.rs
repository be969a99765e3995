//! An image and a question.

use claudette::{Client, Image};

use super::stage::chapter;

pub(crate) async fn show(client: &Client) -> claudette::Result<()> {
    chapter("An image and a question");
    let flowers = Image::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/tour/flowers.png")).await?;
    let question = "In brief, what color flowers are in this image?";
    println!("{}", client.send((flowers, question)).await?);
    Ok(())
}
