//! Answers that are given again: to whom, and until when.

mod random;
mod rows;

use leasegraph::graphql::{self, caller::Caller};
use serde_json::{Value, json};

use self::rows::{CHANGES, Rows};
use super::support::{Graph, offer};
use crate::support::database::execute;

/// Everything that a change of rows can show in.
const ALL: &str = "{
    offers(first: 10) { totalCount nodes { id notes product { category { name } }
        order { orderNumber vehicle { make } } } }
    orders(first: 10) { nodes { id months vehicle { make } } }
    vehicles(first: 10) { nodes { id notes orders(first: 2) { totalCount nodes { id } } } }
    categories(first: 10) { nodes { code name } }
}";

/// More than any test asks for.
const PLENTY: usize = 1024 * 1024;

/// The same rows behind two schemas: one that keeps answers, and one that finds out each.
struct Both {
    graph: Graph,
    keeping: graphql::Graph,
    forgetting: graphql::Graph,
}

impl Both {
    async fn new() -> Self {
        let graph = Graph::new().await;
        Self {
            keeping: graph.another_door(PLENTY),
            forgetting: graph.another_door(0),
            graph,
        }
    }

    /// What is answered, and by how many statements. It is what is found out at that moment.
    async fn ask_as(&self, caller: &Caller, asked: (&str, &Value)) -> (String, usize) {
        self.graph.statements();
        let text = self.graph.text_at(&self.keeping, caller, asked).await;
        let statements = self.graph.statements().len();
        let anew = self.graph.text_at(&self.forgetting, caller, asked).await;
        let text = in_order(text);
        assert_eq!(text, in_order(anew));
        (text, statements)
    }

    async fn ask(&self, document: &str) -> (String, usize) {
        let caller = self.graph.caller("admin");
        self.ask_as(&caller, (document, &Value::Null)).await
    }
}

/// An answer with its errors in an order: fields that are found out at once fail in any.
fn in_order(text: String) -> String {
    let mut answer: Value = serde_json::from_str(&text).unwrap();
    let Some(errors) = answer.get_mut("errors").and_then(Value::as_array_mut) else {
        return text;
    };
    errors.sort_by_key(Value::to_string);
    answer.to_string()
}

/// A service with a few rows of each kind.
async fn filled() -> (Both, Rows) {
    let both = Both::new().await;
    let mut rows = Rows::new("acme", both.graph.account.clone());
    for (at, how) in CHANGES.iter().enumerate() {
        let tx = both.graph.begin().await;
        rows.change(&tx, *how, at).await;
        tx.commit().await.unwrap();
    }
    (both, rows)
}

#[tokio::test]
async fn what_was_answered_is_given_again_by_a_look_at_the_tenant_alone() {
    let (both, _) = filled().await;
    let (first, many) = both.ask(ALL).await;
    assert!(many > 5, "{many}");
    both.graph.statements();
    let caller = both.graph.caller("admin");
    let asked = (ALL, &Value::Null);
    let again = both.graph.text_at(&both.keeping, &caller, asked).await;
    let statements = both.graph.statements();
    assert_eq!(again, first);
    assert_eq!(statements.len(), 1, "{statements:#?}");
    assert!(statements[0].contains(r#"FROM "tenant""#), "{statements:?}");
}

#[tokio::test]
async fn every_change_of_a_row_shows_in_the_next_answer() {
    let (both, mut rows) = filled().await;
    for (at, how) in CHANGES.iter().enumerate() {
        let (before, _) = both.ask(ALL).await;
        assert_eq!(both.ask(ALL).await, (before.clone(), 1));
        let tx = both.graph.begin().await;
        rows.change(&tx, *how, at + 1).await;
        tx.commit().await.unwrap();
        let (after, statements) = both.ask(ALL).await;
        assert_ne!(after, before, "{how:?}");
        assert!(statements > 1);
    }
}

#[tokio::test]
async fn what_never_came_about_or_is_about_something_else_leaves_the_answer() {
    let (both, rows) = filled().await;
    let (before, _) = both.ask(ALL).await;
    for how in CHANGES {
        let tx = both.graph.begin().await;
        rows.clone().change(&tx, how, 1).await;
        drop(tx);
        assert_eq!(both.ask(ALL).await, (before.clone(), 1), "{how:?}");
    }
    both.graph
        .save_origins(&[offer(&both.graph.account, 0)][..0])
        .await;
    both.graph.save_account(&both.graph.account).await;
    assert_eq!(both.ask(ALL).await, (before, 1));
}

#[tokio::test]
async fn nobody_gets_what_another_tenant_or_other_scopes_were_answered() {
    let (both, _) = filled().await;
    // As many changes, so that both tenants have the same revision.
    let mut theirs = Rows::new("beta", both.graph.account.clone());
    for how in CHANGES {
        let tx = both.graph.app.db.begin().await.unwrap();
        theirs.ensure(&tx).await;
        theirs.change(&tx, how, 0).await;
        tx.commit().await.unwrap();
    }
    let asked = (ALL, &Value::Null);
    let us = both.graph.caller("admin");
    let beta = Caller {
        tenant: "beta".parse().unwrap(),
        ..us.clone()
    };
    let nobody = both.graph.stranger();
    let few = both.graph.caller("offers:read");
    let callers = [us, beta, nobody, few];
    let mut answers = Vec::new();
    for caller in callers.iter().chain(&callers) {
        answers.push(both.ask_as(caller, asked).await.0);
    }
    assert_eq!(answers[..4], answers[4..]);
    answers.truncate(4);
    answers.sort_unstable();
    answers.dedup();
    assert_eq!(answers.len(), 4);
}

#[tokio::test]
async fn other_values_are_answered_otherwise() {
    let (both, mut rows) = filled().await;
    let tx = both.graph.begin().await;
    rows.change(&tx, CHANGES[0], 7).await;
    tx.commit().await.unwrap();
    let caller = both.graph.caller("admin");
    let document = "query ($first: Int = 1) { offers(first: $first) { nodes { id } } }";
    for (variables, statements) in [
        (json!({}), 2),
        (json!({ "first": 2 }), 2),
        (json!({ "first": 1 }), 1),
        (json!({ "first": 2, "unused": 3 }), 1),
        (json!({}), 1),
    ] {
        let (_, found) = both.ask_as(&caller, (document, &variables)).await;
        assert_eq!(found, statements, "{variables}");
    }
}

#[tokio::test]
async fn an_answer_with_errors_is_found_out_again() {
    let (both, rows) = filled().await;
    let document = "{ offers(first: 10) { nodes { id notes } } }";
    let db = &both.graph.app.db;
    execute(db, "UPDATE offer SET content = '-' || content").await;
    for _ in 0..2 {
        let (text, statements) = both.ask(document).await;
        assert!(text.contains("errors"), "{text}");
        assert_eq!(statements, 2);
    }
    // Nobody moves the revision for a change that is made by hand.
    execute(db, "UPDATE offer SET content = substr(content, 2)").await;
    let (text, _) = both.ask(document).await;
    assert!(!text.contains("errors"), "{text}");
    assert!(text.contains(&rows.offers[0].id.to_string()), "{text}");
}

#[tokio::test]
async fn what_is_large_is_not_kept() {
    let (both, mut rows) = filled().await;
    let document = "{ offers(first: 100) { nodes { id notes } } }";
    for (size, kept) in [(1_000, true), (6_000, false)] {
        let notes = "n".repeat(size);
        let tx = both.graph.begin().await;
        for number in 0..60 {
            rows.insert_offer(&tx, (number, Some(&notes))).await;
        }
        tx.commit().await.unwrap();
        both.ask(document).await;
        let (_, statements) = both.ask(document).await;
        assert_eq!(statements == 1, kept, "{size}");
    }
}

#[tokio::test]
async fn a_caller_whose_token_has_ended_is_told_nothing_from_before() {
    let (both, _) = filled().await;
    both.ask(ALL).await;
    let ended = Caller {
        expires_at: Some(both.graph.app.clock.now()),
        ..both.graph.caller("admin")
    };
    let (text, _) = both.ask_as(&ended, (ALL, &Value::Null)).await;
    assert!(text.contains("UNAUTHENTICATED"), "{text}");
}
