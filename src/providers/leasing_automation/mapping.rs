//! Leasing Automation's offers, read and translated into ours. All of it is pure, and whoever
//! changes what the same text becomes must raise [`VERSION`].
//!
//! Leasing Automation shows an offer's id and status, and nothing else ever again. The rest is what
//! was sent when the offer was made.

use super::{status, wire};
use crate::{
    domain::{
        customer::Customer,
        money::Money,
        offer::{Accessory, ObservedOffer, OfferContent, OfferStatus, Product, total},
    },
    providers::{
        Observation, Quarantined, RecordText,
        json::{BadField, Record},
    },
};

/// Goes up whenever the same text becomes something else.
pub(super) const VERSION: i32 = 1;

/// [assumed] The longest id that we take; fifty of them have to fit into a URL.
const LONGEST_ID: usize = 64;

/// What there is of an object that was not sent.
const NOTHING: &str = "{}";

/// The id's name in the answer to a new offer, and nowhere else.
const NEW_ID: &str = "offerID";
const STATUS_ID: &str = "leasingProviderOfferId";

/// Reads one offer, or says which of its fields makes no sense.
pub(super) fn observe(text: RecordText<'_>) -> Result<Observation, Quarantined> {
    read(text).map_err(|bad| Quarantined {
        native_id: Record::read(text.raw).and_then(|it| native_id(&it)).ok(),
        scope: text.scope.to_owned(),
        raw: text.raw.to_owned(),
        reason: bad.to_string(),
    })
}

fn read(text: RecordText<'_>) -> Result<Observation, BadField> {
    let record = Record::read(text.raw)?;
    let native_id = native_id(&record)?;
    let sent = Record::read(text.submitted.unwrap_or(NOTHING))?;
    let offer = ObservedOffer {
        content: content(text.scope, &record, &sent)?,
        // Nobody says when.
        created_at: None,
        updated_at: None,
    };
    Ok(Observation {
        native_id,
        // Each leasing provider numbers its own offers.
        scope: text.scope.to_owned(),
        raw: text.raw.to_owned(),
        submitted: text.submitted.map(str::to_owned),
        // An offer cannot be looked for by anything of ours.
        natural_key: None,
        vehicle_native_id: None,
        offer: Some(offer),
        order: None,
        vehicle: None,
        is_ordered: false,
    })
}

/// The leasing provider's own id: the answer to a new offer calls it otherwise than the status does.
fn native_id(record: &Record<'_>) -> Result<String, BadField> {
    let name = if is_answer_to_new_offer(record) {
        NEW_ID
    } else {
        STATUS_ID
    };
    let id = record.required(name, record.code(name)?)?;
    if is_id(&id) {
        Ok(id)
    } else {
        Err(record.bad(name, "cannot be asked about"))
    }
}

fn is_answer_to_new_offer(record: &Record<'_>) -> bool {
    record.raw(NEW_ID).is_some()
}

/// Whether an id can stand in a list with commas.
pub(super) fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_graphic() && it != b',')
}

fn status(record: &Record<'_>) -> Result<OfferStatus, BadField> {
    if is_answer_to_new_offer(record) {
        return Ok(status::of_word(status::CREATED.to_owned()));
    }
    let word = record.text("leasingOfferStatus")?;
    Ok(status::of_word(
        record.required("leasingOfferStatus", word)?,
    ))
}

fn content(slug: &str, record: &Record<'_>, sent: &Record<'_>) -> Result<OfferContent, BadField> {
    let order = part(sent, "orderDetails")?;
    let delivery = part(sent, "deliveryDetails")?;
    let product = product(&order, &part(sent, "bikeSpecifications")?)?;
    let accessories = order.records("accessories")?;
    let accessories: Vec<_> = accessories
        .iter()
        .map(accessory)
        .collect::<Result<_, _>>()?;
    let shipping_cost = euros(&order, "deliveryCosts")?;
    let installation_cost = euros(&order, "assemblyCosts")?;
    Ok(OfferContent {
        leasing_provider_slug: Some(slug.to_owned()),
        external_offer_id: order.text("orderId")?,
        offer_number: Some(native_id(record)?),
        order_number: None,
        customer: customer(&part(sent, "customer")?)?,
        // [assumed] What the lease is about.
        total: total(&product, &accessories, [&shipping_cost, &installation_cost]),
        product,
        accessories,
        with_shipping: None,
        shipping_cost,
        installation_cost,
        delivery_date: delivery.time("deliveryDate")?,
        notes: None,
        status: status(record)?,
    })
}

/// One of the objects that a new offer is made of; one without fields if it was not sent.
fn part<'a>(sent: &Record<'a>, name: &str) -> Result<Record<'a>, BadField> {
    match sent.record(name)? {
        Some(part) => Ok(part),
        None => Record::read(NOTHING),
    }
}

fn customer(sent: &Record<'_>) -> Result<Option<Customer>, BadField> {
    let customer = Customer {
        first_name: sent.text("userFirstName")?,
        last_name: sent.text("userLastName")?,
        email: sent.text("userIdentifier")?.filter(|it| wire::is_email(it)),
        ..Customer::default()
    };
    Ok((customer != Customer::default()).then(|| customer.with_full_name()))
}

fn product(order: &Record<'_>, bike: &Record<'_>) -> Result<Product, BadField> {
    Ok(Product {
        category_code: bike.code("category")?,
        // The slug of the brand: the name is in the list of brands.
        brand_name: bike.text("brand")?,
        model_name: bike.text("model")?,
        model_year: order.integer("year")?,
        color: order.text("color")?,
        size: order.text("frameSize")?,
        frame_number: order.text("frameNumber")?,
        drive_manufacturer: bike.text("driveManufacturer")?,
        battery_capacity_wh: None,
        price: euros(order, "purchasePrice")?,
        list_price: euros(bike, "recommendedPurchasePrice")?,
    })
}

fn accessory(sent: &Record<'_>) -> Result<Accessory, BadField> {
    Ok(Accessory {
        category_code: sent.code("accessoryType")?,
        brand_name: sent.text("brand")?,
        model_name: sent.text("model")?,
        quantity: sent.integer("quantity")?.unwrap_or(1),
        price: euros(sent, "purchasePrice")?,
        list_price: euros(sent, "recommendedPurchasePrice")?,
    })
}

/// [assumed] In euros and gross: no currency is named, and private people lease.
fn euros(record: &Record<'_>, name: &str) -> Result<Option<Money>, BadField> {
    Ok(record.amount(name)?.map(Money::euros_gross))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{super::documented, *};
    use crate::domain::offer::OfferStatusCode;

    const CREATED: &str = include_str!("fixtures/created.json");
    const STATUS: &str = concat!(
        r#"{"leasingProviderSlug":"jobrad","leasingProviderOfferId":"offer_12345","#,
        r#""leasingOfferStatus":"sentToLeasingProvider","new":[1]}"#
    );

    fn observe(raw: &str, submitted: Option<&str>) -> Result<Observation, Quarantined> {
        super::observe(RecordText {
            scope: "jobrad",
            raw,
            submitted,
        })
    }

    /// What is read out of an offer that was made with the documented body, changed.
    fn content(change: impl FnOnce(&mut Value)) -> OfferContent {
        let observation = observe(STATUS, Some(&sent(change))).unwrap();
        observation.offer.unwrap().content
    }

    fn sent(change: impl FnOnce(&mut Value)) -> String {
        let mut body: Value = serde_json::from_str(documented::BODY).unwrap();
        change(&mut body);
        body.to_string()
    }

    fn reason(raw: &str, submitted: Option<&str>) -> String {
        observe(raw, submitted).unwrap_err().reason
    }

    #[test]
    fn a_new_offer_is_what_was_sent_and_an_id() {
        let observation = observe(CREATED, Some(documented::BODY)).unwrap();
        assert_eq!(observation.native_id, "offer_12345");
        assert_eq!(observation.scope, "jobrad");
        assert_eq!(observation.raw, CREATED);
        assert_eq!(observation.submitted.as_deref(), Some(documented::BODY));
        assert_eq!(observation.natural_key, None);
        assert_eq!((observation.order, observation.vehicle), (None, None));
        assert!(!observation.is_ordered);

        let offer = observation.offer.unwrap();
        assert_eq!((offer.created_at, offer.updated_at), (None, None));
        let text = |it: &str| Some(it.to_owned());
        let expected = OfferContent {
            leasing_provider_slug: text("jobrad"),
            external_offer_id: text("XYZ7890"),
            offer_number: text("offer_12345"),
            order_number: None,
            customer: Some(Customer {
                email: text("mustermitarbeiterin@gmx.net"),
                ..Customer::default()
            }),
            product: Product {
                brand_name: text("trek"),
                ..documented::new_offer().terms.product
            },
            accessories: Vec::new(),
            with_shipping: None,
            shipping_cost: None,
            installation_cost: None,
            total: Some(documented::euros("2000")),
            delivery_date: Some("2024-12-31T22:00:00Z".parse().unwrap()),
            notes: None,
            status: status::of_word("created".to_owned()),
        };
        assert_eq!(offer.content, expected);
        assert_eq!(offer.content.status.code, OfferStatusCode::Submitted);
    }

    #[test]
    fn a_status_changes_nothing_but_the_status() {
        let content = |raw| {
            observe(raw, Some(documented::BODY))
                .unwrap()
                .offer
                .unwrap()
                .content
        };
        let (before, after) = (content(CREATED), content(STATUS));
        assert_eq!(after.status.code, OfferStatusCode::Open);
        assert_eq!(after.status.provider_code, "sentToLeasingProvider");
        let status = before.status.clone();
        assert_eq!(OfferContent { status, ..after }, before);
    }

    #[test]
    fn an_offer_of_which_nothing_else_is_known_has_an_id_and_a_status() {
        let observation = observe(STATUS, None).unwrap();
        assert_eq!(observation.submitted, None);
        let content = observation.offer.unwrap().content;
        assert_eq!(content.offer_number.as_deref(), Some("offer_12345"));
        assert_eq!(content.status.provider_code, "sentToLeasingProvider");
        assert_eq!((content.customer, content.total), (None, None));
        assert_eq!(content.product, Product::default());
    }

    #[test]
    fn an_identifier_is_an_address_only_if_it_is_one() {
        let customer = content(|it| {
            it["customer"]["userIdentifier"] = "EURO-2030-0001".into();
            it["customer"]["userFirstName"] = "Max".into();
            it["customer"]["userLastName"] = "Muster".into();
        })
        .customer
        .unwrap();
        assert_eq!(customer.email, None);
        assert_eq!(customer.full_name.as_deref(), Some("Max Muster"));
        assert_eq!(customer.first_name.as_deref(), Some("Max"));
        assert_eq!(customer.last_name.as_deref(), Some("Muster"));
        let nobody = content(|it| it["customer"]["userIdentifier"] = "EURO-2030-0001".into());
        assert_eq!(nobody.customer, None);
    }

    #[test]
    fn no_cent_is_lost() {
        let submitted = concat!(
            r#"{"orderDetails":{"purchasePrice":2900.99,"deliveryCosts":49.90,"#,
            r#""assemblyCosts":0.1,"accessories":["#,
            r#"{"accessoryType":"lock","purchasePrice":19.99,"quantity":3},"#,
            r#"{"accessoryType":"helmet","purchasePrice":99.99,"#,
            r#""recommendedPurchasePrice":119.99}]},"#,
            r#""bikeSpecifications":{"recommendedPurchasePrice":2999.99}}"#
        );
        let content = observe(STATUS, Some(submitted))
            .unwrap()
            .offer
            .unwrap()
            .content;
        assert_eq!(content.product.price, Some(documented::euros("2900.99")));
        assert_eq!(
            content.product.list_price,
            Some(documented::euros("2999.99"))
        );
        assert_eq!(content.shipping_cost, Some(documented::euros("49.90")));
        assert_eq!(content.installation_cost, Some(documented::euros("0.1")));
        assert_eq!(content.accessories[0].quantity, 3);
        assert_eq!(content.accessories[1].quantity, 1);
        assert_eq!(
            content.accessories[1].list_price,
            Some(documented::euros("119.99"))
        );
        assert_eq!(content.total, Some(documented::euros("3110.95")));
    }

    #[test]
    fn without_the_price_of_a_part_there_is_no_total() {
        let total = |change: fn(&mut Value)| content(change).total;
        assert_eq!(total(|_| {}), Some(documented::euros("2000")));
        assert_eq!(
            total(|it| it["orderDetails"]["purchasePrice"] = Value::Null),
            None
        );
        assert_eq!(
            total(|it| it["orderDetails"]["accessories"] = json!([{}])),
            None
        );
    }

    #[test]
    fn a_bad_record_says_which_field_is_bad() {
        let too_long = format!("{{\"offerID\":\"{}\"}}", "1".repeat(65));
        for (raw, expected) in [
            ("[]", "the record is not an object"),
            ("{}", "`leasingProviderOfferId` is missing"),
            ("{\"offerID\":\" \"}", "`offerID` is missing"),
            ("{\"offerID\":\"a,b\"}", "`offerID` cannot be asked about"),
            ("{\"offerID\":\"a b\"}", "`offerID` cannot be asked about"),
            (&too_long, "`offerID` cannot be asked about"),
            (
                "{\"offerID\":[]}",
                "`offerID` is neither a text nor a number",
            ),
            (
                "{\"leasingProviderOfferId\":\"a\"}",
                "`leasingOfferStatus` is missing",
            ),
            (
                "{\"leasingProviderOfferId\":\"a\",\"leasingOfferStatus\":7}",
                "`leasingOfferStatus` is not a text",
            ),
        ] {
            assert_eq!(reason(raw, None), expected, "{raw}");
        }
        let sent = sent(|it| it["orderDetails"]["purchasePrice"] = "much".into());
        assert_eq!(
            reason(CREATED, Some(&sent)),
            "`orderDetails.purchasePrice` is not an amount of money"
        );
    }

    #[test]
    fn a_bad_record_keeps_its_id_if_it_has_one() {
        let bad = observe("{\"leasingProviderOfferId\":41}", None).unwrap_err();
        assert_eq!(bad.native_id.as_deref(), Some("41"));
        assert_eq!(observe("{}", None).unwrap_err().native_id, None);
    }
}
