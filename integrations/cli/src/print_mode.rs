//! One answer, for pipes and scripts.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use claudette::chat::ContextPolicy;
use claudette::{Approval, Chat, ContentBlock, Document, EndReason, Event, Image, Run, ToolUse};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::attach::attach;
use crate::end::early;
use crate::error::{Problem, Result, text};
use crate::interrupt::Interrupts;
use crate::permissions::Permissions;
use crate::render::{Cleaner, clean_line};
use crate::terminal::{exit_code, put};

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
    Events,
}

/// The exit code of a run that ended early: the output may be incomplete.
const ENDED_EARLY: u8 = 3;

/// The exit code of a run that the user has interrupted.
const INTERRUPTED: u8 = 130;

/// The largest input, in bytes.
const MAX_INPUT: u64 = 32 * 1024 * 1024;

/// Runs one turn and prints its answer.
///
/// # Errors
/// Returns an error before the turn begins. Errors of the turn are printed in the form of the output.
pub(crate) async fn run(
    chat: &mut Chat,
    permissions: Permissions,
    policy: ContextPolicy,
    (prompt, files): (String, Vec<PathBuf>),
    session: Option<&str>,
    form: Form,
) -> Result<ExitCode> {
    let blocks = blocks(&prompt, &files, &read_input()?).await?;
    let approve = |call: ToolUse| async move { deny(&call) };
    let model = chat.client().default_model().as_str().to_owned();
    let mut events = chat.toolloop(blocks).approve(approve).hook(permissions).context(policy).stream();
    let (mut interrupts, mut output) = (Interrupts::new(), Output::new(form));
    let mut ended = None;
    loop {
        let event = tokio::select! {
            () = interrupts.next() => return Ok(ExitCode::from(INTERRUPTED)),
            event = events.next() => event,
        };
        let printed = match event {
            None => break,
            Some(Ok(event)) => {
                let printed = output.event(&event);
                if let Event::Context(change) = &event {
                    report(&change.to_string());
                }
                if let Event::Done(run) = event {
                    ended = Some(Ok(run));
                }
                printed
            }
            Some(Err(error)) => {
                ended = Some(Err(error));
                Ok(())
            }
        };
        if let Err(error) = printed {
            return Ok(exit_code(&error));
        }
    }
    drop(events);
    let (printed, code) = match ended {
        Some(Ok(run)) => (output.finish(&run, chat, &model, session), code(run.end_reason())),
        Some(Err(error)) => (output.fail(&error), ExitCode::FAILURE),
        None => (Ok(()), ExitCode::FAILURE),
    };
    Ok(printed.err().map_or(code, |error| exit_code(&error)))
}

fn code(reason: &EndReason) -> ExitCode {
    match early(reason) {
        None => ExitCode::SUCCESS,
        Some(text) => {
            report(&text);
            ExitCode::from(ENDED_EARLY)
        }
    }
}

/// Prints a line on stderr.
pub(crate) fn report(text: &str) {
    eprintln!("claudette-chat: {}", clean_line(text, 2_000));
}

fn deny(call: &ToolUse) -> Approval {
    let name = clean_line(call.name(), 100);
    report(&format!("the call of {name} was denied: allow it with --allow {name}, or all calls with --yes"));
    Approval::deny("the user is not present, and has not allowed this tool")
}

/// Returns the content of stdin, if it is not a terminal.
fn read_input() -> Result<Vec<u8>> {
    let stdin = io::stdin();
    let mut input = Vec::new();
    if !stdin.is_terminal() {
        let failed = |error: io::Error| Problem::new(format!("stdin cannot be read: {error}"));
        stdin.lock().take(MAX_INPUT + 1).read_to_end(&mut input).map_err(failed)?;
    }
    if input.len() as u64 > MAX_INPUT {
        return Err(Problem::new("stdin has more than 32 MiB: send a smaller part"));
    }
    Ok(input)
}

/// Returns the prompt: the files, the words of the command line, and stdin.
async fn blocks(prompt: &str, files: &[PathBuf], input: &[u8]) -> Result<Vec<ContentBlock>> {
    let (input, media) = match std::str::from_utf8(input) {
        Ok(text) => (text, None),
        Err(_) => ("", Some(media(input)?)),
    };
    let attached = attach(prompt, input, files).await?;
    let blocks: Vec<ContentBlock> = media.into_iter().chain(attached.blocks).collect();
    if blocks.is_empty() {
        return Err(Problem::new("there is no prompt: add words to the command line, or write to stdin"));
    }
    Ok(blocks)
}

fn media(input: &[u8]) -> Result<ContentBlock> {
    if input.starts_with(b"%PDF-") {
        return Ok(Document::from_bytes(input)?.into());
    }
    let image = Image::from_bytes(input);
    Ok(image.map_err(|_| Problem::new("stdin is not UTF-8 text, an image or a PDF"))?.into())
}

/// Prints the events and the result of a run.
struct Output {
    form: Form,
    cleaner: Cleaner,
}

impl Output {
    fn new(form: Form) -> Self {
        Self { form, cleaner: Cleaner::default() }
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.form == Form::Events {
            return put(&(serde_json::to_string(event)? + "\n"));
        }
        Ok(())
    }

    fn finish(&mut self, run: &Run, chat: &Chat, model: &str, session: Option<&str>) -> io::Result<()> {
        match self.form {
            Form::Events => Ok(()),
            Form::Json => put(&(serde_json::to_string(&Report::new(run, chat, model, session))? + "\n")),
            Form::Text => {
                // Also after the text of a model: a pipe can end in a terminal.
                let text = run.text();
                let text = self.cleaner.push(text.trim_end());
                put(&format!("{text}\n"))
            }
        }
    }

    fn fail(&self, error: &claudette::Error) -> io::Result<()> {
        let text = text(error);
        report(&text);
        match self.form {
            Form::Text => Ok(()),
            Form::Json | Form::Events => put(&(serde_json::to_string(&serde_json::json!({"error": text}))? + "\n")),
        }
    }
}

/// The JSON form of a run.
#[derive(Serialize)]
struct Report<'r> {
    text: String,
    model: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'r str>,
    end_reason: &'r EndReason,
    /// With summaries and sub-agents, like the cost.
    usage: claudette::Usage,
    /// In US dollars; `null` if the price of the model is not known.
    cost: Option<Dollars>,
    steps: Vec<StepReport<'r>>,
}

#[derive(Serialize)]
struct Dollars {
    total: f64,
    #[serde(flatten)]
    parts: claudette::catalog::Cost,
}

#[derive(Serialize)]
struct StepReport<'r> {
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallReport<'r>>,
}

#[derive(Serialize)]
struct CallReport<'r> {
    name: &'r str,
    input: &'r RawValue,
    result: std::borrow::Cow<'r, str>,
    is_error: bool,
    seconds: f64,
}

impl<'r> Report<'r> {
    fn new(run: &'r Run, chat: &Chat, model: &'r str, session: Option<&'r str>) -> Self {
        let call = |outcome: &'r claudette::ToolOutcome| CallReport {
            name: outcome.name(),
            input: outcome.call().input(),
            result: outcome.text(),
            is_error: outcome.is_error(),
            seconds: outcome.elapsed().as_secs_f64(),
        };
        let steps = run
            .steps()
            .iter()
            .map(|step| StepReport { text: step.response().text(), calls: step.outcomes().iter().map(call).collect() });
        Self {
            text: run.text(),
            model,
            session,
            end_reason: run.end_reason(),
            usage: chat.client().usage(),
            cost: chat.client().cost().map(|parts| Dollars { total: parts.total(), parts }),
            steps: steps.collect(),
        }
    }
}
