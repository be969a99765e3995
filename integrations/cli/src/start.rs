//! The start of the program: from the command line to a conversation.

use std::path::PathBuf;
use std::process::ExitCode;

use claudette::{Client, TextEditor, Toolset, testing};
use claudette_mcp::McpServers;

use crate::app::{App, Begin, all_tools, open};
use crate::args::Args;
use crate::attach::words;
use crate::error::{Problem, Result};
use crate::interrupt::Interrupts;
use crate::mcp::McpFile;
use crate::permissions::Permissions;
use crate::print_mode::{self, Form, report};
use crate::prompt::ask_key;
use crate::render::{Role, Theme, clean_line};
use crate::sessions::Sessions;
use crate::settings::Settings;
use crate::terminal::{self, put};
use crate::{data, interactive};

/// Runs the program.
///
/// # Errors
/// Returns an error if the conversation cannot begin.
pub(crate) async fn run(args: Args, tools: impl FnOnce(&Client) -> claudette::Result<Toolset>) -> Result<ExitCode> {
    let is_interactive = terminal::is_interactive() && !args.is_print();
    if !is_interactive && !args.is_print() && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        return Err(Problem::new("the output is not a terminal: use --print for one answer"));
    }
    if is_interactive {
        terminal::restore_at_end();
        terminal::end_on_signals();
    }
    let input = words(&args.input)?;
    let theme = Theme::detect(args.color);
    let settings = Settings::new(&args);
    let is_stored = !args.no_store && (is_interactive || args.session.is_some() || args.resume);
    let folder = match data::folder() {
        _ if args.no_store => None,
        Ok(folder) => Some(folder),
        Err(error) if is_stored && args.db.is_none() => return Err(error),
        Err(_) => None,
    };
    let sessions = match (is_stored, &args.db, &folder) {
        (true, Some(path), _) => Some(Sessions::open(path).await?),
        (true, None, Some(folder)) => Some(Sessions::open(&folder.join("chats.db")).await?),
        _ => None,
    };
    let begin = begin(&args, sessions.as_ref()).await?;
    let client = testing::client_or_mock(&settings.model).await?;
    let policy = settings.context(&client)?;
    let own_tools = own_tools(&args, tools(&client)?)?;
    let servers =
        servers(&args, folder.as_ref().map(|folder| folder.join("trusted-mcp")), is_interactive, &theme).await?;
    let tools = all_tools(&own_tools, servers.as_ref());
    let permissions = Permissions::new(args.yes, args.allow.clone());
    let (id, mut chat) = open(begin, sessions.as_ref(), &settings, &client, &tools).await?;
    if is_interactive {
        let (prompt, files) = input;
        let first = Some(prompt).filter(|prompt| !prompt.is_empty());
        let app = App {
            client,
            settings,
            permissions,
            theme,
            shows_thinking: args.show_thinking,
            own_tools,
            servers,
            sessions,
            id,
            chat,
            outcomes: Vec::new(),
            interrupted: None,
            failed: None,
            files,
        };
        return interactive::run(app, first, folder.map(|folder| folder.join("history.txt")).as_deref()).await;
    }
    let form = match (args.json, args.json_stream) {
        (true, _) => Form::Json,
        (_, true) => Form::Events,
        _ => Form::Text,
    };
    let session = sessions.is_some().then_some(id.as_str());
    let code = print_mode::run(&mut chat, permissions, policy, input, session, form).await;
    if let Some(servers) = servers {
        servers.close().await;
    }
    code
}

/// Returns the session that the command line names.
async fn begin(args: &Args, sessions: Option<&Sessions>) -> Result<Begin> {
    if let Some(id) = &args.session {
        return Ok(Begin::Id(id.clone()));
    }
    let Some(sessions) = sessions.filter(|_| args.resume) else { return Ok(Begin::New) };
    let stored = sessions.list().await?;
    let last = stored.iter().find(|chat| chat.owner().is_none());
    match last {
        Some(chat) => Ok(Begin::Id(chat.id().to_owned())),
        None => Err(Problem::new("there is no session to continue: start without --continue")),
    }
}

fn own_tools(args: &Args, tools: Toolset) -> Result<Toolset> {
    let editor = args.edit.as_ref().map(TextEditor::new).transpose()?;
    Ok(match editor {
        Some(editor) => tools.with(editor),
        None => tools,
    })
}

/// Connects to the MCP servers, if there are any and the user trusts their file.
async fn servers(
    args: &Args,
    trusted: Option<PathBuf>,
    is_interactive: bool,
    theme: &Theme,
) -> Result<Option<McpServers>> {
    if args.no_mcp {
        return Ok(None);
    }
    let Some(file) = McpFile::find(args.mcp.as_deref())? else { return Ok(None) };
    let path = clean_line(&file.path.display().to_string(), 200);
    if !file.is_trusted(trusted.as_deref()) {
        if !is_interactive {
            report(&format!("the servers of {path} were not started: name the file with --mcp {path} if you trust it"));
            return Ok(None);
        }
        if !ask_trust(&file, &path, theme).map_err(Problem::from)? {
            return Ok(None);
        }
        if let Err(error) = file.trust(trusted.as_deref()) {
            report(&format!("the answer was not stored: {error}"));
        }
    }
    let mut interrupts = Interrupts::new();
    if is_interactive {
        put(&theme.paint(Role::Dim, "starting the MCP servers … (Ctrl-C skips them)\n")).map_err(Problem::from)?;
    }
    let servers = tokio::select! {
        servers = file.connect(&args.trust) => servers,
        () = interrupts.next() => {
            report("the MCP servers were skipped");
            return Ok(None);
        }
    };
    match servers {
        Ok(servers) => {
            servers.report().problems().for_each(|problem| report(&format!("MCP: {problem}")));
            Ok(Some(servers))
        }
        // A file that the user has named is a condition of the conversation.
        Err(error) if args.mcp.is_some() => Err(error),
        Err(error) => {
            report(&format!("MCP: {error}"));
            Ok(None)
        }
    }
}

fn ask_trust(file: &McpFile, path: &str, theme: &Theme) -> std::io::Result<bool> {
    put(&format!("{}\n", theme.paint(Role::Question, &format!("{path} of this folder starts these MCP servers:"))))?;
    for server in &file.servers {
        put(&format!("  {server}\n"))?;
    }
    let question = theme.paint(Role::Question, "trust this file, and start them? [y]es, [n]o ");
    let is_trusted = ask_key(&question, &['y', 'n'])? == Some('y');
    put(if is_trusted { "yes\n" } else { "no\n" })?;
    Ok(is_trusted)
}
