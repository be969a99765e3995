//! The run of the kill tests: a loop of 6 requests with 9 tool calls, and the checks after it was killed and continued.
//!
//! A kill test of a journal has three kinds of processes. The *test* starts the others and checks their files. The
//! *server* is the model ([`Server`]). A *worker* runs the loop ([`work`]) with the journal; the test kills it.
//!
//! ```no_run
//! use journal_scenario::{Books, Dice, Files, Outcome, Server};
//!
//! # fn spawn_worker(url: &str, run: &str) -> std::process::Child { unimplemented!() }
//! # fn read_steps(run: &str) -> Vec<(String, String)> { unimplemented!() }
//! # fn read_outcome(run: &str) -> Outcome { unimplemented!() }
//! // At the start of the `main` function of the test: the server is a process of the same program.
//! journal_scenario::serve_if_asked();
//!
//! let files = Files::new("/tmp/kills");
//! let server = Server::start(&files, 20);
//! let (mut books, mut dice) = (Books::new(&files), Dice::from_env());
//! let mut worker = spawn_worker(server.url(), "run-1");
//! std::thread::sleep(dice.up_to(std::time::Duration::from_millis(300)));
//! worker.kill().unwrap();
//! worker.wait().unwrap();
//! books.killed("run-1", &read_steps("run-1"));
//! // … until a worker has finished …
//! books.finished("run-1", &read_steps("run-1"), &read_outcome("run-1"));
//! assert_eq!(server.refused(), Vec::<String>::new());
//! println!("{books}");
//! ```

mod books;
mod canned;
mod dice;
mod files;
mod kill;
mod plan;
mod server;
mod tools;
mod work;

pub use self::books::Books;
pub use self::canned::Canned;
pub use self::dice::Dice;
pub use self::files::{Counts, Files};
pub use self::kill::{KillAt, Moment};
pub use self::plan::{CALLS, MARKERS, REQUESTS, STEPS, call_steps, is_idempotent, long_prompt, prompt};
pub use self::server::{Server, serve_if_asked};
pub use self::tools::{approve, tools};
pub use self::work::{Outcome, chat, work};
