//! An MCP server on stdin and stdout, for Claude Code, Claude Desktop and every other MCP client.
//!
//! `claude mcp add bank -- cargo run -q -p claudette-mcp --example mcp_server` adds it to Claude Code. It needs no API
//! key, because the client brings the model. With `http` as its argument, it listens on 127.0.0.1:8000 instead.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use claudette::{ToolContext, tool, tools};

/// Accounts, and their balances in cents.
struct Bank(Mutex<BTreeMap<String, i64>>);

/// The balance of an account.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Balance {
    account: String,
    cents: i64,
}

#[tool]
impl Bank {
    /// Returns the balance of an account.
    #[tool(read_only)]
    fn balance(
        &self,
        /// Name of the account
        account: String,
    ) -> Result<Balance, String> {
        let cents = self.accounts().get(&account).copied().ok_or(format!("there is no account `{account}`"))?;
        Ok(Balance { account, cents })
    }

    /// Adds money to an account.
    #[tool]
    fn deposit(
        &self,
        /// Name of the account
        account: String,
        /// Amount in cents
        cents: u32,
    ) -> Balance {
        let mut accounts = self.accounts();
        let balance = accounts.entry(account.clone()).or_default();
        *balance += i64::from(cents);
        Balance { account, cents: *balance }
    }
}

impl Bank {
    fn accounts(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, i64>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Audits all accounts. This takes a few seconds.
#[tool(read_only)]
async fn audit(cx: &ToolContext) -> &'static str {
    for (done, account) in ["alice", "bob", "carol"].into_iter().enumerate() {
        cx.progress(format!("{}/3 {account}", done + 1));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    "All accounts are in order."
}

#[tokio::main]
async fn main() -> claudette::Result<()> {
    let bank = Bank(Mutex::new([("alice".to_owned(), 12_500)].into()));
    let server = claudette_mcp::serve(tools![audit].with(bank)).name("bank");
    if std::env::args().nth(1).as_deref() == Some("http") {
        server.http("127.0.0.1:8000").await?;
    } else {
        server.stdio().await?;
    }
    Ok(())
}
