#![doc = links!()]
#![doc = include_str!("../docs/README.md")]

/// The link targets of the guide pages. These definitions come first, so rustdoc uses them; GitHub uses the ones at the
/// end of each page.
macro_rules! links {
    () => {
        "[tour]: crate::guide::tour\n\
         [first-tool]: crate::guide::first_tool\n\
         [state]: crate::guide::state\n\
         [streaming]: crate::guide::streaming\n\
         [approval]: crate::guide::approval\n\
         [structured]: crate::guide::structured\n\
         [caching-and-cost]: crate::guide::caching_and_cost\n\
         [errors]: crate::guide::errors\n\
         [testing]: crate::guide::testing\n\
         [models]: crate::guide::models\n\
         [performance]: crate::guide::performance\n\
         [from-python]: crate::guide::from_python\n\
         [web-server]: crate::guide::web_server\n\
         [deployment]: crate::guide::deployment\n\
         [hosts]: crate::guide::hosts\n\
         [observability]: crate::guide::observability\n\
         [rate-limits]: crate::guide::rate_limits\n\
         [durable-runs]: crate::guide::durable_runs\n\
         [memory]: crate::guide::memory\n\
         [mcp]: crate::guide::mcp\n\
         [testing-in-ci]: crate::guide::testing_in_ci\n\
         [evals]: crate::guide::evals\n\
         [notebook]: crate::guide::notebook\n\
         [tool-descriptions]: crate::guide::tool_descriptions\n\
         [many-tools]: crate::guide::many_tools\n\
         [long-conversations]: crate::guide::long_conversations\n\
         [sub-agents]: crate::guide::sub_agents\n\
         [from-rig]: crate::guide::from_rig\n\
         [from-other-crates]: crate::guide::from_other_crates\n\
         [from-python-sdk]: crate::guide::from_python_sdk\n\
         [guide]: crate::guide\n\n"
    };
}
use links;

/// Makes a module from each page. The programs in it are doc tests.
macro_rules! pages {
    ($($name:ident = $file:literal;)+) => {
        $(
            #[allow(clippy::doc_markdown, reason = "the tables contain names of the wire format")]
            #[doc = links!()]
            #[doc = include_str!(concat!("../docs/", $file))]
            pub mod $name {}
        )+
    };
}

pages! {
    tour = "tour.md";
    first_tool = "first-tool.md";
    state = "state.md";
    streaming = "streaming.md";
    approval = "approval.md";
    structured = "structured.md";
    caching_and_cost = "caching-and-cost.md";
    errors = "errors.md";
    testing = "testing.md";
    models = "models.md";
    performance = "performance.md";
    from_python = "from-python.md";
    web_server = "web-server.md";
    deployment = "deployment.md";
    hosts = "hosts.md";
    observability = "observability.md";
    rate_limits = "rate-limits.md";
    durable_runs = "durable-runs.md";
    memory = "memory.md";
    mcp = "mcp.md";
    testing_in_ci = "testing-in-ci.md";
    evals = "evals.md";
    notebook = "notebook.md";
    tool_descriptions = "tool-descriptions.md";
    many_tools = "many-tools.md";
    long_conversations = "long-conversations.md";
    sub_agents = "sub-agents.md";
    from_rig = "from-rig.md";
    from_other_crates = "from-other-crates.md";
    from_python_sdk = "from-python-sdk.md";
}

/// The programs of the page for coding agents compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../AGENTS.md")]
struct Agents;

/// The program of `llms.txt` compiles.
#[cfg(doctest)]
#[doc = include_str!("../../llms.txt")]
struct LlmsTxt;
