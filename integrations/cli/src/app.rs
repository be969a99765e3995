//! [`App`]: the state of a conversation in the terminal.

use std::path::PathBuf;

use claudette::chat::{Action, ChatState};
use claudette::{Chat, Client, ContentBlock, ToolOutcome, Toolset};
use claudette_mcp::McpServers;

use crate::end::Interrupted;
use crate::error::Result;
use crate::permissions::Permissions;
use crate::render::Theme;
use crate::sessions::{self, Sessions};
use crate::settings::Settings;

/// The state of a conversation in the terminal.
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    pub(crate) permissions: Permissions,
    pub(crate) theme: Theme,
    pub(crate) shows_thinking: bool,
    /// The tools that do not come from MCP servers.
    pub(crate) own_tools: Toolset,
    pub(crate) servers: Option<McpServers>,
    pub(crate) sessions: Option<Sessions>,
    /// The id of the session, which is also the default name of a file.
    pub(crate) id: String,
    pub(crate) chat: Chat,
    /// The outcomes of all tool calls since the program started.
    pub(crate) outcomes: Vec<ToolOutcome>,
    pub(crate) interrupted: Option<Interrupted>,
    /// The prompt of a turn that failed before there was a response.
    pub(crate) failed: Option<Vec<ContentBlock>>,
    /// Files of the command line, for the first prompt.
    pub(crate) files: Vec<PathBuf>,
}

/// The session to begin with.
#[derive(Clone, Debug)]
pub(crate) enum Begin {
    New,
    Id(String),
    State(Box<ChatState>),
}

/// Returns the tools of the program and of the servers.
pub(crate) fn all_tools(own: &Toolset, servers: Option<&McpServers>) -> Toolset {
    match servers {
        Some(servers) => own.clone().with(servers.tools()),
        None => own.clone(),
    }
}

/// Opens a chat, which is stored if there are sessions. Returns its id as well.
///
/// # Errors
/// Returns an error if another process uses the session, or if the settings do not suit the model.
pub(crate) async fn open(
    begin: Begin,
    sessions: Option<&Sessions>,
    settings: &Settings,
    client: &Client,
    tools: &Toolset,
) -> Result<(String, Chat)> {
    let builder = settings.builder(client, tools);
    let id = match &begin {
        Begin::Id(id) => id.clone(),
        Begin::New | Begin::State(_) => sessions::new_id(),
    };
    let builder = match sessions {
        Some(sessions) => sessions.chat(&id).await?.restore(builder),
        None => builder,
    };
    let builder = match begin {
        Begin::State(state) => builder.restore(*state),
        Begin::New | Begin::Id(_) => builder,
    };
    let mut chat = builder.build()?;
    chat.set_model(settings.model.as_str());
    Ok((id, chat))
}

impl App {
    /// Leaves this session and continues with another one.
    ///
    /// # Errors
    /// Returns the errors of [`open`]; this session then continues.
    pub(crate) async fn switch(&mut self, begin: Begin) -> Result<()> {
        let tools = all_tools(&self.own_tools, self.servers.as_ref());
        let (id, chat) = open(begin, self.sessions.as_ref(), &self.settings, &self.client, &tools).await?;
        let (old_id, old) = (std::mem::replace(&mut self.id, id), std::mem::replace(&mut self.chat, chat));
        (self.interrupted, self.failed) = (None, None);
        let was_empty = old.history().is_empty();
        drop(old);
        if was_empty {
            self.forget(&old_id).await;
        }
        Ok(())
    }

    /// Leaves the session at the end of the program.
    pub(crate) async fn leave(self) {
        let Self { chat, sessions, id, servers, .. } = self;
        let is_empty = chat.history().is_empty();
        drop(chat);
        if let Some(sessions) = sessions.filter(|_| is_empty) {
            sessions.forget_empty(&id).await;
        }
        if let Some(servers) = servers {
            servers.close().await;
        }
    }

    async fn forget(&self, id: &str) {
        if let Some(sessions) = &self.sessions {
            sessions.forget_empty(id).await;
        }
    }

    /// Returns `true` if the last turn can be continued, because it was interrupted, failed, or its process was killed.
    pub(crate) fn is_unfinished(&self) -> bool {
        let state = self.chat.state();
        match state.next() {
            _ if state.history().is_empty() => false,
            Action::Done(reason) => !reason.is_final(),
            // A call was running; or no turn has begun yet.
            Action::Await => state.pending().next().is_some(),
            _ => true,
        }
    }
}
