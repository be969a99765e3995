use claudette::tools;
use search::search;

mod search {
    /// Searches.
    #[claudette::tool]
    pub fn search() {}
}

fn main() {
    let _ = tools![search];
}
