//! A tool with the same name as its module cannot be imported beside the module, but its path works.
use claudette::tools;

mod search {
    /// Searches.
    #[claudette::tool]
    pub fn search() {}
}

#[test]
fn it_is_accepted() {
    assert_eq!(tools![search::search].len(), 1);
    search::search();
}
