//! [`Pty`]: a program in a pseudo-terminal, with an emulator that keeps the screen.

use std::fmt::Write as _;
use std::io::{Read as _, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{Callbacks, Screen};

/// The maximum time until the screen shows what a test waits for. It is long, because machines of tests are slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program in a pseudo-terminal.
///
/// Rows and columns are those of the terminal. The program is killed when the value is dropped.
pub(crate) struct Pty {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    terminal: Arc<Terminal>,
}

/// The terminal that reads the output of the program.
struct Terminal {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser<Emulator>,
    raw: Vec<u8>,
    is_closed: bool,
}

/// Answers the questions of the program, and notes what changes more than the screen.
#[derive(Default)]
struct Emulator {
    answers: String,
    effects: Vec<String>,
}

impl Callbacks for Emulator {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.effects.push(format!("title {}", String::from_utf8_lossy(title)));
    }

    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.effects.push(format!("clipboard {}", String::from_utf8_lossy(data)));
    }

    fn unhandled_osc(&mut self, _: &mut Screen, parameters: &[&[u8]]) {
        self.effects.push(format!("OSC {}", String::from_utf8_lossy(&parameters.concat())));
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        match (first, parameters, last) {
            // The position of the cursor.
            (None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                write!(self.answers, "\u{1b}[{};{}R", row + 1, column + 1).unwrap();
            }
            // The kind of the terminal.
            (None, _, 'c') => self.answers.push_str("\u{1b}[?62;22c"),
            _ => {}
        }
    }
}

impl Pty {
    /// Starts a command in a terminal with a number of rows and columns.
    pub(crate) fn start(command: CommandBuilder, (rows, columns): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(rows, columns)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        // Otherwise the end of the program would not be the end of its output.
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let (rows, columns) = (NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Emulator::default());
        let state = Mutex::new(State { parser, raw: Vec::new(), is_closed: false });
        let terminal = Arc::new(Terminal { state, changed: Condvar::new() });

        let (shared, answers) = (Arc::clone(&terminal), Arc::clone(&writer));
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // At its end, a pseudo-terminal returns an error.
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut state = shared.lock();
                state.raw.extend_from_slice(&buffer[..read]);
                state.parser.process(&buffer[..read]);
                let answer = std::mem::take(&mut state.parser.callbacks_mut().answers);
                drop(state);
                shared.changed.notify_all();
                if !answer.is_empty() {
                    let _ = answers.lock().unwrap().write_all(answer.as_bytes());
                }
            }
            shared.lock().is_closed = true;
            shared.changed.notify_all();
        });
        Self { master: pair.master, child, writer, terminal }
    }

    /// Types keys: text, `\r` for Enter, `\u{3}` for Ctrl-C, `\u{1b}[A` for the arrow up.
    pub(crate) fn send(&self, keys: &str) {
        let mut writer = self.writer.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Types a line and Enter.
    pub(crate) fn line(&self, text: &str) {
        self.send(&format!("{text}\r"));
    }

    /// Pastes a text, as a terminal does in the mode of bracketed paste.
    pub(crate) fn paste(&self, text: &str) {
        assert!(self.with_screen(Screen::bracketed_paste), "the program did not ask for bracketed paste");
        self.send(&format!("\u{1b}[200~{}\u{1b}[201~", text.replace('\n', "\r")));
    }

    /// Waits until the screen contains a text.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until a condition is true for the screen. The description is for the message of a failure.
    #[track_caller]
    pub(crate) fn wait_until(&self, description: &str, condition: impl Fn(&Screen) -> bool) {
        let end = Instant::now() + PATIENCE;
        let mut state = self.terminal.lock();
        while !condition(state.parser.screen()) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_closed {
                let screen = state.parser.screen().contents();
                let why = if state.is_closed { "the program ended" } else { "time is up" };
                panic!("{description} is not on the screen, and {why}:\n{screen}");
            }
            state = self.terminal.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Returns the text on the screen.
    pub(crate) fn screen(&self) -> String {
        self.with_screen(Screen::contents)
    }

    /// Calls a function with the screen.
    pub(crate) fn with_screen<R>(&self, read: impl FnOnce(&Screen) -> R) -> R {
        read(self.terminal.lock().parser.screen())
    }

    /// Returns everything that the program has written.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.terminal.lock().raw.clone()
    }

    /// Returns what the program did to the terminal beside its screen: window titles, the clipboard.
    pub(crate) fn effects(&self) -> Vec<String> {
        self.terminal.lock().parser.callbacks().effects.clone()
    }

    /// Changes the size of the window, and tells the program.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        let (new_rows, new_columns) = (NonZero::new(rows).unwrap(), NonZero::new(columns).unwrap());
        self.terminal.lock().parser.set_size(new_rows, new_columns);
        self.master.resize(size(rows, columns)).unwrap();
    }

    /// Returns the id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Kills the program with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for the end of the program, and returns its exit code.
    #[track_caller]
    pub(crate) fn wait_for_exit(&mut self) -> u32 {
        self.wait_for_close();
        self.child.wait().unwrap().exit_code()
    }

    /// Waits for the end of the output.
    #[track_caller]
    pub(crate) fn wait_for_close(&self) {
        let end = Instant::now() + PATIENCE;
        let mut state = self.terminal.lock();
        while !state.is_closed {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program has not ended:\n{}", state.parser.screen().contents());
            state = self.terminal.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl std::fmt::Debug for Pty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pty").field("screen", &self.screen()).finish_non_exhaustive()
    }
}

impl Terminal {
    fn lock(&self) -> MutexGuard<'_, State> {
        // After a panic, the first failure is the one to report.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

#[test]
fn a_terminal_shows_what_a_program_writes() {
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "stty -echo; printf 'size '; stty size; read line; printf 'got %s\\n' \"$line\"; exit 3"]);
    let mut pty = Pty::start(command, (24, 80));
    pty.wait_for("size 24 80");
    pty.line("words");
    assert_eq!(pty.wait_for_exit(), 3);
    assert!(pty.screen().contains("got words"), "{}", pty.screen());
    assert!(pty.raw().ends_with(b"got words\r\n") && pty.effects().is_empty());
}
