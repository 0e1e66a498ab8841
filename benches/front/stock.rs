//! Our resolvers behind async-graphql as it comes: no planner, every document parsed, validated and
//! executed as it is written.
//!
//! It is built here and not in the service, which has one way in. Like the peers it verifies no
//! token: whoever asks is the tenant whose rows there are.

use std::sync::Arc;

use async_graphql::{Request, Response, Schema};
use axum::{Json, Router, extract::State, routing::post};
use leasegraph::{
    app::App,
    graphql::{
        Mutation, Query, Subscription,
        caller::{Caller, Scope},
    },
};

use crate::service::TENANT;

#[derive(Clone)]
struct Stock {
    schema: Schema<Query, Mutation, Subscription>,
    caller: Caller,
}

/// The routes of a service on these rows.
pub(crate) fn routes(app: Arc<App>) -> anyhow::Result<Router> {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription)
        .data(app.db.reader())
        .data(app)
        .finish();
    let caller = Caller {
        tenant: TENANT.parse()?,
        subject: "bench".to_owned(),
        scopes: [Scope::Admin].into_iter().collect(),
        expires_at: None,
    };
    Ok(Router::new()
        .route("/graphql", post(answer))
        .with_state(Stock { schema, caller }))
}

async fn answer(State(stock): State<Stock>, Json(asked): Json<Request>) -> Json<Response> {
    Json(stock.schema.execute(asked.data(stock.caller)).await)
}
