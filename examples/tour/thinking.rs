//! Thinking off and on; the signature is sent back.

use claudette::wire::ThinkingConfig;
use claudette::{Chat, Client, ContentBlock};

use super::stage::chapter;

pub(crate) async fn show(client: &Client) -> claudette::Result<()> {
    chapter("Thinking off");
    let mut chat = Chat::new(client)?;
    println!("{}", chat.send("Write a sentence about Python!").await?);

    chapter("Thinking on");
    let thinking = ThinkingConfig::enabled(1024);
    let response = chat.send("Write a sentence about Python!").thinking(thinking.clone()).await?;
    println!("{}", response.thinking());
    println!("{response}");

    chapter("The signature is sent back");
    for block in response.content() {
        match block {
            ContentBlock::Thinking(block) => println!("thinking, signed: {}", block.signature().is_some()),
            block => println!("{}", block.kind()),
        }
    }
    println!("{}", chat.history()[3].content() == response.content());
    println!("{}", chat.send("And another one?").thinking(thinking).await?);
    Ok(())
}
