//! Logging in, two tokens that change together, and whose companies are whose.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{FIRST, SECOND, assert_error, content, empty, tokens, world};

#[tokio::test]
async fn a_login_gives_two_tokens_inside_data() {
    let world = empty().await;
    let (id, key) = world.sandbox.autoleap_credentials();

    let answer = world.try_log_in(&id, &key).await;

    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 2, "{json}");
    let (access, refresh) = tokens(&answer);
    assert_ne!(access, refresh);
    for token in [access, refresh] {
        let parts: Vec<_> = token.split('.').collect();
        assert_eq!(parts.len(), 3, "{token}");
        // A JSON object in base64 begins like this.
        assert!(parts[0].starts_with("eyJ") && parts[1].starts_with("eyJ"));
    }
}

#[tokio::test]
async fn whoever_is_not_known_does_not_get_in() {
    let world = empty().await;
    let (id, key) = world.sandbox.autoleap_credentials();
    assert_error(&world.try_log_in(&id, "wrong").await, 401, "credentials");
    assert_error(&world.try_log_in("wrong", &key).await, 401, "credentials");
    let answer = world.anonymous("/partners/login", &json!({})).await;
    assert_error(&answer, 400, "authKey");
    let answer = world
        .anonymous("/partners/generateNewAccessToken", &json!([]))
        .await;
    assert_error(&answer, 400, "refreshToken");

    for path in ["/partners/profile", "/vehicles", "/orders", "/customers"] {
        let url = format!("{}{path}", world.sandbox.autoleap_base_url());
        let answer = crate::support::send(world.http.get(url)).await;
        assert_error(&answer, 401, "token");
    }
}

#[tokio::test]
async fn both_tokens_change_at_a_refresh_and_the_old_ones_are_worthless() {
    let mut world = empty().await;
    let old = (world.token.clone(), world.refresh_token.clone());

    let new = tokens(&world.refresh(&old.1).await);

    assert!(new.0 != old.0 && new.1 != old.1);
    assert_error(&world.refresh(&old.1).await, 401, "refresh token");
    assert_error(&world.get("/vehicles").await, 401, "token");
    world.token = new.0;
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);
    // An attempt with an old token does not harm the new one.
    tokens(&world.refresh(&new.1).await);
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token_and_the_other_way_round() {
    let mut world = empty().await;
    assert_error(&world.refresh(&world.token).await, 401, "refresh token");
    world.token = world.refresh_token.clone();
    assert_error(&world.get("/vehicles").await, 401, "token");
}

#[tokio::test]
async fn an_access_token_is_good_for_an_hour_and_a_refresh_token_for_three() {
    let world = empty().await;
    world.advance(3599);
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);
    world.advance(1);
    assert_error(&world.get("/vehicles").await, 401, "expired");

    world.advance(2 * 3600 - 1);
    let (_, refresh_token) = tokens(&world.refresh(&world.refresh_token).await);
    world.advance(3 * 3600);
    assert_error(&world.refresh(&refresh_token).await, 401, "refresh token");
}

#[tokio::test]
async fn a_logout_ends_both_tokens_of_its_session_and_no_other() {
    let mut world = empty().await;
    let (id, key) = world.sandbox.autoleap_credentials();
    let other = tokens(&world.try_log_in(&id, &key).await);
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);

    let body = json!({ "refreshToken": world.refresh_token });
    let answer = world.send(Method::POST, "/partners/logout", &body).await;

    assert_eq!(answer.json()["success"], true);
    assert_error(&world.get("/vehicles").await, 401, "token");
    assert_error(&world.refresh(&world.refresh_token).await, 401, "token");
    world.token = other.0;
    assert_eq!(world.get("/vehicles").await.status, StatusCode::OK);
}

#[tokio::test]
async fn revoked_tokens_are_worthless_refresh_tokens_too() {
    let world = empty().await;
    world.autoleap().revoke_tokens();
    assert_error(&world.get("/vehicles").await, 401, "token");
    assert_error(&world.refresh(&world.refresh_token).await, 401, "token");
}

#[tokio::test]
async fn the_profile_names_the_partners_companies_and_their_locations() {
    let world = empty().await;

    let json = world.get("/partners/profile").await.json();

    assert_eq!(json["success"], true);
    assert_eq!(json["data"]["partnerId"], "PARTNER-2042");
    let companies = json["data"]["companies"].as_array().unwrap();
    let ids: Vec<_> = companies.iter().map(|it| &it["companyId"]).collect();
    assert_eq!(ids, [FIRST, SECOND]);
    let expected = json!({ "locationId": "SHOP5678-L1", "name": "Location 1" });
    assert_eq!(companies[0]["locations"][0], expected);
    assert!(companies[0]["name"].is_string());
}

#[tokio::test]
async fn a_partner_sees_only_its_own_companies() {
    let mut world = world(4, 4).await;
    let vehicle = world.autoleap().vehicle_ids().remove(0);
    let customer = world.autoleap().customer_ids().remove(0);
    let other = world
        .sandbox
        .add_autoleap_partner("OTHER", "key", &["SHOP-X"]);
    let own = other.add_vehicles(1);
    world.log_in(&other.credentials()).await;

    assert_eq!(world.vehicles("").await, own);
    for path in [
        format!("/vehicles?companyId={FIRST}"),
        format!("/vehicles/{vehicle}"),
        format!("/customers/{customer}"),
        format!("/customers?companyId={FIRST}"),
        format!("/orders?companyId={FIRST}"),
        format!("/orders/1?companyId={FIRST}"),
        "/vehicles?companyId=nowhere".to_owned(),
    ] {
        assert_error(&world.get(&path).await, 403, "company");
    }
    let before = world.sandbox.ledger();
    let body = json!({ "companyId": FIRST, "vehicles": [{ "vehicleId": vehicle }] });
    for method in [Method::POST, Method::PUT, Method::PATCH] {
        let answer = world.send(method, "/vehicles", &body).await;
        assert_error(&answer, 403, FIRST);
    }
    // Under a company of its own, a foreign vehicle does not exist.
    let body = json!({ "companyId": "SHOP-X", "vehicles": [{ "vehicleId": vehicle }] });
    for method in [Method::PUT, Method::PATCH] {
        let answer = world.send(method, "/vehicles", &body).await;
        assert!(answer.json()["data"]["errors"][0]["error"].is_string());
    }
    assert_eq!(world.sandbox.ledger(), before);
}

#[tokio::test]
async fn two_partners_may_share_a_company() {
    let mut world = world(4, 0).await;
    let other = world
        .sandbox
        .add_autoleap_partner("OTHER", "key", &[SECOND]);
    world.log_in(&other.credentials()).await;
    let seen = content(&world.get("/vehicles").await);
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|it| it["companyId"] == SECOND));
}

#[tokio::test]
async fn what_does_not_exist_is_answered_in_the_same_envelope() {
    let world = empty().await;
    assert_error(&world.get("/payments").await, 404, "not found");
    let answer = world.send(Method::DELETE, "/vehicles", &json!({})).await;
    assert_error(&answer, 405, "not allowed");
    let huge = "x".repeat(2 * 1024 * 1024);
    let answer = world.send(Method::POST, "/vehicles", &json!(huge)).await;
    assert_error(&answer, 413, "large");
}
