//! Values compared with their schema, and with what their type has read of them.

mod contradiction;
mod describe;
mod node;
mod number;
mod path;
mod reader;
mod schema_violation;
mod suggest;
mod tree;
mod validator;

pub(crate) use self::contradiction::contradiction;
pub(crate) use self::node::{ReadError, Reading};
pub(crate) use self::path::{Scanner, push_key};
pub(crate) use self::reader::{judge, read_whole};
pub(crate) use self::schema_violation::{is_needed, mistakes};
pub(crate) use self::suggest::{list, nearest};
pub(crate) use self::tree::Kind;
pub(crate) use self::tree::Tree;
