//! JobRad's offers, read and translated into ours. All of it is pure, and whoever changes what the
//! same text becomes must raise [`VERSION`].

use uuid::Uuid;

use super::{ordered, status};
use crate::{
    domain::{
        customer::Customer,
        money::Money,
        offer::{Accessory, ObservedOffer, OfferContent, Product, total},
    },
    providers::{
        Observation, Quarantined, RecordText,
        json::{BadField, Record},
    },
};

/// Goes up whenever the same text becomes something else.
pub(super) const VERSION: i32 = 1;

/// Reads one offer, or says which of its fields makes no sense.
pub(super) fn observe(text: RecordText<'_>) -> Result<Observation, Quarantined> {
    read(text).map_err(|bad| Quarantined {
        scope: text.scope.to_owned(),
        native_id: Record::read(text.raw).and_then(|it| native_id(&it)).ok(),
        raw: text.raw.to_owned(),
        reason: bad.to_string(),
    })
}

/// What was sent has the same names as what is read, so it can stand in for a record that JobRad
/// has taken in and does not show yet.
fn read(text: RecordText<'_>) -> Result<Observation, BadField> {
    let mut record = Record::read(text.raw)?;
    let native_id = native_id(&record)?;
    if record.raw("createdAt").is_some() || text.submitted.is_none() {
        record.required("createdAt", record.raw("createdAt"))?;
    } else if let Some(submitted) = text.submitted {
        record = record.completed_by(Record::read(submitted)?);
    }
    let offer = offer(&record)?;
    let order = ordered::order(&offer);
    let vehicle = ordered::vehicle(&offer);
    let is_ordered = ordered::is_ordered(&offer);
    Ok(Observation {
        native_id,
        // Ids are UUIDs, unique everywhere.
        scope: String::new(),
        raw: text.raw.to_owned(),
        submitted: text.submitted.map(str::to_owned),
        natural_key: offer.content.external_offer_id.clone(),
        vehicle_native_id: None,
        offer: Some(offer),
        order: Some(order),
        vehicle: Some(vehicle),
        is_ordered,
    })
}

/// The record's id, in the one spelling in which ids are compared.
pub(super) fn native_id(record: &Record<'_>) -> Result<String, BadField> {
    let id = record.required("id", record.text("id")?)?;
    canonical_id(&id).ok_or_else(|| record.bad("id", "is not a UUID"))
}

/// The one spelling of an id, if it is one.
pub(super) fn canonical_id(id: &str) -> Option<String> {
    Uuid::try_parse(id)
        .ok()
        .map(|it| it.hyphenated().to_string())
}

fn offer(record: &Record<'_>) -> Result<ObservedOffer, BadField> {
    let created_at = record.time("createdAt")?;
    let updated_at = record.time("lastUpdateAt")?.or(created_at);
    let product = record.required("product", record.record("product")?)?;
    let product = self::product(&product)?;
    let accessories = record
        .records("accessory")?
        .iter()
        .map(accessory)
        .collect::<Result<Vec<_>, _>>()?;
    let shipping_cost = euros(record, "shippingCostGross")?;
    let installation_cost = euros(record, "installationCostGross")?;

    let content = OfferContent {
        leasing_provider_slug: None,
        external_offer_id: record.text("externalOfferId")?,
        offer_number: record.text("offerNumber")?,
        order_number: record.text("orderNumber")?,
        customer: customer(record)?,
        // [assumed] What the lease is about: JobRad can sort by a total, and does not show it.
        total: total(&product, &accessories, [&shipping_cost, &installation_cost]),
        product,
        accessories,
        with_shipping: record.flag("withShipping")?,
        shipping_cost,
        installation_cost,
        delivery_date: record.time("deliveryDate")?,
        notes: record.text("notes")?,
        status: status::read(record)?,
    };
    Ok(ObservedOffer {
        content,
        created_at,
        updated_at,
    })
}

fn customer(record: &Record<'_>) -> Result<Option<Customer>, BadField> {
    let (full_name, email) = (record.text("customerName")?, record.text("customerEmail")?);
    Ok((full_name.is_some() || email.is_some()).then(|| Customer {
        full_name,
        email,
        ..Customer::default()
    }))
}

fn product(record: &Record<'_>) -> Result<Product, BadField> {
    Ok(Product {
        category_code: record.code("bidexCode")?,
        brand_name: record.text("brandName")?,
        model_name: record.text("modelName")?,
        model_year: record.integer("modelYear")?,
        color: record.text("color")?,
        size: record.text("size")?,
        frame_number: None,
        drive_manufacturer: record.text("driveManufacturer")?,
        // [assumed] In watt-hours: the samples say 500.
        battery_capacity_wh: record.integer("batteryCapacity")?,
        price: euros(record, "priceGross")?,
        list_price: euros(record, "listPriceGross")?,
    })
}

fn accessory(record: &Record<'_>) -> Result<Accessory, BadField> {
    Ok(Accessory {
        category_code: record.code("bidexCode")?,
        brand_name: record.text("brandName")?,
        model_name: record.text("modelName")?,
        // JobRad lists each piece by itself.
        quantity: 1,
        price: euros(record, "priceGross")?,
        list_price: euros(record, "listPriceGross")?,
    })
}

/// [assumed] In euros: JobRad names no currency.
pub(super) fn euros(record: &Record<'_>, name: &str) -> Result<Option<Money>, BadField> {
    Ok(record.amount(name)?.map(Money::euros_gross))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::{
        offer::OfferStatusCode,
        order::{OrderKind, OrderStatusCode},
        vehicle::VehicleStatusCode,
    };

    /// The documented record, changed.
    fn record(change: impl FnOnce(&mut Value)) -> String {
        let fixture = include_str!("fixtures/offer.json");
        let mut answer: Value = serde_json::from_str(fixture).unwrap();
        change(&mut answer["data"]);
        answer["data"].to_string()
    }

    fn observe(raw: &str) -> Result<Observation, Quarantined> {
        super::observe(RecordText {
            scope: "",
            raw,
            submitted: None,
        })
    }

    fn observed(change: impl FnOnce(&mut Value)) -> Observation {
        observe(&record(change)).unwrap()
    }

    fn content(change: impl FnOnce(&mut Value)) -> OfferContent {
        observed(change).offer.unwrap().content
    }

    fn reason(change: impl FnOnce(&mut Value)) -> String {
        observe(&record(change)).unwrap_err().reason
    }

    fn amount(money: Option<Money>) -> Option<String> {
        money.map(|it| format!("{} {} {:?}", it.amount, it.currency, it.tax_mode))
    }

    #[test]
    fn the_documented_offer_is_read() {
        let raw = record(|_| {});
        let observation = observe(&raw).unwrap();
        assert_eq!(observation.raw, raw);
        let offer = observation.offer.unwrap();
        assert_eq!(
            offer.updated_at.unwrap().to_rfc3339(),
            "2030-12-01T09:30:00.250+00:00"
        );
        let content = offer.content;
        assert_eq!(content.external_offer_id.as_deref(), Some("2030-117"));
        assert_eq!(content.offer_number.as_deref(), Some("FHA-000123"));
        assert_eq!(content.order_number.as_deref(), Some("LAU-000105"));
        let customer = content.customer.unwrap();
        assert_eq!(customer.full_name.as_deref(), Some("Erika Muster"));
        assert_eq!(content.product.category_code.as_deref(), Some("123040"));
        assert_eq!(content.product.battery_capacity_wh, Some(500));
        assert_eq!(content.accessories[0].quantity, 1);
        assert_eq!(content.status.translations[0].language, "de");
        assert_eq!(
            content.status.infos[0].field.as_deref(),
            Some("product.brandName")
        );
        let steps: Vec<_> = content
            .status
            .next_steps
            .iter()
            .map(|it| (it.code, it.provider_code.as_str()))
            .collect();
        assert_eq!(
            steps,
            [
                (
                    OfferStatusCode::AwaitingEmployer,
                    "employer_decision_pending"
                ),
                (OfferStatusCode::Unknown, "put_on_hold"),
            ]
        );
    }

    #[test]
    fn every_status_has_its_meaning() {
        use OfferStatusCode as Offer;
        use OrderStatusCode as Order;

        for (word, offer, order, is_final) in [
            ("pending", Offer::Submitted, None, false),
            ("draft", Offer::Open, None, false),
            (
                "order_journey_started",
                Offer::InOrder,
                Some(Order::Pending),
                false,
            ),
            (
                "employer_decision_pending",
                Offer::AwaitingEmployer,
                Some(Order::Pending),
                false,
            ),
            (
                "jobrad_decision_pending",
                Offer::AwaitingProvider,
                Some(Order::Pending),
                false,
            ),
            ("done", Offer::Completed, Some(Order::Completed), true),
            ("canceled", Offer::Cancelled, None, true),
            ("rejected", Offer::Rejected, None, false),
            ("on_the_moon", Offer::Unknown, None, false),
        ] {
            let observation = observed(|it| {
                it["status"]["current"]["code"] = word.into();
                it["orderNumber"] = Value::Null;
            });
            let status = observation.offer.unwrap().content.status;
            assert_eq!((status.code, status.is_final), (offer, is_final), "{word}");
            assert_eq!(status.provider_code, word);

            assert_eq!(observation.is_ordered, order.is_some(), "{word}");
            let ordered = observation.order.unwrap().content.status;
            assert_eq!(ordered.is_final, is_final, "{word}");
            if let Some(order) = order {
                assert_eq!(ordered.code, order, "{word}");
            }
        }
    }

    #[test]
    fn an_order_number_makes_an_order_in_every_status() {
        for (word, order, vehicle) in [
            (
                "pending",
                OrderStatusCode::Unknown,
                VehicleStatusCode::Active,
            ),
            (
                "canceled",
                OrderStatusCode::Cancelled,
                VehicleStatusCode::Inactive,
            ),
            (
                "on_the_moon",
                OrderStatusCode::Unknown,
                VehicleStatusCode::Unknown,
            ),
        ] {
            let observation = observed(|it| it["status"] = word.into());
            let content = observation.order.unwrap().content;
            assert_eq!(content.status.code, order, "{word}");
            assert_eq!(content.status.provider_code, word);
            assert_eq!(content.kind, OrderKind::Lease);
            assert_eq!(content.external_order_id.as_deref(), Some("2030-117"));
            let bicycle = observation.vehicle.unwrap().content;
            assert_eq!(bicycle.status, vehicle, "{word}");
            assert_eq!(bicycle.name.as_deref(), Some("Gudereit EC-5.5"));
        }
        assert!(
            !observed(|it| {
                it["status"] = "pending".into();
                it["orderNumber"] = " ".into();
            })
            .is_ordered
        );
    }

    #[test]
    fn no_cent_is_lost() {
        let read = content(|_| {});
        assert_eq!(
            amount(read.product.price).as_deref(),
            Some("2900.99 EUR Gross")
        );
        assert_eq!(amount(read.total).as_deref(), Some("3080.96 EUR Gross"));

        let total = |change: fn(&mut Value)| amount(content(change).total);
        assert_eq!(
            total(|it| it["accessory"] = json!([])).as_deref(),
            Some("2980.97 EUR Gross")
        );
        assert_eq!(total(|it| it["product"]["priceGross"] = Value::Null), None);
        assert_eq!(
            total(|it| it["accessory"][0]["priceGross"] = Value::Null),
            None
        );
        assert_eq!(
            total(|it| it["product"]["priceGross"] = "19.99".into()).as_deref(),
            Some("199.96 EUR Gross")
        );
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let observation = observe(concat!(
            r#"{"id":"978FE89A-DA63-4221-A8BE-BBB743EF07BC","product":{},"#,
            r#""createdAt":"2030-12-01T08:00:00.1234567Z","status":"pending","new":[1]}"#
        ))
        .unwrap();
        assert_eq!(
            observation.native_id,
            "978fe89a-da63-4221-a8be-bbb743ef07bc"
        );
        let offer = observation.offer.unwrap();
        assert_eq!(offer.created_at, offer.updated_at);
        assert_eq!(
            offer.created_at.unwrap().timestamp_subsec_nanos(),
            123_456_000
        );
        assert_eq!(offer.content.customer, None);
        assert_eq!(offer.content.accessories, []);
        assert!(!observation.is_ordered);
    }

    #[test]
    fn numbers_may_be_texts() {
        let product = content(|it| {
            it["product"]["bidexCode"] = "123040".into();
            it["product"]["modelYear"] = "2023".into();
            it["product"]["batteryCapacity"] = "500".into();
        })
        .product;
        assert_eq!(product, content(|_| {}).product);
    }

    #[test]
    fn a_bad_record_says_which_field_is_bad() {
        for (reason, expected) in [
            (reason(|it| it["id"] = Value::Null), "`id` is missing"),
            (reason(|it| it["id"] = "../x".into()), "`id` is not a UUID"),
            (
                reason(|it| it["status"] = Value::Null),
                "`status` is missing",
            ),
            (
                reason(|it| it["status"] = json!({"current": {}})),
                "`status.current.code` is missing",
            ),
            (
                reason(|it| it["status"]["infos"] = "x".into()),
                "`status.infos` is not a list",
            ),
            (
                reason(|it| it["createdAt"] = Value::Null),
                "`createdAt` is missing",
            ),
            (
                reason(|it| it["createdAt"] = "yesterday".into()),
                "`createdAt` is not a time with its offset",
            ),
            (
                reason(|it| it["product"] = Value::Null),
                "`product` is missing",
            ),
            (
                reason(|it| it["product"] = json!([])),
                "`product` is not an object",
            ),
        ] {
            assert_eq!(reason, expected);
        }
    }

    #[test]
    fn an_amount_that_is_none_says_so() {
        for (reason, expected) in [
            (
                reason(|it| it["product"]["priceGross"] = "abc".into()),
                "`product.priceGross` is not an amount of money",
            ),
            (
                reason(|it| it["product"]["priceGross"] = json!(1e18)),
                "`product.priceGross` is an absurd amount of money",
            ),
            (
                reason(|it| it["accessory"][0]["listPriceGross"] = json!(-1)),
                "`accessory[0].listPriceGross` is an absurd amount of money",
            ),
            (
                reason(|it| it["customerName"] = json!(7)),
                "`customerName` is not a text",
            ),
            (
                reason(|it| it["product"]["modelYear"] = json!(2023.5)),
                "`product.modelYear` is not a whole number",
            ),
        ] {
            assert_eq!(reason, expected);
        }
    }

    #[test]
    fn a_bad_record_keeps_its_id_if_it_has_one() {
        let bad = observe("[]").unwrap_err();
        assert_eq!(bad.reason, "the record is not an object");
        assert_eq!(bad.native_id, None);
        let bad = observe(&record(|it| it["product"] = Value::Null)).unwrap_err();
        assert_eq!(
            bad.native_id.as_deref(),
            Some("978fe89a-da63-4221-a8be-bbb743ef07bc")
        );
    }
}
