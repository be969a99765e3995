//! Prompt caching: the usage of two turns.

use claudette::{Chat, Client};

use super::stage::chapter;

pub(crate) async fn show(client: &Client) -> claudette::Result<()> {
    chapter("The cache");
    let mut chat = Chat::builder(client).cache(true).build()?;
    println!("{}", chat.send("Lorem ipsum dolor sit amet".repeat(150)).await?);
    println!("{}", chat.usage());

    println!("{}", chat.send("Whoops, sorry about that!").await?);
    println!("{}", chat.usage());
    Ok(())
}
