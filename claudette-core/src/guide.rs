//! The guide in `docs/`: its programs compile, and do what they say.

/// Makes each page an item with its text as documentation, for rustdoc to take the programs from.
macro_rules! pages {
    ($($name:ident = $file:literal;)+) => {
        $(
            #[doc = include_str!(concat!("../../docs/", $file))]
            struct $name;
        )+
    };
}

pages! {
    Tour = "tour.md";
    FirstTool = "first-tool.md";
    State = "state.md";
    Streaming = "streaming.md";
    Approval = "approval.md";
    Structured = "structured.md";
    CachingAndCost = "caching-and-cost.md";
    Errors = "errors.md";
    Testing = "testing.md";
    Models = "models.md";
    Performance = "performance.md";
    FromPython = "from-python.md";
}
