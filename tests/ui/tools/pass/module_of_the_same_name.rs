//! A tool in a module that is called as it is cannot be imported beside the module; its path leads to it.
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
