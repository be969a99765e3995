//! A chat: two turns, a prefill, a stream, a tool in two steps, and the same tool in a loop.

use claudette::{Chat, Client, Event, tools};

use super::stage::chapter;
use super::tooling::sums;

const SYSTEM: &str = "Always use tools if available, and calculations are requested.";

pub(crate) async fn show(client: &Client) -> claudette::Result<()> {
    chapter("A chat");
    let mut chat = Chat::builder(client).system(SYSTEM).build()?;
    println!("{} ({} messages)", chat.usage(), chat.history().len());
    chat.send("I'm Jeremy").await?;
    println!("{}", chat.send("What's my name?").await?);

    chapter("Prefill in a chat");
    let question = "Very concisely, what is the meaning of life?";
    println!("{}", chat.send(question).prefill("According to Douglas Adams, ").await?);
    println!("{}", chat.usage());

    chapter("A stream in a chat");
    let mut chat = Chat::builder(client).system(SYSTEM).build()?;
    let mut events = chat.send("I'm Jeremy").stream();
    while let Some(event) = events.next().await {
        if let Event::Text(text) = event? {
            print!("[{text}]");
        }
    }
    drop(events);
    println!("\n{}", chat.last().is_some_and(|message| message.text().contains("Jeremy")));

    chapter("A tool in a chat");
    let mut chat = Chat::builder(client).system(SYSTEM).tools(tools![sums]).build()?;
    let call = chat.send("What is 604542+6458932?").await?;
    println!("{:?}", call.stop_reason());
    println!("{}", chat.resume().await?);

    chapter("A tool loop");
    let mut chat = Chat::builder(client).system(SYSTEM).tools(tools![sums]).build()?;
    let run = chat.toolloop("What is 604542+6458932?").await?;
    println!("{run}");
    println!("{} responses, {:?}, {}", run.steps().len(), run.end_reason(), run.usage());
    Ok(())
}
