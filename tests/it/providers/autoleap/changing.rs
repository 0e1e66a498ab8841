//! Changes of vehicles: sent once, and never called done, or not done, when nobody knows.

use leasegraph::{
    domain::{
        capability::EntityKind::Vehicle,
        vehicle::{Mileage, Tag, VehicleFields, VehicleStatusCode},
    },
    providers::{NewVehicle, ProviderError, VehicleArchival, VehicleChange},
};
use sandbox::FaultKind;

use super::world::{
    API, CUSTOMER, OTHER_SHOP, SHOP, VEHICLES, World, assert_error, complaints, new_vehicle,
    refused,
};

fn text(it: &str) -> Option<String> {
    (!it.is_empty()).then(|| it.to_owned())
}

/// One with all fields.
fn whole_vehicle() -> VehicleFields {
    VehicleFields {
        year: Some(2021),
        make: text("Honda"),
        model: text("Accord"),
        name: text("2021 Honda Accord LX"),
        engine: text("1.5L Turbo I4"),
        color: text("Blue"),
        license_plate: text("XYZ-1234"),
        state: text("CA"),
        vin: text("1HGCV1F14MA123456"),
        notes: text("Regular maintenance required"),
        image_url: text("https://example.com/1.jpg"),
        transmission: text("automatic"),
        drive_type: text("FWD"),
        tags: Some(vec![Tag {
            name: "VIP".to_owned(),
            color: text("#FFFF00"),
        }]),
        mileage: Some(Mileage {
            value: "15000.30".parse().unwrap(),
            unit: "km".to_owned(),
        }),
    }
}

#[tokio::test]
async fn a_vehicle_is_created_with_all_its_fields_and_found_again() {
    let world = World::new().await;
    world.add_customer();
    let new = NewVehicle {
        customer_id: CUSTOMER.to_owned(),
        fields: whole_vehicle(),
    };
    assert_eq!(world.create(&[new]).await.unwrap(), [vec![]]);

    let found = world.find("1HGCV1F14MA123456").await.unwrap();
    assert_eq!(found[0].natural_key.as_deref(), Some("1HGCV1F14MA123456"));
    let read = found[0].vehicle.clone().unwrap().content;
    let sent = whole_vehicle();
    assert_eq!(read.customer_id.as_deref(), Some(CUSTOMER));
    assert_eq!((read.year, read.name), (sent.year, sent.name));
    assert_eq!((read.make, read.model), (sent.make, sent.model));
    assert_eq!((read.engine, read.color), (sent.engine, sent.color));
    assert_eq!(read.license_plate, sent.license_plate);
    assert_eq!((read.vin, read.state), (sent.vin, sent.state));
    assert_eq!((read.notes, read.image_url), (sent.notes, sent.image_url));
    assert_eq!(read.drive_type, sent.drive_type);
    assert_eq!(read.transmission, text("Automatic"));
    assert_eq!(read.tags[0].color, text("FFFF00"));
    let mileage = read.mileage.unwrap();
    assert_eq!(mileage.value.to_string(), "15000.30");
    assert_eq!(mileage.unit, "KM");
    assert_eq!(read.status, VehicleStatusCode::Active);
}

#[tokio::test]
async fn each_vehicle_of_a_bulk_has_its_own_outcome() {
    let world = World::new().await;
    world.add_customer();
    let of = |customer_id: &str, vin: &str| NewVehicle {
        customer_id: customer_id.to_owned(),
        ..new_vehicle(vin)
    };
    let vehicles = [
        of(CUSTOMER, "VIN1"),
        of(CUSTOMER, " "),
        of("CUST999", "VIN3"),
        of(CUSTOMER, "VIN4"),
    ];
    let outcomes = world.create(&vehicles).await.unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|it| complaints(it)).collect();
    assert_eq!(
        outcomes,
        [
            vec![],
            vec![(Some("fields.vin"), "a VIN or a license plate must be given")],
            vec![(None, "customer CUST999 not found")],
            vec![],
        ]
    );
    let made = world.all(Vehicle, SHOP).await;
    let made: Vec<_> = made
        .iter()
        .filter_map(|it| it.natural_key.as_deref())
        .collect();
    assert_eq!(made, ["VIN1", "VIN4"]);
}

#[tokio::test]
async fn what_is_surely_wrong_is_not_sent() {
    let world = World::new().await;
    let nobody = NewVehicle {
        customer_id: String::new(),
        ..new_vehicle("VIN1")
    };
    let outcomes = world.create(&[nobody]).await.unwrap();
    assert_eq!(
        complaints(&outcomes[0]),
        [(Some("customerId"), "must be given")]
    );
    assert_eq!(world.create(&[]).await.unwrap(), [[]; 0]);
    assert_eq!(world.sandbox.request_count(), 0);
}

#[tokio::test]
async fn a_refusal_of_all_names_the_field() {
    let world = World::new().await;
    for (kind, field) in [
        (
            r#"{"success":false,"error":"companyId is required"}"#,
            "companyId",
        ),
        (
            r#"{"success":false,"error":"vin is too long"}"#,
            "fields.vin",
        ),
    ] {
        for status in [400, 200] {
            let kind = FaultKind::RawBody {
                status,
                content_type: "application/json".to_owned(),
                body: kind.to_owned(),
            };
            world.spoil_once(VEHICLES, kind);
            let issues = refused(world.create(&[new_vehicle("VIN1")]).await);
            assert_eq!(issues[0].field.as_deref(), Some(field), "{status}");
        }
    }
    let provider = world.provider();
    let vehicles = [new_vehicle("VIN1")];
    let elsewhere = provider.create_vehicles(&world.access, "SHOP1", &vehicles);
    assert_error!(elsewhere.await, ProviderError::Forbidden);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_nothing_else() {
    let world = World::new().await;
    world.add_customer();
    world.create(&[new_vehicle("VIN1")]).await.unwrap();
    let id = world.find("VIN1").await.unwrap()[0].native_id.clone();
    let change = |native_id: &str, transmission: &str| VehicleChange {
        native_id: native_id.to_owned(),
        fields: VehicleFields {
            color: text("Green"),
            transmission: text(transmission),
            ..VehicleFields::default()
        },
    };
    let changes = [
        change("999999", ""),
        change(&id, "Manual"),
        change(&id, "CVT"),
    ];
    let provider = world.provider();
    let outcomes = provider
        .update_vehicles(&world.access, SHOP, &changes)
        .await;
    let outcomes = outcomes.unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|it| complaints(it)).collect();
    assert_eq!(
        outcomes,
        [
            vec![(None, "vehicle 999999 not found")],
            vec![],
            vec![(Some("fields.transmission"), "must be Automatic or Manual")],
        ]
    );
    let read = world.get(Vehicle, (SHOP, &id)).await.unwrap();
    let read = read.vehicle.unwrap().content;
    assert_eq!(
        (read.color, read.transmission),
        (text("Green"), text("Manual"))
    );
    assert_eq!((read.make, read.vin), (text("Honda"), text("VIN1")));

    world.spoil_once(API, FaultKind::Html200);
    let changes = [change(&id, "")];
    let answer = provider
        .update_vehicles(&world.access, SHOP, &changes)
        .await;
    assert_error!(answer, ProviderError::Ambiguous(_));
}

#[tokio::test]
async fn an_archived_vehicle_is_inactive_and_stays_in_the_list() {
    let world = World::new().await;
    world.add_customer();
    world
        .create(&[new_vehicle("VIN1"), new_vehicle("VIN2")])
        .await
        .unwrap();
    let ids: Vec<_> = world
        .all(Vehicle, SHOP)
        .await
        .into_iter()
        .map(|it| it.native_id)
        .collect();
    let archival = |native_id: &str, customer_id: &str| VehicleArchival {
        native_id: native_id.to_owned(),
        customer_id: text(customer_id),
    };
    let archivals = [
        archival(&ids[0], CUSTOMER),
        archival(&ids[1], ""),
        archival("../x", ""),
        archival("999999", ""),
    ];
    let provider = world.provider();
    let outcomes = provider
        .archive_vehicles(&world.access, SHOP, &archivals)
        .await;
    let outcomes = outcomes.unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|it| complaints(it)).collect();
    assert_eq!(
        outcomes,
        [
            vec![],
            vec![],
            vec![(Some("id"), "is no vehicle's id")],
            vec![(None, "vehicle 999999 not found")],
        ]
    );
    for vehicle in world.all(Vehicle, SHOP).await {
        let content = vehicle.vehicle.unwrap().content;
        assert_eq!(content.status, VehicleStatusCode::Inactive);
    }
    let elsewhere = provider
        .archive_vehicles(&world.access, OTHER_SHOP, &archivals[..1])
        .await;
    let outcomes = elsewhere.unwrap();
    assert_eq!(outcomes[0].len(), 1, "it is the other company's");
}
