//! [`Server`]: the mock server as a process of its own, which counts the requests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use claudette::testing::MockServer;

use crate::files::Files;
use crate::plan::respond;

/// The first argument of the process of a server.
const ARGUMENT: &str = "journal-scenario-server";

/// A mock server in another process. It ends when this value is dropped, and when this process ends.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    url: String,
}

impl Server {
    /// Starts a server that appends each answered request to [`Files::requests`]. `delay` is the time from a request to
    /// its response, in milliseconds.
    ///
    /// The process is this program with other arguments: `main` must call [`serve_if_asked`].
    pub fn start(files: &Files, delay: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(ARGUMENT)
            .arg(files.dir())
            .arg(delay.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, mut output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let url = read_line(&mut output);
        assert!(url.starts_with("http://"), "`main` must call `serve_if_asked` first; the process printed {url:?}");
        Self { child, pipes: Mutex::new((input, output)), url }
    }

    /// Returns the base URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns a line for each request that the server has refused. Anything but an empty list is a mistake of the
    /// library: it has sent a conversation that is not valid.
    pub fn refused(&self) -> Vec<String> {
        let (input, output) = &mut *self.pipes.lock().unwrap();
        writeln!(input, "refused").unwrap();
        let count: usize = read_line(output).parse().unwrap();
        (0..count).map(|_| read_line(output)).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_line(from: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Runs the server and exits, if this process was started by [`Server::start`]. `main` calls it first.
pub fn serve_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ARGUMENT) {
        return;
    }
    let files = Files::new(arguments.next().unwrap());
    let delay = Duration::from_millis(arguments.next().unwrap().parse().unwrap());
    // On a thread of its own, because `main` may run on a runtime.
    let _ = std::thread::spawn(move || serve(&files, delay)).join();
    std::process::exit(0);
}

fn serve(files: &Files, delay: Duration) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(MockServer::start()).unwrap();
    // One for each request that can arrive before the closure of an earlier one has queued its successor.
    for _ in 0..1024 {
        queue(&server, files.clone(), delay);
    }
    println!("{}", server.url());
    // The input ends when the test ends.
    for _ in std::io::stdin().lines().map_while(Result::ok) {
        let requests = server.requests();
        let refused = requests.iter().filter(|request| request.status() != 200);
        let refused: Vec<String> = refused.map(|it| format!("{} {:?}", it.status(), it.refusal())).collect();
        println!("{}", refused.len());
        for line in &refused {
            println!("{}", line.replace('\n', " "));
        }
    }
}

/// Queues a response that queues the next one.
fn queue(server: &MockServer, files: Files, delay: Duration) {
    let again = server.clone();
    server.respond_with(move |body| {
        queue(&again, files.clone(), delay);
        let messages = body["messages"].as_array().unwrap();
        let request = messages.iter().filter(|message| message["role"] == "assistant").count() + 1;
        let first = &messages[0]["content"];
        let prompt = first.as_str().or_else(|| first[0]["text"].as_str()).unwrap();
        let (run, kind) = prompt.split_once(' ').unwrap();
        files.request(run, request);
        respond(kind, request).delay(delay)
    });
}
