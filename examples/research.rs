//! A lead with three researchers that work at the same time, within one budget.

mod plain;

use claudette::testing::{MockResponse, MockServer};
use claudette::{Chat, Client, Event, ToolUse, tool, tools};
use plain::plain;
use serde_json::{Value, json};

const MODEL: &str = "claude-sonnet-5-5";

#[derive(Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Train,
    Plane,
    Bus,
}

/// Returns the timetable and the prices from Oslo to Bergen.
#[tool]
fn timetable(
    /// The means of transport
    transport: Transport,
) -> Value {
    match transport {
        Transport::Train => json!({"minutes": 404, "departures": 5, "nok": 899, "kg_co2": 1}),
        Transport::Plane => json!({"minutes": 55, "departures": 14, "nok": 1240, "kg_co2": 66, "to_airports": 95}),
        Transport::Bus => json!({"minutes": 560, "departures": 2, "nok": 640, "kg_co2": 14}),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> claudette::Result<()> {
    // Without an API key, the mock server at the end of this file answers.
    let claude = mock().await?;
    let client = match Client::new(MODEL) {
        Err(_) if std::env::var_os("ANTHROPIC_API_KEY").is_none() => claude.client(MODEL),
        client => client?,
    };

    let researcher = Chat::builder(&client)
        .system("Answer one question about travelling, in one sentence with numbers. Use the timetable.")
        .tools(tools![timetable])
        .max_steps(4)
        .max_tokens(1_000) // each request reserves the price of its maximum
        .build()?
        .into_tool("researcher", "Answers a question about one means of transport: duration, price, emissions.");
    let mut lead = Chat::builder(&client)
        .system("Ask a researcher about each means of transport, all at once. Then recommend one in three sentences.")
        .tools(tools![].with(researcher))
        .build()?;

    // The lead and all researchers share this budget.
    let mut calls: Vec<ToolUse> = Vec::new();
    let mut events = lead.toolloop("Train, plane or bus from Oslo to Bergen?").max_cost(1.00).stream();
    while let Some(event) = events.next().await {
        let number = |call: &ToolUse| calls.iter().position(|other| other.id() == call.id()).map_or(0, |at| at + 1);
        match event? {
            Event::ToolCall(call) => {
                calls.push(call.clone());
                println!("[{}] {}", calls.len(), plain(call.input().get()));
            }
            Event::SubAgent(inner) => {
                if let Event::ToolCall(call) = inner.event() {
                    println!("[{}]   → {}({})", number(inner.call()), plain(call.name()), plain(call.input().get()));
                }
            }
            Event::ToolResult(outcome) => {
                let cost = outcome.spent().and_then(|spent| spent.cost).map_or(0.0, |cost| cost.total());
                println!("[{}] ← {} (${cost:.4})", number(outcome.call()), plain(&outcome.text()));
            }
            Event::Done(run) => println!("\n{}\n", plain(&run.text())),
            _ => {}
        }
    }
    drop(events);
    let cost = lead.cost().map_or(0.0, |cost| cost.total());
    println!("{} researchers, ${cost:.4} of at most $1.00", calls.len());
    Ok(())
}

/// Starts the mock server. Researchers send their requests in any order, so each response depends on the request.
async fn mock() -> claudette::Result<MockServer> {
    let claude = MockServer::start().await?;
    for _ in 0..8 {
        claude.respond_with(answer);
    }
    Ok(claude)
}

fn answer(request: &Value) -> MockResponse {
    let messages = request["messages"].to_string();
    let has_results = messages.contains("tool_result");
    let is_lead = request["tools"][0]["name"] == "researcher";
    let of = |transport: &str, text: &'static str| (messages.contains(transport), transport.to_owned(), text);
    let parts = [
        of("train", "The train takes 6 h 44 min, costs 899 NOK and emits 1 kg of CO2."),
        of(
            "plane",
            "The plane takes 2 h 30 min with the trips to the airports, costs 1,240 NOK and emits 66 kg of CO2.",
        ),
        of("bus", "The bus takes 9 h 20 min, costs 640 NOK and emits 14 kg of CO2."),
    ];
    let asked = parts.into_iter().find(|(is_asked, ..)| *is_asked);
    match (is_lead, has_results, asked) {
        (true, false, _) => MockResponse::tool_uses(["train", "plane", "bus"].map(|transport| {
            let prompt = format!("How long does the {transport} from Oslo to Bergen take, and what does it cost?");
            ("researcher", json!({"prompt": prompt}))
        })),
        (true, true, _) => MockResponse::text(
            "Take the train: it emits almost no CO2, and you can work for 6 h 44 min. The plane saves four hours for 341 \
             NOK more. The bus is the cheapest and by far the slowest.",
        ),
        (false, false, Some((_, transport, _))) => MockResponse::tool_use("timetable", json!({"transport": transport})),
        (false, _, asked) => MockResponse::text(asked.map_or("I do not know.", |(.., text)| text)),
    }
}
