//! The whole library, cell by cell: what the page `tour.md` of the guide tells, as a program.
//!
//! It follows the page on which the Python library shows itself, and without a key the mock server says what Claude said there.

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
