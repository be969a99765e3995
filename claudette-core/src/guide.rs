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
         [guide]: crate::guide\n\n"
    };
}
use links;

/// Makes a module from each page. The programs in it are doc tests.
macro_rules! pages {
    ($($name:ident = $file:literal;)+) => {
        $(
            #[allow(clippy::doc_markdown, reason = "tables of words as they are on the wire")]
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
}
