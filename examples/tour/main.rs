//! A tour of the whole library: the program of the guide's page `tour.md`.
//!
//! The page follows the documentation of the Python library. Without a key, the mock server repeats the responses of
//! Claude from there.

mod caching;
mod chats;
mod first;
mod images;
mod script;
mod stage;
mod thinking;
mod tooling;

use stage::Stage;

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    let stage = Stage::open().await?;
    first::show(&stage).await?;
    let client = stage.client()?;
    chats::show(&client).await?;
    images::show(&client).await?;
    caching::show(&client).await?;
    thinking::show(&client).await?;
    stage.close();
    Ok(())
}
