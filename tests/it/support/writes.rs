//! Asking for changes at providers, and looking at what they led to here and there.

use serde_json::{Value, json};

use super::{
    accounts::connection,
    app::{Tenant, TestApp},
};

/// What every payload is asked for beside the record.
const ERRORS: &str =
    "userErrors { code message field providerCode translations { language text } }";

/// A mutation with what is to be shown of its payload.
#[derive(Clone, Copy)]
pub(crate) struct Mutation {
    pub(crate) name: &'static str,
    pub(crate) shows: &'static str,
}

impl Mutation {
    pub(crate) fn document(self) -> String {
        let Self { name, shows } = self;
        let (first, rest) = name.split_at(1);
        let input = format!("{}{rest}Input", first.to_uppercase());
        format!("mutation ($input: {input}!) {{ {name}(input: $input) {{ {shows} {ERRORS} }} }}")
    }
}

impl Tenant<'_> {
    /// Asks for a change and returns the payload.
    pub(crate) async fn change(&self, mutation: Mutation, input: &Value) -> Value {
        let variables = json!({ "input": input });
        let mut data = self.data(&mutation.document(), variables).await;
        data[mutation.name].take()
    }

    /// Connects the sandbox's account at a provider without waiting until it was read, and returns its
    /// id.
    pub(crate) async fn connect_unread(&self, provider: &str) -> String {
        let input = connection(&self.app.sandbox, provider);
        let payload = self.try_connect(input).await;
        assert_eq!(payload["userErrors"], json!([]), "{provider}");
        payload["account"]["id"].as_str().unwrap().to_owned()
    }
}

impl TestApp {
    /// How many requests of a method came to paths that begin like this, with this in the query.
    pub(crate) fn requests(&self, method: &str, path: &str, query: &str) -> usize {
        let requests = self.sandbox.requests();
        let is_meant = |it: &&sandbox::RequestLogEntry| {
            it.method == method && it.uri.starts_with(path) && it.uri.contains(query)
        };
        requests.iter().filter(is_meant).count()
    }

    /// How many rows a table has.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        self.rows_where(table, "TRUE").await
    }

    /// How many rows of a table are like this.
    pub(crate) async fn rows_where(&self, table: &str, condition: &str) -> i64 {
        use sea_orm::{ConnectionTrait, Statement};

        let db = self.app().db.read();
        let sql = format!("SELECT COUNT(*) FROM \"{table}\" WHERE {condition}");
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let row = db.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }
}

/// The problems of a payload, each as its code and the way to the value.
pub(crate) fn problems(payload: &Value) -> Vec<(String, String)> {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let path = |it: &Value| {
        let parts = it["field"].as_array().into_iter().flatten().map(text);
        parts.collect::<Vec<_>>().join(".")
    };
    let errors = payload["userErrors"].as_array().unwrap().iter();
    errors.map(|it| (text(&it["code"]), path(it))).collect()
}

/// The only problem of a payload.
pub(crate) fn problem(payload: &Value) -> (String, String) {
    let mut problems = problems(payload);
    assert_eq!(problems.len(), 1, "{payload:#}");
    problems.remove(0)
}

/// A problem as [`problems`] has it.
pub(crate) fn is(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}
