//! A first message, a dialogue, the usage of a client, a prefill, and a stream.

use claudette::messages;

use super::stage::{Stage, chapter};

pub(crate) async fn show(stage: &Stage) -> claudette::Result<()> {
    chapter("A first message");
    let client = stage.client()?;
    let response = client.send("I'm Jeremy").max_tokens(100).await?;
    println!("{response}");

    chapter("A dialogue");
    let dialogue = messages!["I'm Jeremy", &response, "I forgot my name. Can you remind me please?"];
    let reminder = client.send(dialogue).max_tokens(200).await?;
    println!("{reminder}");

    chapter("The client and its usage");
    println!("the first response: {}", response.usage());
    println!("the client:      {}", client.usage());

    chapter("A call");
    let client = stage.client()?;
    println!("{}", client.usage());
    println!("{}", client.send("Hi").await?);
    println!("{}", client.usage());

    chapter("Prefill");
    let question = "Very concisely, what is the meaning of life?";
    let response = client.send(question).prefill("According to Douglas Adams, ").await?;
    println!("{response}");
    println!("{}", client.usage());

    chapter("A stream with prefill");
    let mut stream = client.send(question).prefill("According to Douglas Adams, ").stream();
    while let Some(text) = stream.next_text().await? {
        print!("[{text}]");
    }
    println!("\n{}", stream.finish().await?.text() == response.text());
    println!("{}", client.usage());

    super::tooling::show(&client).await
}
