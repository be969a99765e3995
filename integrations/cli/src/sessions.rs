//! [`Sessions`]: the stored chats.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use claudette_journal_sqlite::{ChatInfo, Journal, StoredChat};

use crate::attach::{FILE_END, FILE_START};
use crate::data;
use crate::error::{Problem, Result};
use crate::render::clean_line;

/// The longest title of a session, in cells.
const TITLE: usize = 50;

/// The sessions in a database.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    journal: Journal,
}

impl Sessions {
    /// Opens the database, and creates it for this user alone if it does not exist.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        // SQLite explains the failure better.
        let _ = data::create_private(path);
        Ok(Self { journal: Journal::open(path).await? })
    }

    pub(crate) async fn chat(&self, id: &str) -> Result<StoredChat> {
        Ok(self.journal.chat(id).await?)
    }

    /// Returns the sessions, the last one first.
    pub(crate) async fn list(&self) -> Result<Vec<ChatInfo>> {
        Ok(self.journal.chats().await?)
    }

    /// Removes a session without messages, which was opened and not used.
    pub(crate) async fn forget_empty(&self, id: &str) {
        if let Ok(chat) = self.journal.chat(id).await
            && chat.state().history().is_empty()
        {
            drop(chat);
            // The lease ends a moment after the chat.
            for _ in 0..20 {
                if self.journal.remove_chat(id).await.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
}

/// Returns a new id: the time in milliseconds, short enough to be typed. A later id sorts after an earlier one.
pub(crate) fn new_id() -> String {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    base_36(millis)
}

fn base_36(mut number: u128) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

/// Returns the title of a session: the beginning of its first prompt.
pub(crate) fn title(prompt: &str) -> String {
    let line = without_files(prompt).lines().map(str::trim).find(|line| !line.is_empty());
    clean_line(line.unwrap_or("(no text)"), TITLE)
}

/// Returns a prompt without the attached text files before it.
pub(crate) fn without_files(prompt: &str) -> &str {
    let files = prompt.starts_with(FILE_START).then(|| prompt.rsplit_once(FILE_END)).flatten();
    files.map_or(prompt, |(_, rest)| rest.trim_start())
}

/// Returns how long ago a time was: `just now`, `5 min ago`, `3 h ago`, `2 days ago`.
pub(crate) fn ago(time: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(time).unwrap_or_default().as_secs();
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "1 day ago".to_owned(),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Returns the id of the session that the user means: its id, or its number in the list.
///
/// # Errors
/// Returns an error that names the remedy if the session does not exist.
pub(crate) fn find<'s>(typed: &str, ids: &[&'s str]) -> Result<&'s str> {
    if let Some(id) = ids.iter().find(|id| **id == typed) {
        return Ok(id);
    }
    let number: Option<usize> = typed.parse().ok();
    if let Some(id) = number.and_then(|number| number.checked_sub(1)).and_then(|index| ids.get(index)) {
        return Ok(id);
    }
    let beginning: Vec<&&str> = ids.iter().filter(|id| typed.len() >= 3 && id.starts_with(typed)).collect();
    match beginning[..] {
        [id] => Ok(id),
        _ => Err(Problem::new(format!("there is no session \"{typed}\": /sessions lists the sessions"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_and_sort_by_time() {
        assert_eq!(base_36(0), "0");
        assert_eq!(base_36(36 * 36 + 35), "10z");
        assert!(base_36(1_796_000_000_000) < base_36(1_796_000_000_001));
        assert_eq!(new_id().len(), 8);
    }

    #[test]
    fn a_session_is_found_by_id_number_and_beginning() {
        let ids = ["mi3k8f2a", "mi3k7000", "7"];
        for (typed, id) in [("7", "7"), ("2", "mi3k7000"), ("mi3k8", "mi3k8f2a")] {
            assert_eq!(find(typed, &ids).ok(), Some(id), "{typed}");
        }
        for wrong in ["0", "9", "mi3k", "x"] {
            assert!(find(wrong, &ids).is_err(), "{wrong}");
        }
    }

    #[test]
    fn titles_and_times_are_short() {
        assert_eq!(title("<file path=\"a\">\nfn main() {}\n</file>\n\nWhat is \u{1b}[31mthis?\nmore"), "What is this?");
        assert_eq!(title(""), "(no text)");
        let at = |seconds| ago(UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!((at(59), at(3_599), at(7_200)), ("just now".into(), "59 min ago".into(), "2 h ago".into()));
        assert_eq!((at(86_400), at(200_000)), ("1 day ago".into(), "2 days ago".into()));
    }
}
