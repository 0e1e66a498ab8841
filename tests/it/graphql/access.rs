//! Who is let in, and what those see who are not.

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use leasegraph::{
    domain::{content::Content, offer::OfferContent},
    graphql::{self, caller::Scope},
};
use serde_json::{Value, json};

use super::support::{Graph, offer, order};

/// A document for each root field, with everything that it needs.
const DOCUMENTS: &[&str] = &[
    "{ viewer { subject } }",
    "{ serviceConfig { version } }",
    "{ node(id: \"off_00000000000070008000000000000000\") { id } }",
    "{ nodes(ids: [\"off_00000000000070008000000000000000\"]) { id } }",
    "{ providers { key } }",
    "{ providerAccounts(first: 1) { totalCount } }",
    "{ offer(id: \"off_00000000000070008000000000000000\") { id } }",
    "{ offers(first: 1) { totalCount } }",
    "{ order(id: \"ord_00000000000070008000000000000000\") { id } }",
    "{ orders(first: 1) { totalCount } }",
    "{ vehicle(id: \"veh_00000000000070008000000000000000\") { id } }",
    "{ vehicles(first: 1) { totalCount } }",
    "{ category(scheme: BIDEX, code: \"01\") { id } }",
    "{ categories(first: 1) { totalCount } }",
    "{ referenceValues(kind: BIKE_BRAND) { slug } }",
    "{ monthlyAmounts(accountId: \"acc_00000000000070008000000000000000\", price: \"1\") { months } }",
    "{ partnerTerms(accountId: \"acc_00000000000070008000000000000000\") { partnerName } }",
    "{ userEligibility(accountId: \"acc_00000000000070008000000000000000\", leasingProviderSlug: \"x\", identifier: \"x\") { eligible } }",
    "{ serviceInformation(accountId: \"acc_00000000000070008000000000000000\", leasingProviderSlug: \"x\", by: { email: \"x\" }) { customer { email } } }",
    "{ events(first: 1) { nodes { id } } }",
    "{ webhookEndpoint(id: \"whe_00000000000070008000000000000000\") { id } }",
    "{ webhookEndpoints(first: 1) { nodes { id } } }",
    "{ webhookDeliveries(first: 1) { nodes { id } } }",
    "mutation { connectProviderAccount(input: { name: \"x\", credentials: { jobrad: { clientId: \"x\", clientSecret: \"x\" } } }) { userErrors { code } } }",
    "mutation { syncProviderAccount(input: { accountId: \"acc_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { disconnectProviderAccount(input: { accountId: \"acc_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { createOffer(input: { accountId: \"acc_00000000000070008000000000000000\", externalOfferId: \"x\", customer: {}, product: { categoryCode: \"x\", brandName: \"x\", modelName: \"x\", price: \"1\" } }) { userErrors { code } } }",
    "mutation { updateOffer(input: { id: \"off_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { cancelOffer(input: { id: \"off_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { createOrder(input: { accountId: \"acc_00000000000070008000000000000000\", months: 36, ownInsurance: true, company: \"x\", orgNumber: \"x\", nationalId: \"x\", firstName: \"x\", lastName: \"x\", email: \"x\", phone: \"x\", billingAddress: { line1: \"x\", city: \"x\", postalCode: \"x\" }, items: [] }) { userErrors { code } } }",
    "mutation { updateOrder(input: { id: \"ord_00000000000070008000000000000000\", externalOrderId: \"x\" }) { userErrors { code } } }",
    "mutation { createVehicles(input: { accountId: \"acc_00000000000070008000000000000000\", companyId: \"x\", vehicles: [] }) { userErrors { code } } }",
    "mutation { updateVehicles(input: { vehicles: [] }) { userErrors { code } } }",
    "mutation { archiveVehicles(input: { ids: [] }) { userErrors { code } } }",
    "mutation { createWebhookEndpoint(input: { url: \"https://example.com\" }) { userErrors { code } } }",
    "mutation { updateWebhookEndpoint(input: { id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { deleteWebhookEndpoint(input: { id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { testWebhookEndpoint(input: { id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { rotateWebhookSecret(input: { id: \"whe_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { retryWebhookDelivery(input: { id: \"whd_00000000000070008000000000000000\" }) { userErrors { code } } }",
    "mutation { replayWebhooks(input: { endpointId: \"whe_00000000000070008000000000000000\", since: \"2030-01-01T00:00:00Z\" }) { userErrors { code } } }",
    "mutation { dryRunWebhook(input: { query: \"subscription { events { id } }\" }) { userErrors { code } } }",
    "subscription { events { id } }",
    "subscription { offerStatusChanged { id } }",
    "subscription { orderStatusChanged { id } }",
    "subscription { vehicleStatusChanged { id } }",
];

fn parse(document: &str) -> ExecutableDocument {
    async_graphql::parser::parse_query(document).unwrap()
}

/// The root type and the field that a document asks for.
fn root_field(document: &str) -> (String, String) {
    let document = parse(document);
    let (_, operation) = document.operations.iter().next().unwrap();
    let root = match operation.node.ty {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    };
    let async_graphql::parser::types::Selection::Field(field) =
        &operation.node.selection_set.node.items[0].node
    else {
        panic!("a document begins with its field");
    };
    (root.to_owned(), field.node.name.node.to_string())
}

#[test]
fn every_root_field_is_among_the_documents() {
    let sdl = async_graphql::parser::parse_schema(graphql::sdl()).unwrap();
    let mut fields = super::support::root_fields(&sdl);
    let mut asked: Vec<_> = DOCUMENTS.iter().map(|it| root_field(it)).collect();
    fields.sort();
    asked.sort();
    assert_eq!(fields, asked);
}

/// The first answer to a document: of a subscription, the first thing that it says.
async fn code(graph: &Graph, scopes: Option<&str>, document: &str) -> Value {
    use futures_util::StreamExt;

    let caller = scopes.map(|it| graph.caller(it));
    let answer = if document.starts_with("subscription") {
        let mut answers = graph.follow(caller, document, &Value::Null);
        serde_json::to_value(answers.next().await.unwrap()).unwrap()
    } else {
        graph.ask_as(caller, document, Value::Null).await
    };
    answer["errors"][0]["extensions"]["code"].clone()
}

/// Whether a field is answered to everybody with a token.
fn of_anyone(document: &str) -> bool {
    let (_, field) = root_field(document);
    ["viewer", "serviceConfig"].contains(&field.as_str())
}

#[tokio::test]
async fn nothing_is_answered_without_a_token_or_without_its_scope() {
    let graph = Graph::new().await;
    for document in DOCUMENTS {
        let anonymous = code(&graph, None, document).await;
        assert_eq!(anonymous, "UNAUTHENTICATED", "{document}");
        if !of_anyone(document) {
            let without_scope = code(&graph, Some(""), document).await;
            assert_eq!(without_scope, "FORBIDDEN", "{document}");
        }
    }
}

/// What each scope opens.
const OPENED: &[(&str, &[&str])] = &[
    (
        "offers:read",
        &["node", "nodes", "offer", "offers", "userEligibility"],
    ),
    (
        "orders:read",
        &["order", "orders", "monthlyAmounts", "partnerTerms"],
    ),
    (
        "vehicles:read",
        &["vehicle", "vehicles", "serviceInformation"],
    ),
    (
        "categories:read",
        &["category", "categories", "referenceValues"],
    ),
    ("accounts:read", &["providers", "providerAccounts"]),
    ("events:read", &["events"]),
    (
        "webhooks:read",
        &["webhookEndpoint", "webhookEndpoints", "webhookDeliveries"],
    ),
    (
        "accounts:write",
        &["syncProviderAccount", "disconnectProviderAccount"],
    ),
    (
        "webhooks:write",
        &[
            "updateWebhookEndpoint",
            "deleteWebhookEndpoint",
            "dryRunWebhook",
            "testWebhookEndpoint",
            "rotateWebhookSecret",
            "retryWebhookDelivery",
            "replayWebhooks",
        ],
    ),
    ("raw:read", &[]),
    (
        "offers:write",
        &["createOffer", "updateOffer", "cancelOffer"],
    ),
    ("orders:write", &["createOrder", "updateOrder"]),
    (
        "vehicles:write",
        &["createVehicles", "updateVehicles", "archiveVehicles"],
    ),
];

#[tokio::test]
async fn a_scope_opens_its_own_fields_and_no_others() {
    let graph = Graph::new().await;
    for (scope, opened) in OPENED {
        for document in DOCUMENTS {
            let (root, field) = root_field(document);
            let expensive = ["connectProviderAccount", "createWebhookEndpoint"];
            let is_left_out = of_anyone(document) || expensive.contains(&field.as_str());
            if root == "Subscription" || is_left_out {
                continue;
            }
            let found = code(&graph, Some(scope), document).await;
            // Who is let in finds that there is no such account.
            let is_open = found.is_null() || found == "NOT_FOUND";
            let expected = opened.contains(&field.as_str());
            assert_eq!(is_open, expected, "{scope}: {document}: {found}");
            assert!(
                is_open || found == "FORBIDDEN",
                "{scope}: {document}: {found}"
            );
        }
    }
}

#[tokio::test]
async fn who_is_asking_is_told() {
    let graph = Graph::new().await;
    let caller = graph.caller("webhooks:read offers:read unheard:of");
    let document = "{ viewer { tenantId subject scopes } }";
    let answer = graph.ask_as(Some(caller), document, Value::Null).await;
    let viewer = json!({
        "tenantId": "acme", "subject": "tester", "scopes": ["offers:read", "webhooks:read"]
    });
    assert_eq!(answer, json!({ "data": { "viewer": viewer } }));
}

#[tokio::test]
async fn a_token_that_has_ended_is_no_token() {
    let graph = Graph::new().await;
    let mut caller = graph.caller("admin");
    caller.expires_at = Some(graph.app.clock.now());
    let document = "{ viewer { subject } }";
    let answer = graph.ask_as(Some(caller), document, Value::Null).await;
    let expected = json!({
        "data": { "viewer": null },
        "errors": [{
            "message": "This needs a valid token.",
            "locations": [{ "line": 1, "column": 3 }],
            "path": ["viewer"],
            "extensions": { "code": "UNAUTHENTICATED" },
        }],
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn introspection_needs_no_token() {
    let graph = Graph::new().await;
    let answer = graph
        .ask_as(None, "{ __schema { queryType { name } } }", Value::Null)
        .await;
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    let answer = graph
        .ask_as(None, super::support::INTROSPECTION, Value::Null)
        .await;
    assert_eq!(answer.get("errors"), None);
}

#[tokio::test]
async fn what_is_anothers_is_answered_as_what_is_not_there() {
    let graph = Graph::new().await;
    let offers = [offer(&graph.account, 0)];
    graph.save_offers(&offers).await;
    let events = graph.append_status_changes(&offers).await;
    let theirs = json!({ "offer": offers[0].id, "account": graph.account.id });
    let unknown = json!({
        "offer": "off_00000000000070008000000000000000",
        "account": "acc_00000000000070008000000000000000",
    });
    let document = "query ($offer: ID!, $account: ID!) {
        offer(id: $offer) { id } node(id: $offer) { id } account: node(id: $account) { id }
        nodes(ids: [$offer, $account]) { id }
        offers(first: 1, where: { accountId: $account }) { totalCount nodes { id } }
        events(first: 5, where: { subjectId: $offer }) { nodes { id } }
    }";
    let changes = "mutation ($account: ID!) {
        syncProviderAccount(input: { accountId: $account }) { account { id } userErrors { code message field } }
        disconnectProviderAccount(input: { accountId: $account }) { accountId userErrors { code message field } }
    }";
    for document in [document, changes] {
        let ask =
            |variables: &Value| graph.ask_as(Some(graph.stranger()), document, variables.clone());
        let of_theirs = ask(&theirs).await.to_string();
        assert_eq!(of_theirs, ask(&unknown).await.to_string());
        assert!(!of_theirs.contains("errors\":[{"), "{of_theirs}");
    }
    assert_eq!(events.len(), 1);
    let kept = graph
        .data("{ providerAccounts(first: 1) { nodes { status } } }")
        .await;
    assert_eq!(kept["providerAccounts"]["nodes"][0]["status"], "CONNECTED");
}

#[tokio::test]
async fn an_id_of_another_kind_is_refused_by_name() {
    let graph = Graph::new().await;
    for (document, argument) in [
        (
            "{ offer(id: \"ord_00000000000070008000000000000000\") { id } }",
            "id",
        ),
        ("{ offer(id: \"off_0\") { id } }", "id"),
        ("{ node(id: \"x\") { id } }", "id"),
        ("{ webhookEndpoint(id: \"\") { id } }", "id"),
        (
            "{ events(first: 1, where: { subjectId: \"x\" }) { nodes { id } } }",
            "where",
        ),
        (
            "{ webhookDeliveries(first: 1, where: { endpointId: \"off_00000000000070008000000000000000\" }) { nodes { id } } }",
            "where",
        ),
    ] {
        let answer = graph.ask(document).await;
        let extensions = json!({ "argument": argument, "code": "BAD_USER_INPUT" });
        assert_eq!(answer["errors"][0]["extensions"], extensions, "{answer}");
    }
    let answer = graph
        .ask("{ nodes(ids: [\"x\", \"off_00000000000070008000000000000000\"]) { id } }")
        .await;
    assert_eq!(answer["data"], json!({ "nodes": [null, null] }));
    assert_eq!(answer["errors"][0]["path"], json!(["nodes", 0]));
    let many = vec!["\"off_00000000000070008000000000000000\""; 101].join(" ");
    let answer = graph
        .ask(&format!("{{ nodes(ids: [{many}]) {{ id }} }}"))
        .await;
    assert_eq!(
        answer["errors"][0]["message"],
        "`ids` takes 100 ids at most, not 101."
    );
}

#[tokio::test]
async fn what_a_token_does_not_allow_is_null_and_its_siblings_stand() {
    let graph = Graph::new().await;
    let offers = [offer(&graph.account, 0)];
    graph.save_offers(&offers).await;
    graph.save_origins(&offers).await;
    let mut order = order(&graph.account, 0);
    order.offer_id = Some(offers[0].id);
    graph.save_orders(&[order]).await;
    let caller = graph.caller("offers:read");
    let document = "{ offers(first: 1) { nodes { offerNumber externalOfferId order { id }
        product { brandName category { id } } provenance { raw account { name } } } } }";
    let answer = graph.ask_as(Some(caller), document, Value::Null).await;
    let node = json!({
        "offerNumber": null,
        "externalOfferId": "shop-0",
        "order": null,
        "product": { "brandName": "Kalkhoff", "category": null },
        "provenance": [{ "raw": null, "account": { "name": "Radhaus" } }],
    });
    assert_eq!(answer["data"]["offers"]["nodes"], json!([node]));
    let errors = answer["errors"].as_array().unwrap().iter();
    let scopes: Vec<_> = errors.map(|it| &it["extensions"]["scope"]).collect();
    let needed = [Scope::OrdersRead, Scope::CategoriesRead, Scope::RawRead];
    assert_eq!(scopes, needed.map(Scope::as_str));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_spoils_nothing_but_its_own_fields() {
    let graph = Graph::new().await;
    let good = offer(&graph.account, 0);
    let bad = offer(&graph.account, 7);
    graph.save_offers(&[good, bad.clone()]).await;
    let sql = format!(
        "UPDATE offer SET content = '{{' WHERE external_offer_id = '{}'",
        "shop-7"
    );
    crate::support::database::execute(&graph.app.db, &sql).await;
    assert!(
        Content::<OfferContent>::from_text("{".to_owned())
            .get()
            .is_err()
    );

    let answer = graph
        .ask("{ offers(first: 2) { nodes { id externalOfferId total { amount } status { code } } } }")
        .await;

    let nodes = &answer["data"]["offers"]["nodes"];
    assert_eq!(nodes[0]["id"], bad.id.to_string());
    assert_eq!(nodes[0]["externalOfferId"], Value::Null);
    assert_eq!(
        nodes[0]["status"]["code"],
        "CANCELLED"
            .to_owned()
            .replace("CANCELLED", bad.status.as_str())
    );
    assert_eq!(nodes[1]["externalOfferId"], "shop-0");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    assert_eq!(errors[0]["message"], "Something went wrong on our side.");
    assert_eq!(errors[0]["extensions"], json!({ "code": "INTERNAL" }));
}

#[tokio::test]
async fn a_database_that_fails_is_told_without_a_word_about_it() {
    let graph = Graph::new().await;
    graph.save_offers(&[offer(&graph.account, 0)]).await;
    crate::support::database::execute(&graph.app.db, "DROP TABLE \"order\"").await;
    let answer = graph
        .ask("{ offers(first: 1) { nodes { externalOfferId order { id } } } orders(first: 1) { totalCount } }")
        .await;
    let data = json!({
        "offers": { "nodes": [{ "externalOfferId": "shop-0", "order": null }] },
        "orders": null,
    });
    assert_eq!(answer["data"], data);
    for error in answer["errors"].as_array().unwrap() {
        assert_eq!(error["message"], "Something went wrong on our side.");
        assert_eq!(error["extensions"], json!({ "code": "INTERNAL" }));
    }
}
