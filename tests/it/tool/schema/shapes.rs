//! [`Shape`]: a tool for each kind of argument type, with values of its arguments.

#![allow(clippy::many_single_char_names, clippy::vec_box, reason = "shapes, whose details do not matter")]

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroI8, NonZeroU32};
use std::time::Duration;

use claudette::{Toolset, tool, tools};
use jsonschema::Validator;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::values::anything;

/// A tool that returns its arguments, and a generator of its arguments.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) tools: Toolset,
    pub(crate) arguments: BoxedStrategy<Value>,
    /// Reads arguments with the types themselves. Returns `None` if they cannot be read.
    pub(crate) read: fn(&Value) -> Option<Value>,
    /// Validators of the schema, and of the schema with `null` for optional fields; made on demand.
    pub(crate) validator: OnceCell<Validator>,
    pub(crate) with_nulls: OnceCell<Validator>,
}

/// Defines shapes: `name(argument: Type, ..)`.
macro_rules! shapes {
    ($($name:ident($($(#[$key:meta])* $argument:ident: $type:ty),*);)*) => {
        $(
            /// Returns its arguments.
            #[tool]
            fn $name($(
                /// The argument
                $(#[$key])*
                $argument: $type
            ),*) -> Value {
                json!({$(stringify!($argument): $argument),*})
            }
        )*

        pub(crate) fn shapes() -> Vec<Shape> {
            vec![$(
                Shape {
                    name: stringify!($name),
                    tools: tools![$name],
                    arguments: ($(any::<$type>(),)*)
                        // Values that JSON cannot represent are not arguments.
                        .prop_filter_map("no JSON", |($($argument,)*)| {
                            Some(Value::Object(Map::from_iter([
                                $((stringify!($argument).to_owned(), serde_json::to_value($argument).ok()?)),*
                            ])))
                        })
                        .boxed(),
                    read: |arguments| {
                        let mut read = Map::new();
                        $(
                            let has_default = !concat!($(stringify!($key))*).is_empty();
                            let value = arguments.get(stringify!($argument));
                            // Optional fields may be null.
                            if !(has_default && value.is_none_or(Value::is_null)) {
                                let one = value.map_or_else(|| json!({}), |value| json!({"it": value}));
                                let One { it } = serde_json::from_str::<One<$type>>(&one.to_string()).ok()?;
                                read.insert(stringify!($argument).to_owned(), serde_json::to_value(it).ok()?);
                            }
                        )*
                        Some(Value::Object(read))
                    },
                    validator: OnceCell::new(),
                    with_nulls: OnceCell::new(),
                }
            ),*]
        }
    };
}

shapes! {
    integers(a: i8, b: i16, c: i32, d: i64, e: isize, f: Wide<i128>);
    unsigned(a: u8, b: u16, c: u32, d: u64, e: usize, f: Wide<u128>);
    nonzero(a: Byte, b: Count);
    floats(a: f32, b: f64);
    texts(a: String, b: char, c: Cow<'static, str>, d: Box<str>);
    truth(a: bool);
    nothing(a: ());
    options(a: Option<i64>, b: Option<Point>, c: Option<Plain>, d: Option<Way>, e: Option<Vec<Option<u8>>>);
    defaults(#[tool(default = 7)] a: u8, #[tool(default = Way::Left)] b: Way, #[tool(default = vec![])] c: Vec<Point>);
    lists(a: Vec<String>, b: Vec<Vec<i64>>, c: [u8; 3], d: BTreeSet<i64>, e: Vec<Option<Point>>);
    tuples(a: (i64, String), b: ((u8,), Option<bool>), c: Vec<(f64, Plain)>);
    maps(a: HashMap<String, i64>, b: BTreeMap<String, Point>, c: BTreeMap<String, Option<bool>>);
    keyed(a: BTreeMap<i32, bool>, b: BTreeMap<u64, Point>, c: BTreeMap<Plain, u8>);
    nested(a: Line);
    boxed(a: Box<Point>, b: Box<i64>, c: Vec<Box<Way>>);
    newtypes(a: Meters, b: Name, c: Vec<Meters>);
    bounded(a: Bounded);
    ages(a: Age, b: Vec<Age>);
    fields(a: Fields);
    units(a: Plain, b: Documented, c: Way);
    unit_structs(a: Unit, b: Empty);
    external(a: External);
    internal(a: Internal);
    adjacent(a: Adjacent);
    untagged(a: Untagged);
    flattened(a: Flattened);
    flattened_enum(a: FlattenedEnum);
    flattened_map(a: FlattenedMap);
    recursive(a: Tree, b: Option<Box<Expression>>);
    results(a: Result<u8, String>);
    values(a: Anything, b: Vec<Anything>, c: Option<Holder>);
    network(a: IpAddr, b: Ipv4Addr, c: Duration);
}

/// A field, with serde's rule for missing fields.
#[derive(Deserialize)]
struct One<T> {
    it: T,
}

/// Implements `Arbitrary` for types, from their parts.
macro_rules! arbitrary {
    ($($type:ty: $parts:ty => $make:expr;)*) => {
        $(
            impl Arbitrary for $type {
                type Parameters = ();
                type Strategy = BoxedStrategy<Self>;

                fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
                    any::<$parts>().prop_map($make).boxed()
                }
            }
        )*
    };
}

arbitrary! {
    Wide<i128>: i64 => |n| Self(n.into());
    Wide<u128>: u64 => |n| Self(n.into());
    Byte: i8 => |n| Self(NonZeroI8::new(n).unwrap_or(NonZeroI8::MIN));
    Count: u32 => |n| Self(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
    Point: (f64, f64, Option<String>) => |(x, y, label)| Self { x, y, label };
    Line: (Vec<Point>, Way, Option<Meters>) => |(points, way, width)| Self { points, way, width };
    Meters: f64 => Self;
    Name: String => Self;
    Bounded: (u8, i32, String, Vec<u8>) => |(percent, age, word, list)| Self {
        percent: percent % 101,
        age: age.saturating_abs(),
        word: format!("a{word}").chars().take(5).collect(),
        list: [&[1], &*list].concat().into_iter().take(3).collect(),
    };
    Age: i8 => |age| Self(age.saturating_abs());
    Fields: (u8, Option<i64>, Vec<String>, bool) => |(r#type, maybe, list, flag)| {
        Self { r#type, maybe, list, flag, hidden: 0 }
    };
    Plain: u8 => |n| [Self::B, Self::A, Self::LongName][usize::from(n) % 3];
    Documented: u8 => |n| [Self::One, Self::Two][usize::from(n) % 2];
    Way: u8 => |n| [Self::Up, Self::Left, Self::StraightOn, Self::Down][usize::from(n) % 4];
    Unit: () => |()| Self;
    Empty: () => |()| Self {};
    External: (u8, Point, i64, Option<String>) => |(n, point, number, text)| match n % 6 {
        0 => Self::Nothing,
        1 => Self::Number(number),
        2 => Self::Pair(number, point),
        3 => Self::Struct { point, text },
        4 => Self::Documented,
        _ => Self::Point(point),
    };
    Internal: (u8, Point, Option<String>) => |(n, point, text)| match n % 3 {
        0 => Self::Nothing,
        1 => Self::Struct { text },
        _ => Self::Point(point),
    };
    Adjacent: (u8, Point, i64, Option<String>) => |(n, point, number, text)| match n % 4 {
        0 => Self::Nothing,
        1 => Self::Pair(number, point),
        2 => Self::Struct { text },
        _ => Self::Number(number),
    };
    Untagged: (u8, Point, i64, String) => |(n, point, number, text)| match n % 5 {
        0 => Self::Number(number),
        1 => Self::Text(text),
        2 => Self::Point(point),
        3 => Self::List(vec![number]),
        _ => Self::Other { text, number },
    };
    Flattened: (String, Point, bool) => |(name, point, last)| Self { name, point, last };
    FlattenedEnum: (String, Internal) => |(name, rest)| Self { name, rest };
    FlattenedMap: (String, BTreeMap<String, i64>) => |(name, mut rest)| {
        rest.remove("name");
        Self { name, rest }
    };
    Tree: Vec<(Way, u8)> => |nodes| {
        let leaf = Self { way: Way::Up, children: Vec::new(), parent: None };
        nodes.into_iter().take(3).fold(leaf, |tree, (way, children)| {
            Self { way, children: vec![tree.clone(); usize::from(children % 3)], parent: Some(Box::new(tree)) }
        })
    };
    Expression: Vec<(u8, i64)> => |steps| steps.into_iter().take(6).fold(Self::Number(0), |inner, (n, number)| {
        match n % 3 {
            0 => Self::Number(number),
            1 => Self::Negative(Box::new(inner)),
            _ => Self::Sum { left: Box::new(inner), right: Box::new(Self::Number(number)) },
        }
    });
}

impl Arbitrary for Anything {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        anything().prop_map(Self).boxed()
    }
}

impl Arbitrary for Holder {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> BoxedStrategy<Self> {
        (anything(), prop::collection::btree_map(any::<String>(), anything(), 0..3))
            .prop_map(|(any, fields)| Self { any, fields: fields.into_iter().collect() })
            .boxed()
    }
}

/// An integer of 128 bits; JSON is read up to 64 bits.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Wide<T>(T);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Byte(NonZeroI8);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Count(NonZeroU32);

/// A point on the map.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
struct Point {
    /// To the east
    x: f64,
    y: f64,
    label: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Line {
    /// From end to end
    points: Vec<Point>,
    way: Way,
    #[serde(default)]
    width: Option<Meters>,
}

/// A length in metres.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Meters(f64);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
struct Name(String);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Bounded {
    #[schemars(range(max = 100))]
    percent: u8,
    #[schemars(range(min = 0))]
    age: i32,
    #[schemars(length(min = 1, max = 5))]
    word: String,
    #[schemars(length(min = 1, max = 3))]
    list: Vec<u8>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Age(#[schemars(range(min = 0))] i8);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    #[serde(rename = "kind of")]
    r#type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    maybe: Option<i64>,
    #[serde(default)]
    list: Vec<String>,
    #[serde(default = "yes")]
    flag: bool,
    #[serde(skip)]
    #[expect(dead_code, reason = "hidden from the model as well")]
    hidden: u8,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Plain {
    B,
    A,
    LongName,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
enum Documented {
    /// The first
    One,
    /// The second,
    /// on two lines
    Two,
}

/// Where to.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Way {
    /// To the sky
    Up,
    Left,
    /// Ahead
    StraightOn,
    Down,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Unit;

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Empty {}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
enum External {
    Nothing,
    Number(i64),
    Pair(i64, Point),
    Struct {
        point: Point,
        text: Option<String>,
    },
    /// Nothing either
    Documented,
    /// A point
    Point(Point),
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Internal {
    Nothing,
    /// With fields
    Struct {
        text: Option<String>,
    },
    Point(Point),
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    Nothing,
    Pair(i64, Point),
    Struct { text: Option<String> },
    Number(i64),
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(i64),
    Text(String),
    Point(Point),
    List(Vec<i64>),
    Other { text: String, number: i64 },
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Flattened {
    name: String,
    #[serde(flatten)]
    point: Point,
    last: bool,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct FlattenedEnum {
    name: String,
    #[serde(flatten)]
    rest: Internal,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct FlattenedMap {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

/// A tree.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
struct Tree {
    way: Way,
    children: Vec<Tree>,
    parent: Option<Box<Tree>>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Expression {
    Number(i64),
    Negative(Box<Expression>),
    Sum { left: Box<Expression>, right: Box<Expression> },
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
struct Anything(Value);

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
struct Holder {
    any: Value,
    fields: Map<String, Value>,
}
