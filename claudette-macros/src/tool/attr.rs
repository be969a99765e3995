//! The grammar of `#[tool(..)]`, on a function, on an `impl` block and on an argument.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token, Visibility};

use crate::errors::Errors;

/// The keys on a function.
#[derive(Default)]
pub(super) struct FnKeys {
    pub(super) name: Option<LitStr>,
    pub(super) description: Option<Expr>,
    pub(super) strict: bool,
    pub(super) defer_loading: bool,
    pub(super) allowed_callers: Option<Expr>,
    pub(super) blocking: Option<Ident>,
    pub(super) exclusive: Option<Exclusive>,
    pub(super) timeout: Option<Expr>,
    /// `read_only`, `idempotent` and `destructive`.
    pub(super) annotations: Vec<Ident>,
    krate: Option<Path>,
}

/// The calls that must not run at the same time.
pub(super) enum Exclusive {
    /// All other calls: `exclusive`.
    All,
    /// Calls with the same key: `exclusive = key`.
    Key(Box<Expr>),
}

/// The keys on an `impl` block.
#[derive(Default)]
pub(super) struct BlockKeys {
    pub(super) calls: Option<CallsName>,
    krate: Option<Path>,
}

/// The enum of `calls = BankCalls`, or `calls = pub BankCalls`.
pub(super) struct CallsName {
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
}

impl Parse for CallsName {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { vis: input.parse()?, ident: input.parse()? })
    }
}

/// The keys on an argument.
#[derive(Default)]
pub(super) struct ArgKeys {
    pub(super) default: Option<Expr>,
    pub(super) description: Option<Expr>,
    pub(super) rename: Option<LitStr>,
    pub(super) context: Option<Ident>,
    pub(super) state: Option<Ident>,
    /// The given keys that are allowed only on an argument for the model.
    pub(super) for_the_model: Vec<Ident>,
}

impl FnKeys {
    const KNOWN: &[&str] = &[
        "name = \"..\"",
        "description = \"..\"",
        "strict",
        "defer_loading",
        "allowed_callers = [..]",
        "blocking",
        "exclusive",
        "exclusive = key",
        "timeout = duration",
        "read_only",
        "idempotent",
        "destructive",
        "crate = path",
    ];

    /// Reads the keys of a function outside an `impl` block.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        Self::parse_known(tokens, Self::KNOWN, errors)
    }

    /// Reads the keys of a function in an `impl` block. `crate` is not allowed, because it is a key of the block.
    pub(super) fn parse_in_block(mark: &Attribute, errors: &mut Errors) -> Self {
        Self::parse_known(tokens_of(mark), &Self::KNOWN[..Self::KNOWN.len() - 1], errors)
    }

    fn parse_known(tokens: TokenStream, known: &[&str], errors: &mut Errors) -> Self {
        let mut keys = Self::default();
        parse_keys(tokens, known, errors, |key, value| {
            match key {
                "name" => keys.name = Some(value.parse("a string literal, as in `name = \"get_weather\"`")?),
                "description" => {
                    keys.description = Some(value.parse("a string, as in `description = \"Adds a + b.\"`")?);
                }
                "strict" => {
                    value.alone()?;
                    keys.strict = true;
                }
                "defer_loading" => {
                    value.alone()?;
                    keys.defer_loading = true;
                }
                "allowed_callers" => {
                    let expected = "a list of callers, as in `allowed_callers = [ToolCaller::Code]`";
                    keys.allowed_callers = Some(value.parse(expected)?);
                }
                "blocking" => keys.blocking = Some(value.alone()?),
                "exclusive" => {
                    keys.exclusive = Some(if value.is_alone() {
                        Exclusive::All
                    } else {
                        let key =
                            value.parse("an expression over the arguments, as in `exclusive = order.customer`")?;
                        Exclusive::Key(Box::new(key))
                    });
                }
                "timeout" => {
                    keys.timeout = Some(value.parse("a `Duration`, as in `timeout = Duration::from_secs(30)`")?);
                }
                "read_only" | "idempotent" | "destructive" => keys.annotations.push(value.alone()?),
                _ => keys.krate = Some(value.parse("a path, as in `crate = my_name`")?),
            }
            Ok(())
        });
        keys.refuse_contradictions(errors);
        keys
    }

    /// Reports keys that contradict each other.
    fn refuse_contradictions(&self, errors: &mut Errors) {
        let is_read_only = self.annotations.iter().any(|key| key == "read_only");
        if let Some(key) = self.annotations.iter().find(|key| is_read_only && *key == "destructive") {
            errors.at(key, "a tool is either `read_only` or `destructive`; remove one of the two");
        }
        if let Some(code) = self.allowed_callers.as_ref().filter(|_| self.strict).and_then(code_in) {
            errors.at(code, "code cannot call a `strict` tool; remove `strict`, or this caller");
        }
    }

    pub(super) fn krate(&self) -> TokenStream {
        krate(self.krate.as_ref())
    }
}

impl BlockKeys {
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut keys = Self::default();
        parse_keys(tokens, &["calls = Name", "crate = path"], errors, |key, value| {
            match key {
                "calls" => keys.calls = Some(value.parse("the name of a new enum, as in `calls = BankCalls`")?),
                _ => keys.krate = Some(value.parse("a path, as in `crate = my_name`")?),
            }
            Ok(())
        });
        keys
    }

    pub(super) fn krate(&self) -> TokenStream {
        krate(self.krate.as_ref())
    }
}

/// Returns the caller in a list that is code. A list in another form is checked before it is sent.
fn code_in(callers: &Expr) -> Option<&Expr> {
    match callers {
        Expr::Array(list) => list.elems.iter().find(|caller| match caller {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Code"),
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.value().starts_with("code_execution_"),
            _ => false,
        }),
        Expr::Reference(list) => code_in(&list.expr),
        _ => None,
    }
}

/// Returns the path of the crate that the generated code calls.
fn krate(given: Option<&Path>) -> TokenStream {
    given.map_or_else(|| quote!(::claudette), Path::to_token_stream)
}

fn tokens_of(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

impl ArgKeys {
    const KNOWN: &[&str] = &["default = expression", "description = \"..\"", "rename = \"..\"", "context", "state"];

    /// Reads all `#[tool(..)]` attributes of an argument.
    pub(super) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut keys = Self::default();
        for attr in attrs {
            let tokens = tokens_of(attr);
            if tokens.is_empty() {
                let message =
                    format!("`#[tool(..)]` on an argument needs a key; the keys here are {}", list(Self::KNOWN));
                errors.at(attr, message);
            }
            parse_keys(tokens, Self::KNOWN, errors, |key, value| {
                if !matches!(key, "context" | "state") {
                    keys.for_the_model.push(value.key.clone());
                }
                match key {
                    "context" => keys.context = Some(value.alone()?),
                    "state" => keys.state = Some(value.alone()?),
                    "default" => keys.default = Some(value.parse("an expression, as in `default = 1`")?),
                    "description" => {
                        keys.description = Some(value.parse("a string, as in `description = \"First thing to sum\"`")?);
                    }
                    _ => keys.rename = Some(value.parse("a string literal, as in `rename = \"type\"`")?),
                }
                Ok(())
            });
        }
        keys
    }
}

/// Returns `true` if an attribute is `#[tool]`, by any path.
pub(super) fn is_tool(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "tool")
}

/// Reads `key`, `key = value`, … and reports every key that is unknown, repeated or malformed.
fn parse_keys(
    tokens: TokenStream,
    known: &[&str],
    errors: &mut Errors,
    mut take: impl FnMut(&str, Value<'_>) -> syn::Result<()>,
) {
    let parser = |input: ParseStream<'_>| {
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            if let Err(error) = parse_key(input, known, &mut seen, &mut take) {
                errors.push(error);
                skip_to_comma(input)?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
}

fn parse_key(
    input: ParseStream<'_>,
    known: &[&str],
    seen: &mut Vec<Ident>,
    take: &mut impl FnMut(&str, Value<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    let Ok(key) = input.call(Ident::parse_any) else {
        return Err(input.error(format_args!("expected a key; the keys here are {}", list(known))));
    };
    let name = key.to_string();
    if !known.iter().any(|known| known.split(' ').next() == Some(&name)) {
        let message = if name == "calls" {
            "`calls` is a key of `impl` blocks; for functions, write `tools!(enum Calls { .. })` with their names"
                .to_owned()
        } else {
            format!("unknown key `{name}`; the keys here are {}", list(known))
        };
        return Err(syn::Error::new(key.span(), message));
    }
    let is_repeated = seen.contains(&key);
    take(&name, Value { key: &key, input })?;
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error("missing `,` between two keys"));
    }
    if is_repeated {
        return Err(syn::Error::new(key.span(), format_args!("`{name}` is given twice; remove one")));
    }
    seen.push(key);
    Ok(())
}

/// The tokens after a key.
struct Value<'a> {
    key: &'a Ident,
    input: ParseStream<'a>,
}

impl Value<'_> {
    fn parse<T: Parse>(self, expected: &str) -> syn::Result<T> {
        let Self { key, input } = self;
        let wrong = |tokens: &dyn ToTokens| syn::Error::new_spanned(tokens, format_args!("`{key}` needs {expected}"));
        if input.parse::<Option<Token![=]>>()?.is_none() {
            return Err(wrong(key));
        }
        let start = input.cursor();
        input.parse().map_err(|_| match start.token_tree() {
            Some((token, _)) => wrong(&token),
            None => wrong(key),
        })
    }

    /// Returns `true` if the key has no value.
    fn is_alone(&self) -> bool {
        self.input.is_empty() || self.input.peek(Token![,])
    }

    /// Checks that the key has no value.
    fn alone(self) -> syn::Result<Ident> {
        let Self { key, input } = self;
        if input.peek(Token![=]) || input.peek(syn::token::Paren) {
            return Err(input.error(format_args!("`{key}` does not take a value; write only `{key}`")));
        }
        Ok(key.clone())
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

fn list(known: &[&str]) -> String {
    let quoted: Vec<_> = known.iter().map(|key| format!("`{key}`")).collect();
    quoted.join(", ")
}
