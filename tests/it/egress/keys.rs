//! Keys of tokens: they are not asked for where nobody may go, even by the operator's own setting.

use std::sync::Arc;

use leasegraph::{
    config::Role,
    http::{KeySetSettings, KeySource},
};
use serde_json::json;

use super::{
    canary::{Canary, ours},
    names::Book,
};
use crate::{support::app::TestApp, tokens::keys::signed_elsewhere};

#[tokio::test]
async fn no_key_is_asked_for_where_nobody_may_go() {
    let canary = Canary::everywhere().await;
    let book = Arc::new(Book::default());
    let url = format!("https://keys.test:{}/jwks", canary.port());
    let source = KeySource::Url(url.parse().unwrap());
    let mut app = TestApp::trusting(KeySetSettings::new(source)).await;
    app.names = Arc::clone(&book) as _;
    app.opened_ranges = Vec::new();
    for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"] {
        book.says("keys.test", &[&[address]]);
        app.restart(&[Role::Api]).await;
        let answer = app
            .http
            .post(format!("{}/graphql", app.url))
            .bearer_auth(signed_elsewhere("ed"))
            .json(&json!({ "query": "{ viewer { tenantId } }" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 503, "{address}");
        assert_eq!(book.asked("keys.test"), 1, "{address}");
    }
    canary.met_nobody_before(&ours()).await;
}
