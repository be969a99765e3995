//! [`Look`] and [`Marks`]: the look of the prompt and of the text in it.

use std::borrow::Cow;

use reedline::{
    Color, Highlighter, Prompt, PromptEditMode, PromptHistorySearch, PromptHistorySearchStatus, StyledText,
};

use crate::attach::mentions;
use crate::command::{Line, parse};

/// The look of the prompt.
pub(super) struct Look {
    pub(super) text: &'static str,
}

impl Prompt for Look {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        Cow::Borrowed("")
    }

    fn render_prompt_indicator(&self, _mode: PromptEditMode) -> Cow<'_, str> {
        Cow::Borrowed(self.text)
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        Cow::Borrowed("· ")
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        let failed = match search.status {
            PromptHistorySearchStatus::Passing => "",
            PromptHistorySearchStatus::Failing => "not found ",
        };
        Cow::Owned(format!("({failed}search: {}) ", search.term))
    }

    fn get_indicator_color(&self) -> Color {
        Color::Cyan
    }

    fn get_prompt_multiline_color(&self) -> Color {
        Color::Cyan
    }
}

/// Marks commands and files with colour.
pub(super) struct Marks;

impl Highlighter for Marks {
    fn highlight(&self, line: &str, _cursor: usize) -> StyledText {
        let mut text = StyledText::new();
        text.push((Color::Default.normal(), line.to_owned()));
        if matches!(parse(line), Line::Command(_)) {
            let start = line.len() - line.trim_start().len();
            let length = line[start..].find(char::is_whitespace).unwrap_or(line.len() - start);
            text.style_range(start, start + length, Color::Cyan.normal());
        } else {
            for mention in mentions(line) {
                text.style_range(mention.place.start, mention.place.end, Color::Cyan.normal());
            }
        }
        text
    }
}
