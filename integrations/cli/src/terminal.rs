//! The terminal as a device: its echo, typed-ahead input, and its state when the program ends.

use std::io::{IsTerminal as _, Write as _, stdin, stdout};
use std::process::ExitCode;

use crossterm::event::{DisableBracketedPaste, PopKeyboardEnhancementFlags};
use crossterm::{cursor, execute, terminal};

/// Returns `true` if a conversation is possible.
pub(crate) fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// Writes text to stdout at once.
///
/// # Errors
/// Returns the error of stdout, such as a closed pipe.
pub(crate) fn put(text: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Restores the terminal if the program panics or is terminated, also in the middle of a line.
pub(crate) fn restore_at_end() {
    modes::save();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        report(panic);
    }));
}

fn restore() {
    let _ = terminal::disable_raw_mode();
    let _ = execute!(stdout(), DisableBracketedPaste, PopKeyboardEnhancementFlags, cursor::Show);
    modes::restore();
}

/// Ends the process after SIGTERM or SIGHUP, with the terminal as it was. Sessions are stored after each step, so nothing
/// else has to be done.
#[cfg(unix)]
pub(crate) fn end_on_signals() {
    use tokio::signal::unix::{SignalKind, signal};
    for (kind, code) in [(SignalKind::terminate(), 143), (SignalKind::hangup(), 129)] {
        let Ok(mut signals) = signal(kind) else { continue };
        tokio::spawn(async move {
            if signals.recv().await.is_some() {
                restore();
                std::process::exit(code);
            }
        });
    }
}

#[cfg(not(unix))]
pub(crate) fn end_on_signals() {}

/// The exit code of a program whose reader has closed the pipe.
pub(crate) const BROKEN_PIPE: u8 = 141;

/// Returns the exit code for an error of stdout.
pub(crate) fn exit_code(error: &std::io::Error) -> ExitCode {
    ExitCode::from(if error.kind() == std::io::ErrorKind::BrokenPipe { BROKEN_PIPE } else { 1 })
}

pub(crate) use modes::{Quiet, discard_input};

#[cfg(unix)]
mod modes {
    use std::io::stdin;
    use std::sync::OnceLock;

    use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

    static SAVED: OnceLock<Option<Termios>> = OnceLock::new();

    pub(super) fn save() {
        SAVED.get_or_init(|| tcgetattr(stdin()).ok());
    }

    pub(super) fn restore() {
        if let Some(Some(modes)) = SAVED.get() {
            let _ = tcsetattr(stdin(), OptionalActions::Now, modes);
        }
    }

    /// While it exists, typed characters are not shown. They are kept for the next prompt.
    #[derive(Debug)]
    pub(crate) struct Quiet(Option<Termios>);

    impl Quiet {
        pub(crate) fn new() -> Self {
            let before = tcgetattr(stdin()).ok();
            if let Some(modes) = &before {
                let mut quiet = modes.clone();
                quiet.local_modes.remove(LocalModes::ECHO);
                let _ = tcsetattr(stdin(), OptionalActions::Now, &quiet);
            }
            Self(before)
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            if let Some(before) = &self.0 {
                let _ = tcsetattr(stdin(), OptionalActions::Now, before);
            }
        }
    }

    /// Forgets what was typed before a question, which cannot be meant as its answer.
    pub(crate) fn discard_input() {
        let _ = tcflush(stdin(), QueueSelector::IFlush);
    }
}

#[cfg(not(unix))]
mod modes {
    pub(super) fn save() {}

    pub(super) fn restore() {}

    /// On this system, typed characters are shown.
    #[derive(Debug)]
    pub(crate) struct Quiet;

    impl Quiet {
        pub(crate) fn new() -> Self {
            Self
        }
    }

    /// Forgets what was typed before a question, which cannot be meant as its answer.
    pub(crate) fn discard_input() {
        while crossterm::event::poll(std::time::Duration::ZERO).unwrap_or(false) && crossterm::event::read().is_ok() {}
    }
}
