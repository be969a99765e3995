//! A first message, a dialogue, a client and its usage, prefill, and a stream.

use claudette::messages;

use super::stage::{Stage, chapter};

pub(crate) async fn show(stage: &Stage) -> claudette::Result<()> {
    chapter("A first message");
    let client = stage.client()?;
    let reply = client.send("I'm Jeremy").max_tokens(100).await?;
    println!("{reply}");

    chapter("A dialogue");
    let dialogue = messages!["I'm Jeremy", &reply, "I forgot my name. Can you remind me please?"];
    let reminder = client.send(dialogue).max_tokens(200).await?;
    println!("{reminder}");

    chapter("The client and its usage");
    println!("the first reply: {}", reply.usage());
    println!("the client:      {}", client.usage());

    chapter("A call");
    let client = stage.client()?;
    println!("{}", client.usage());
    println!("{}", client.send("Hi").await?);
    println!("{}", client.usage());

    chapter("Prefill");
    let question = "Very concisely, what is the meaning of life?";
    let reply = client.send(question).prefill("According to Douglas Adams, ").await?;
    println!("{reply}");
    println!("{}", client.usage());

    chapter("A stream with prefill");
    let mut stream = client.send(question).prefill("According to Douglas Adams, ").stream().await?;
    while let Some(text) = stream.next_text().await? {
        print!("[{text}]");
    }
    println!("\n{}", stream.finish().await?.text() == reply.text());
    println!("{}", client.usage());

    super::tooling::show(&client).await
}
