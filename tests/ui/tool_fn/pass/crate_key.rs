//! The dependency under another name.
mod vendored {
    pub(crate) use ::claudette as library;
}

use vendored::library::tools;

/// Adds one.
#[vendored::library::tool(crate = crate::tool_fn::pass::crate_key::vendored::library)]
async fn one(
    /// To what
    #[tool(default = 1)]
    to: i64,
) -> i64 {
    to + 1
}

#[test]
fn it_is_accepted() {
    assert_eq!(tools![one].len(), 1);
}
