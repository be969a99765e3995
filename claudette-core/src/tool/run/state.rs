//! [`State`]: values that the program provides to its tools.

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value that the program provides to its tools: a connection pool, a table, a configuration.
///
/// A tool takes it as an argument, which the model does not see. Provide one value per type with
/// [`ChatBuilder::state`](crate::chat::ChatBuilder::state), or with [`Toolset::state`](crate::Toolset::state) outside a
/// chat. If a value is missing, an error is returned before anything is sent. Clones share the value.
///
/// ```
/// use claudette::{State, ToolContext, tool, tools};
///
/// struct Stations(Vec<&'static str>);
///
/// /// Checks whether a city has a weather station.
/// #[tool]
/// fn has_station(
///     stations: State<Stations>,
///     /// City name, e.g. "Oslo"
///     city: &str,
/// ) -> bool {
///     stations.0.contains(&city)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let tools = tools![has_station].state(Stations(vec!["Oslo"]));
/// assert_eq!(tools.call("has_station", r#"{"city": "Oslo"}"#, &ToolContext::default()).await.text(), "true");
///
/// // If the program calls the function itself, it passes the state.
/// assert!(!has_station(State::new(Stations(vec![])), "Oslo"));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "dependency injection")]
#[doc(alias = "shared state")]
pub struct State<T>(Arc<T>);

impl<T> State<T> {
    /// Creates a state from a value.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> From<Arc<T>> for State<T> {
    fn from(shared: Arc<T>) -> Self {
        Self(shared)
    }
}

impl<T: fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("State").field(&self.0).finish()
    }
}

/// The type of a [`State`] that a tool requires.
///
/// ```
/// use claudette::tooling::StateType;
///
/// assert_eq!(StateType::of::<u8>().to_string(), "State<u8>");
/// ```
#[derive(Clone, Copy)]
pub struct StateType {
    id: fn() -> TypeId,
    /// The id of an `Arc` of the value.
    shared: fn() -> TypeId,
    name: fn() -> &'static str,
}

impl StateType {
    /// Returns the type of a `State<T>`.
    pub const fn of<T: Send + Sync + 'static>() -> Self {
        Self { id: TypeId::of::<T>, shared: TypeId::of::<Arc<T>>, name: type_name::<T> }
    }
}

/// Shows the type as it is written in an argument.
impl fmt::Display for StateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State<{}>", (self.name)())
    }
}

impl fmt::Debug for StateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Names of types that wrap a value and do not identify it.
const POINTERS: [&str; 10] = ["Arc", "Box", "Cell", "Mutex", "OnceLock", "Option", "Rc", "RefCell", "RwLock", "Vec"];

/// The values that are provided to one tool, one of each type. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct States(Option<Arc<Vec<Value>>>);

#[derive(Clone)]
struct Value {
    id: TypeId,
    name: &'static str,
    value: Arc<dyn Any + Send + Sync>,
}

impl States {
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        match self.find(TypeId::of::<T>()) {
            Some(value) => value.value.clone().downcast().ok().map(State),
            // A program that shares its value already may provide an `Arc` of it.
            None => self.find(TypeId::of::<Arc<T>>())?.value.downcast_ref::<Arc<T>>().cloned().map(State),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn has(&self, state: StateType) -> bool {
        self.find((state.id)()).or_else(|| self.find((state.shared)())).is_some()
    }

    /// Returns the type of a value that was probably meant: a type with the same word in its name, such as `Mutex<Db>`
    /// for `Db`.
    pub(crate) fn similar_to(&self, missing: StateType) -> Option<&'static str> {
        let words = |name: &'static str| {
            name.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .filter_map(|path| path.rsplit("::").next())
                .filter(|word| word.starts_with(char::is_uppercase) && !POINTERS.contains(word))
        };
        let wanted: Vec<_> = words((missing.name)()).collect();
        self.iter().map(|value| value.name).find(|name| words(name).any(|word| wanted.contains(&word)))
    }

    /// Adds a value, unless a value of its type exists.
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, state: &State<T>) {
        self.push(&Value { id: TypeId::of::<T>(), name: type_name::<T>(), value: state.0.clone() });
    }

    /// Adds the values of `others` whose types are not present.
    pub(crate) fn fill_from(&mut self, others: &Self) {
        if self.0.is_none() {
            self.clone_from(others);
        } else {
            others.iter().for_each(|value| self.push(value));
        }
    }

    fn push(&mut self, value: &Value) {
        if self.find(value.id).is_none() {
            Arc::make_mut(self.0.get_or_insert_default()).push(value.clone());
        }
    }

    fn find(&self, id: TypeId) -> Option<&Value> {
        self.iter().find(|value| value.id == id)
    }

    fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().flat_map(|values| values.iter())
    }
}

/// Shows the names of the types, because the values may not implement `Debug`.
impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|value| value.name)).finish()
    }
}
