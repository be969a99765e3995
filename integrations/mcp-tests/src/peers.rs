//! [`Peers`]: the servers and clients of others that `peers install` has installed.

use std::path::PathBuf;

/// The programs that the script `peers` installs. Each is `None` if its variable is not set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Peers {
    node: Option<String>,
    modules: Option<PathBuf>,
    python: Option<String>,
    python_1: Option<String>,
}

impl Peers {
    /// Reads the variables that `peers install` prints.
    pub fn from_env() -> Self {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            node: variable("CLAUDETTE_MCP_NODE"),
            modules: variable("CLAUDETTE_MCP_MODULES").map(PathBuf::from),
            python: variable("CLAUDETTE_MCP_PYTHON"),
            python_1: variable("CLAUDETTE_MCP_PYTHON_1"),
        }
    }

    /// Returns the program and the arguments that start a script of an npm package, for example
    /// `server-everything/dist/index.js`. Without Node it prints why the test is skipped.
    pub fn node(&self, script: &str) -> Option<(String, Vec<String>)> {
        let (Some(node), Some(modules)) = (&self.node, &self.modules) else {
            skipped(script, "CLAUDETTE_MCP_NODE and CLAUDETTE_MCP_MODULES are");
            return None;
        };
        let path = modules.join("@modelcontextprotocol").join(script);
        Some((node.clone(), vec![path.to_str().unwrap().to_owned()]))
    }

    /// Returns the Python interpreter with this major version of the package `mcp`. Without it, it prints why the test is
    /// skipped.
    pub fn python(&self, major: u32) -> Option<String> {
        let (python, variable) = match major {
            1 => (&self.python_1, "CLAUDETTE_MCP_PYTHON_1 is"),
            _ => (&self.python, "CLAUDETTE_MCP_PYTHON is"),
        };
        if python.is_none() {
            skipped(&format!("Python mcp {major}"), variable);
        }
        python.clone()
    }
}

fn skipped(what: &str, variable: &str) {
    eprintln!("skipped: {what} was not tested, because {variable} not set; see integrations/mcp-tests/peers");
}

/// Returns the folder that programs of others get as `HOME`, so they do not write into the real one.
pub fn scratch_home() -> String {
    let path = std::env::temp_dir().join("claudette-mcp-home");
    std::fs::create_dir_all(&path).unwrap();
    path.to_str().unwrap().to_owned()
}
