//! [`StoredChat`]: a chat over days, which is stored after each step.

use std::fmt;
use std::time::{Duration, Instant};

use claudette::chat::{Action, ChatBuilder, ChatState, StepId};
use claudette::{BoxFuture, Error, Hook, Message, Result};
use tokio::sync::Mutex;

use crate::chat_rows::{ChatRows, read};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::run_journal::in_use;
use crate::writer::Writing;

/// A chat with its stored state; [`Journal::chat`](crate::Journal::chat) returns it.
///
/// [`restore`](Self::restore) continues it in a [`Chat`](claudette::Chat), which is then stored after each step of its
/// loops: the history, suspended calls, limits, usage and cost. Only the messages that have changed are written.
///
/// The process has the only right to use the chat until this value, the [`Chat`](claudette::Chat) and its forks are
/// dropped. A change outside a loop, such as [`Chat::rewind`](claudette::Chat::rewind), is stored with the next step.
/// A run with a [journal](crate::Journal::run) is stored in the chat when it is finished; before, the journal has it.
///
/// ```
/// # use claudette::testing::{MockResponse, MockServer};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> claudette::Result<()> {
/// # let claude = MockServer::start().await?;
/// # claude.respond(MockResponse::text("Hi, Jeremy!"));
/// # claude.respond(MockResponse::text("Jeremy."));
/// # let client = claude.client("claude-sonnet-5-5");
/// # let folder = std::env::temp_dir().join(format!("claudette-doc-chat-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// # let path = folder.join("agent.db");
/// use claudette::Chat;
/// use claudette_journal_sqlite::Journal;
///
/// let journal = Journal::open(&path).await?;
/// let mut chat = journal.chat("customer-42").await?.restore(Chat::builder(&client)).build()?;
/// chat.send("I'm Jeremy.").await?;
/// drop(chat);
///
/// // The next day, in another process:
/// # drop(journal);
/// let journal = Journal::open(&path).await?;
/// let mut chat = journal.chat("customer-42").await?.restore(Chat::builder(&client)).build()?;
/// assert_eq!(chat.send("What's my name?").await?.text(), "Jeremy.");
/// assert_eq!(chat.history().len(), 4);
/// # drop((chat, journal));
/// # std::fs::remove_dir_all(folder).unwrap();
/// # Ok(())
/// # }
/// ```
#[must_use = "the chat is not stored unless `restore` adds it to a chat"]
pub struct StoredChat {
    state: ChatState,
    store: ChatStore,
}

/// The hook that stores a chat.
struct ChatStore {
    journal: Journal,
    id: String,
    lease: Lease,
    saved: Mutex<Saved>,
}

/// The stored form of the chat.
struct Saved {
    /// The messages. They share their contents with those of the chat, which makes it cheap to compare them.
    messages: Vec<Message>,
    head: String,
}

impl StoredChat {
    pub(crate) async fn open(journal: Journal, id: String) -> Result<Self> {
        let what = || format!("chat `{id}` was not read");
        // The lease of a chat of this process that was just dropped is released a moment later.
        let begun = Instant::now();
        let lease = loop {
            let (chat, to_lease) = (id.clone(), journal.to_lease());
            let open = move |writing: &Writing<'_>| writing.open_chat(&chat);
            match journal.write_then(what, open, |opened| opened.map(to_lease)).await? {
                Ok(lease) => break lease,
                Err(owner) if owner.is_this_process() && begun.elapsed() < Duration::from_millis(300) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                Err(owner) => return Err(in_use(&format!("chat `{id}`"), &owner)),
            }
        };
        let key = lease.held.key;
        let rows = journal.read(what, move |db| read(db, key)).await?;
        let head = rows.head.clone().unwrap_or_default();
        let state = parse(rows).map_err(|error| {
            let text = format!(
                "the journal has a chat `{id}` that cannot be read: restore the journal from a backup, or start with \
                 another id"
            );
            Error::journal(text).caused_by(error)
        })?;
        let saved = Mutex::new(Saved { messages: state.history().to_vec(), head });
        Ok(Self { state, store: ChatStore { journal, id, lease, saved } })
    }

    /// Returns the stored state. It is empty if the chat is new.
    pub fn state(&self) -> &ChatState {
        &self.state
    }

    /// Continues the chat: the builder gets the stored state, and a [`Hook`] that stores each step.
    ///
    /// If a step cannot be stored, the loop returns the error. The [`Chat`](claudette::Chat) contains the step, and the
    /// next loop stores it.
    pub fn restore(self, builder: ChatBuilder) -> ChatBuilder {
        builder.restore(self.state).hook(self.store)
    }
}

impl Journal {
    /// Removes a chat. Returns `false` if it does not exist.
    ///
    /// # Errors
    /// Returns an error if a process uses the chat.
    pub async fn remove_chat(&self, id: &str) -> Result<bool> {
        let (chat, what) = (id.to_owned(), || format!("chat `{id}` was not removed"));
        let removed = self.write(what, move |writing| writing.remove_chat(&chat)).await?;
        removed.map_err(|owner| in_use(&format!("chat `{id}`"), &owner))
    }
}

fn parse(rows: ChatRows) -> Result<ChatState> {
    let ChatRows { head, messages, expected } = rows;
    let Some(head) = head else { return Ok(ChatState::new()) };
    if i64::try_from(messages.len()) != Ok(expected) {
        return Err(Error::journal(format!("it has {} messages instead of {expected}", messages.len())));
    }
    let unreadable = |index: usize| Error::journal(format!("message {index} is not valid JSON"));
    let read = |(index, text): (usize, &String)| {
        serde_json::from_str(text).map_err(|error| unreadable(index).caused_by(error))
    };
    let messages = messages.iter().enumerate().map(read).collect::<Result<_>>()?;
    ChatState::from_head(&head, messages)
}

impl ChatStore {
    /// Stores what has changed.
    async fn save(&self, state: &ChatState) -> Result<()> {
        // Held until the end, so that the forks of a chat are stored one after the other.
        let mut saved = self.saved.lock().await;
        let messages = state.history();
        let from = saved.messages.iter().zip(messages.iter()).take_while(|(old, new)| is_shared(old, new)).count();
        let head = state.head_to_json();
        if head == saved.head && from == messages.len() && from == saved.messages.len() {
            return Ok(());
        }
        let changed: Vec<Message> = messages[from..].to_vec();
        let texts = changed.iter().map(serde_json::to_string).collect::<Result<Vec<String>, _>>();
        let texts =
            texts.map_err(|error| Error::journal(format!("chat `{}` has no JSON form", self.id)).caused_by(error))?;
        let (lease, written) = (self.lease.held, head.clone());
        let what = || format!("chat `{}` was not stored", self.id);
        let put = move |writing: &Writing<'_>| writing.put_chat(lease, from, &texts, &written);
        self.journal.write(what, put).await?.map_err(|owner| {
            let owner = owner.map_or_else(|| "another process".to_owned(), |owner| owner.to_string());
            Error::journal(format!(
                "chat `{}` was not stored, because {owner} has taken it over while this process did not respond: drop \
                 this chat, and restore it again",
                self.id
            ))
        })?;
        saved.messages.truncate(from);
        saved.messages.extend(changed);
        saved.head = head;
        Ok(())
    }
}

/// Returns `true` if two messages are clones of each other.
fn is_shared(a: &Message, b: &Message) -> bool {
    a.role() == b.role() && std::ptr::eq(a.content(), b.content())
}

/// Returns `true` if the run with a journal is over, and its journal no longer changes.
fn is_finished(step: &StepId, state: &ChatState) -> bool {
    let is_over = matches!(
        state.next(),
        Action::Done(reason) if reason.is_final()
    );
    *step == StepId::end() && is_over
}

impl Hook for ChatStore {
    fn committed<'a>(&'a self, step: &'a StepId, state: &'a ChatState) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if state.is_journaled() && !is_finished(step, state) {
                return Ok(());
            }
            self.save(state).await
        })
    }

    fn wants_events(&self) -> bool {
        false
    }
}

impl fmt::Debug for StoredChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredChat")
            .field("id", &self.store.id)
            .field("messages", &self.state.history().len())
            .finish_non_exhaustive()
    }
}
