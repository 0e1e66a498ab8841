//! What has to hold of the guard and the planner, whatever text they are given.
//!
//! Apart from the fuzz target, because the tests ask the same of every text that is kept here. Panics
//! where something does not hold; how long it takes is the fuzzer's affair.
//!
//! The first line of a text can be a comment with a request's other fields: `# {"variables": {}}`.

use apollo_compiler::ast;
use serde_json::{Map, Value};

use super::planner::{Planned, Planner, Reason, Refusal, guard};

/// What a request has beside its document.
#[derive(Default)]
struct Rest {
    operation: Option<String>,
    variables: Map<String, Value>,
}

pub(crate) fn check(planner: &Planner, text: &str) {
    let guarded = guard::check(text, planner.limits());
    let document = match planner.document(text) {
        Ok(document) => document,
        Err(refusal) => return check_refusal(&refusal),
    };
    assert_eq!(guarded, Ok(()), "what the guard refuses is not read");
    assert_eq!(document.text(), text);
    match plan(planner, text, text) {
        Ok(ready) => check_plan(ready, (planner, text)),
        Err(refusal) => check_refusal(&refusal),
    }
}

/// Plans a document with the rest of a request.
fn plan(planner: &Planner, document: &str, request: &str) -> Result<Planned, Refusal> {
    let Rest {
        operation,
        variables,
    } = rest(request);
    let document = planner.document(document)?;
    planner.plan(&document, operation.as_deref(), variables)
}

fn rest(text: &str) -> Rest {
    let line = text.lines().next().and_then(|it| it.strip_prefix('#'));
    let Some(Ok(Value::Object(mut fields))) = line.map(serde_json::from_str) else {
        return Rest::default();
    };
    let operation = fields.get("operationName").and_then(Value::as_str);
    Rest {
        operation: operation.map(str::to_owned),
        variables: match fields.remove("variables") {
            Some(Value::Object(variables)) => variables,
            _ => Map::new(),
        },
    }
}

fn check_refusal(refusal: &Refusal) {
    let problems = &refusal.problems;
    assert!((1..=10).contains(&problems.len()), "{problems:?}");
    for problem in problems {
        assert!(!problem.message.trim().is_empty(), "{refusal:?}");
    }
}

fn check_plan(ready: Planned, (planner, text): (&Planner, &str)) {
    assert!(ready.cost() <= planner.limits().cost, "{ready:?}");
    let said = format!("{ready:?}");
    match plan(planner, &written_anew(text), text) {
        Ok(again) => assert_eq!(format!("{again:?}"), said),
        // In other words it may be longer than a document may be.
        Err(refusal) => assert_eq!(refusal.reason, Reason::TooLarge, "{refusal}"),
    }
    let mut request = ready.into_request();
    let executed = request.parsed_query().expect("a plan carries its document");
    assert_eq!(executed.operations.iter().count(), 1);
    assert!(executed.fragments.is_empty(), "every fragment is merged");
}

/// The same document, read and written by the compiler.
fn written_anew(text: &str) -> String {
    let read = ast::Document::parse(text, "document").expect("what was planned is a document");
    read.serialize().no_indent().to_string()
}
