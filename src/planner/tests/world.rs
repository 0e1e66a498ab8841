//! A small schema with interfaces, unions, inputs and a counter, and ways to ask it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    Enum, ID, InputObject, InputValueError, InputValueResult, Interface, MaybeUndefined, Object,
    OneofObject, Request, SDLExportOptions, Scalar, ScalarType, Schema, SimpleObject, Union,
    ValidationMode, Value, Variables,
};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use serde_json::{Map, Value as Json};

use crate::planner::{Limits, Planned, Planner, Refusal, Schema as Given};

pub(super) struct World {
    pub(super) planner: Planner,
    schema: Schema<Query, Mutation, Subscription>,
}

/// What is taken to change only when certain data does.
const STEADY: &[(&str, &[&str])] = &[
    ("Query", &["dog", "hits", "node", "days", "maybe", "filter"]),
    ("Dog", &["id", "name", "puppy", "peer"]),
    ("Cat", &["lives", "prey"]),
    ("Mutation", &["increase"]),
    ("Subscription", &["ticks"]),
];

/// How often a mutation ran.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

pub(super) fn world() -> World {
    world_with(Limits::default())
}

pub(super) fn world_with(limits: Limits) -> World {
    let schema = Schema::build(Query, Mutation, Subscription)
        .validation_mode(ValidationMode::Fast)
        .disable_suggestions()
        .limit_recursive_depth(64)
        .data(Runs::default())
        .finish();
    let sdl = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
    let given = Given {
        sdl: &sdl,
        scalars: &[("Money", money)],
        weights: &[("Query.total", 5), ("Dog.barks", 3)],
        lengths: &[],
        steady: STEADY,
    };
    World {
        planner: Planner::new(&given, limits).unwrap(),
        schema,
    }
}

impl World {
    pub(super) fn plan(&self, text: &str, variables: Json) -> Result<Planned, Refusal> {
        let document = self.planner.document(text)?;
        self.planner.plan(&document, None, object(variables))
    }

    /// Executes a document as planned, and returns its data.
    pub(super) fn run(&self, text: &str, variables: Json) -> Json {
        self.execute(self.plan(text, variables).unwrap().into_request())
    }

    pub(super) fn execute(&self, request: Request) -> Json {
        let response = self.schema.execute(request).now_or_never().unwrap();
        assert_eq!(response.errors, []);
        response.data.into_json().unwrap()
    }

    /// Everything that a subscription tells.
    pub(super) fn listen(&self, text: &str, variables: Json) -> Vec<Json> {
        let request = self.plan(text, variables).unwrap().into_request();
        let answers = self.schema.execute_stream(request);
        let answers = answers.collect::<Vec<_>>().now_or_never().unwrap();
        answers
            .into_iter()
            .map(|it| it.data.into_json().unwrap())
            .collect()
    }

    /// What is answered, as text: the order of the fields counts.
    pub(super) fn print(&self, request: Request) -> String {
        let response = self.schema.execute(request).now_or_never().unwrap();
        serde_json::to_string(&response).unwrap()
    }

    /// What async-graphql answers to the document as it is. It does not validate here either: it would
    /// refuse a variable that only a condition of `__typename` uses.
    pub(super) fn stock(&self, text: &str, variables: Json) -> Json {
        let request = Request::new(text).variables(Variables::from_json(variables));
        let response = self.schema.execute(request).now_or_never().unwrap();
        assert_eq!(response.errors, [], "{text}");
        response.data.into_json().unwrap()
    }

    pub(super) fn refuse(&self, text: &str, variables: Json) -> Refusal {
        let refusal = self.plan(text, variables).unwrap_err();
        assert!((1..=10).contains(&refusal.problems.len()));
        refusal
    }
}

pub(super) fn object(variables: Json) -> Map<String, Json> {
    match variables {
        Json::Object(it) => it,
        Json::Null => Map::new(),
        other => panic!("{other} are no variables"),
    }
}

/// Texts behind each other, for documents that are long.
pub(super) fn repeat(count: usize, text: impl FnMut(usize) -> String) -> String {
    (0..count).map(text).collect()
}

fn money(value: &Json) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    match text.parse::<u32>() {
        Ok(_) => Ok(()),
        Err(_) => Err("expected an amount in quotes like \"12\"".to_owned()),
    }
}

struct Money(String);

#[Scalar]
impl ScalarType for Money {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(it) => Ok(Self(it)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID"),
    field(name = "name", ty = "&String"),
    field(name = "peer", ty = "Option<Node>")
)]
pub(super) enum Node {
    Dog(Dog),
    Cat(Cat),
    Fish(Fish),
}

#[derive(Interface)]
#[graphql(
    field(name = "depth", ty = "&i32"),
    field(name = "name", ty = "&String")
)]
pub(super) enum Swimmer {
    Dog(Dog),
    Fish(Fish),
}

#[derive(Union)]
pub(super) enum Hit {
    Dog(Dog),
    Cat(Cat),
}

pub(super) struct Dog {
    depth: i32,
    name: String,
}

pub(super) struct Cat {
    name: String,
}

pub(super) struct Fish {
    depth: i32,
    name: String,
}

fn dog(depth: i32) -> Dog {
    let name = format!("dog {depth}");
    Dog { depth, name }
}

fn cat() -> Cat {
    let name = "cat".to_owned();
    Cat { name }
}

fn fish(depth: i32) -> Fish {
    let name = format!("fish {depth}");
    Fish { depth, name }
}

#[Object]
impl Dog {
    async fn id(&self) -> ID {
        ID(self.name.clone())
    }

    async fn name(&self) -> &String {
        &self.name
    }

    async fn depth(&self) -> &i32 {
        &self.depth
    }

    async fn barks(&self, loud: bool) -> String {
        format!("{loud}")
    }

    async fn peer(&self) -> Option<Node> {
        (self.depth < 9).then(|| Node::Cat(cat()))
    }

    async fn puppy(&self) -> Dog {
        dog(self.depth + 1)
    }

    async fn friends(&self, #[graphql(default = 2)] first: i32) -> Vec<Node> {
        let all = [Node::Dog(dog(1)), Node::Cat(cat()), Node::Fish(fish(2))];
        all.into_iter()
            .take(usize::try_from(first).unwrap_or(0))
            .collect()
    }
}

#[Object]
impl Cat {
    async fn id(&self) -> ID {
        ID(self.name.clone())
    }

    async fn name(&self) -> &String {
        &self.name
    }

    async fn lives(&self) -> i32 {
        9
    }

    async fn peer(&self) -> Option<Node> {
        Some(Node::Fish(fish(3)))
    }

    async fn prey(&self) -> Hit {
        Hit::Dog(dog(8))
    }
}

#[Object]
impl Fish {
    async fn id(&self) -> ID {
        ID(self.name.clone())
    }

    async fn name(&self) -> &String {
        &self.name
    }

    async fn depth(&self) -> &i32 {
        &self.depth
    }

    async fn peer(&self) -> Option<Node> {
        None
    }

    async fn school(&self) -> Vec<Swimmer> {
        vec![Swimmer::Dog(dog(4)), Swimmer::Fish(fish(5))]
    }
}

#[derive(Debug, InputObject)]
struct Filter {
    text: Option<String>,
    #[graphql(default = 3)]
    count: i32,
    any: Option<Vec<Filter>>,
    colour: Option<Colour>,
    by: Option<By>,
    exactly: MaybeUndefined<i32>,
}

#[derive(Debug, OneofObject)]
enum By {
    Id(ID),
    Numbers(Vec<i32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum Colour {
    Red,
    Green,
}

#[derive(SimpleObject)]
struct Page {
    nodes: Vec<Node>,
    more: bool,
}

struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    async fn ticks(&self, #[graphql(default = 2)] count: i32) -> impl Stream<Item = i32> {
        stream::iter(0..count)
    }
}

struct Query;

#[Object]
impl Query {
    async fn dog(&self) -> Dog {
        dog(0)
    }

    async fn node(&self, id: ID) -> Option<Node> {
        match id.as_str() {
            "dog" => Some(Node::Dog(dog(0))),
            "cat" => Some(Node::Cat(cat())),
            "fish" => Some(Node::Fish(fish(0))),
            _ => None,
        }
    }

    async fn nodes(&self, ids: Vec<ID>) -> Vec<Node> {
        ids.iter().map(|_| Node::Cat(cat())).collect()
    }

    async fn page(&self, first: Option<i32>, last: Option<i32>) -> Page {
        Page {
            nodes: vec![Node::Dog(dog(1)), Node::Cat(cat()), Node::Fish(fish(2))],
            more: first.is_some() || last.is_some(),
        }
    }

    async fn hits(&self) -> Vec<Hit> {
        vec![Hit::Dog(dog(6)), Hit::Cat(cat())]
    }

    async fn swimmers(&self) -> Vec<Swimmer> {
        vec![Swimmer::Dog(dog(6)), Swimmer::Fish(fish(7))]
    }

    async fn total(&self) -> i32 {
        3
    }

    async fn days(&self, #[graphql(default = 7)] d: i32) -> i32 {
        d
    }

    async fn maybe(&self, x: MaybeUndefined<i32>) -> String {
        format!("{x:?}")
    }

    async fn floats(&self, of: Vec<f64>) -> String {
        format!("{of:?}")
    }

    async fn filter(&self, of: Filter) -> String {
        format!("{of:?}")
    }

    async fn by(&self, one: By) -> String {
        format!("{one:?}")
    }

    async fn price(&self, of: Money) -> String {
        of.0
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn increase(&self, context: &async_graphql::Context<'_>, by: Option<i32>) -> usize {
        let _ = by;
        let Runs(runs) = context.data_unchecked();
        runs.fetch_add(1, Ordering::Relaxed) + 1
    }

    async fn pay(&self, of: Money) -> String {
        of.0
    }
}
