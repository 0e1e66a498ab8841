//! What can be wrong with AutoLeap's three envelopes of a list.

use leasegraph::{
    domain::capability::EntityKind::Vehicle,
    providers::{List, ProviderError},
};
use sandbox::FaultKind;

use super::world::{SHOP, VEHICLES, World, assert_error, first};

#[tokio::test]
async fn an_envelope_without_records_moves_nothing() {
    let world = World::new().await;
    world.control().add_vehicles(40);
    world.vehicles().await.unwrap();
    let body = |content_type: &str, body: &str| FaultKind::RawBody {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.to_owned(),
    };
    let json = "application/json";
    for (kind, expected) in [
        (body(json, "{}"), "an answer without records"),
        (body(json, r#"{"data":{}}"#), "an answer without records"),
        (body(json, r#"{"content":[1,]}"#), "malformed JSON"),
    ] {
        world.spoil_once(VEHICLES, kind);
        let error = world.vehicles().await.unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn a_list_that_turns_in_circles_is_noticed() {
    let world = World::new().await;
    let row = r#"{"vehicleId":"1"}"#;
    let rows = vec![row; 100].join(",");
    let body = format!(r#"{{"results":{{"content":[{rows}],"pagination":{{"page":1}}}}}}"#);
    world.spoil(
        VEHICLES,
        FaultKind::RawBody {
            status: 200,
            content_type: "application/json".to_owned(),
            body,
        },
    );
    let page = async |page| {
        let list = List {
            page,
            ..first(Vehicle, SHOP)
        };
        world.page(list).await
    };
    assert_eq!(page(1).await.unwrap().next_page, Some(2));
    assert_error!(page(3).await, ProviderError::Unreadable(_));
}
