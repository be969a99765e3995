//! [`CleanPaste`]: Emacs keys, and a paste that cannot control the terminal.

use crossterm::event::Event;
use reedline::{
    EditCommand, EditMode, Emacs, KeyCode, KeyModifiers, PromptEditMode, ReedlineEvent, ReedlineRawEvent,
    default_emacs_keybindings,
};

use crate::render::clean;

/// The name of the menu with the suggestions.
pub(super) const MENU: &str = "suggestions";

/// Emacs keys. A pasted text is one insertion, without control sequences.
pub(super) struct CleanPaste(Emacs);

impl CleanPaste {
    pub(super) fn new() -> Self {
        let mut keys = default_emacs_keybindings();
        let next = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
        keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(next));
        keys.add_binding(KeyModifiers::SHIFT, KeyCode::BackTab, ReedlineEvent::MenuPrevious);
        // Some terminals send Ctrl-J for Shift-Enter.
        let newline = || ReedlineEvent::Edit(vec![EditCommand::InsertNewline]);
        keys.add_binding(KeyModifiers::CONTROL, KeyCode::Char('j'), newline());
        // Without a configured editor, it would do nothing.
        keys.remove_binding(KeyModifiers::CONTROL, KeyCode::Char('o'));
        Self(Emacs::new(keys))
    }
}

impl EditMode for CleanPaste {
    fn parse_event(&mut self, event: ReedlineRawEvent) -> ReedlineEvent {
        match event.into() {
            Event::Paste(text) => {
                let text = clean(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
                // The end of the last line would be an empty line.
                let text = text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
                ReedlineEvent::Edit(vec![EditCommand::InsertString(text)])
            }
            event => match ReedlineRawEvent::try_from(event) {
                Ok(event) => self.0.parse_event(event),
                Err(()) => ReedlineEvent::None,
            },
        }
    }

    fn edit_mode(&self) -> PromptEditMode {
        self.0.edit_mode()
    }
}
