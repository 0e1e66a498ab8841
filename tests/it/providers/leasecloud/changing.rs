//! Orders that are made and changed.

use std::time::Duration;

use leasegraph::{
    domain::order::{OrderContent, OrderStatusCode},
    providers::ProviderError,
};
use sandbox::FaultKind;

use super::world::{World, content, new_order, refused, shown, standing, status};

#[tokio::test]
async fn an_order_is_created_and_known_although_leasecloud_shows_little_of_it() {
    let world = World::swedish().await;
    let created = world.create(&new_order("PO-1")).await.unwrap();
    let made = created.observation;
    assert!(created.notice.unwrap().contains("signature"));
    let body = world.control().submitted_order(world.name(&made.native_id));
    let body = body.unwrap().unwrap();
    assert_eq!(body["nin"], "19800101-1234");
    assert_eq!(body["customerIp"], "192.0.2.7");
    assert_eq!(body["items"][0]["unitAmount"], 1_999_999);
    assert_eq!(body["shippingVAT"], 1_250);
    for kept in [&made.raw, made.submitted.as_ref().unwrap()] {
        assert!(!kept.contains("19800101"), "{kept}");
        assert!(!kept.contains("192.0.2.7"), "{kept}");
    }

    let at_first = content(&made);
    assert_eq!(standing(&made).0, OrderStatusCode::Pending);
    assert_eq!(made.natural_key.as_deref(), Some("PO-1"));
    assert_eq!(at_first.months, Some(36));
    assert_eq!(
        shown(at_first.total.clone()).as_deref(),
        Some("40049.97 SEK")
    );
    let monthly = shown(at_first.monthly_amount.clone());
    assert_eq!(monthly.as_deref(), Some("1301.62 SEK"));
    let customer = at_first.customer.clone().unwrap();
    assert_eq!(customer.company.as_deref(), Some("Muster AB"));

    // Read by itself it is a skeleton. With what was kept it is whole, and nothing has changed.
    let read = world.order(&made.native_id).await.unwrap();
    assert_eq!(content(&read).customer, None);
    assert_eq!(content(&read).items, []);
    let whole = world.with_what_was_kept(&read, &made);
    assert_eq!(
        whole,
        OrderContent {
            buy_out: whole.buy_out.clone(),
            insurance_monthly_cost: whole.insurance_monthly_cost.clone(),
            insurance_yearly_cost: whole.insurance_yearly_cost.clone(),
            ..at_first
        }
    );
    assert_eq!(shown(whole.buy_out).as_deref(), Some("4004.99 SEK"));
}

#[tokio::test]
async fn a_refusal_names_the_fields() {
    let world = World::swedish().await;
    let mut order = new_order("PO-1");
    order.months = 7;
    order.national_id = "nobody".to_owned().into();
    order.billing_address.country = Some("Sweden".to_owned());
    order.items[0].quantity = 0;
    let mut fields: Vec<_> = refused(world.create(&order).await)
        .into_iter()
        .filter_map(|it| it.field)
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "billingAddress.country",
            "items.0.quantity",
            "months",
            "nationalId"
        ]
    );

    // What is missing is missed before it is sent.
    order.phone.clear();
    let issues = refused(world.create(&order).await);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].field.as_deref(), Some("phone"));
    assert_eq!((world.count("POST"), world.orders()), (1, 0));
}

#[tokio::test]
async fn an_order_that_is_not_accepted_is_told_at_once_or_later() {
    let world = World::swedish().await;
    let mut order = new_order("PO-1");
    order.company = "REFUSE-ME".to_owned();
    let issues = refused(world.create(&order).await);
    assert_eq!(issues.len(), 1);
    assert_eq!(issues[0].code, "OrderNotAccepted");
    assert_eq!(issues[0].field, None);
    assert!(!issues[0].message.is_empty());
    assert_eq!(world.orders(), 0);

    order.company = "DECLINE-ME".to_owned();
    let made = world.create(&order).await.unwrap().observation;
    world.sandbox.advance(Duration::from_mins(2));
    let read = world.order(&made.native_id).await.unwrap();
    let expected = (OrderStatusCode::Declined, "DECLINED".to_owned(), true);
    assert_eq!(standing(&read), expected);
}

#[tokio::test]
async fn an_order_gets_another_number_unless_it_is_over() {
    let world = World::swedish().await;
    let made = world.create(&new_order("PO-1")).await.unwrap().observation;
    world.update(&made.native_id, "PO-2").await.unwrap();
    let read = world.order(&made.native_id).await.unwrap();
    assert_eq!(read.natural_key.as_deref(), Some("PO-2"));
    let whole = world.with_what_was_kept(&read, &made);
    assert_eq!(whole.external_order_id.as_deref(), Some("PO-2"));

    let issues = refused(world.update(&made.native_id, " ").await);
    assert_eq!(issues[0].field.as_deref(), Some("externalOrderId"));
    assert_eq!(world.count("PATCH"), 1, "it was not sent");

    for (kind, number) in [
        (FaultKind::DropAfterCommit, "PO-3"),
        (FaultKind::Html200, "PO-4"),
    ] {
        world.spoil_once(kind.clone());
        let error = world.update(&made.native_id, number).await.unwrap_err();
        assert!(
            matches!(error, ProviderError::Ambiguous(_)),
            "{kind:?}: {error:?}"
        );
    }
    assert_eq!(world.count("PATCH"), 3, "nothing is sent twice");
    let read = world.order(&made.native_id).await.unwrap();
    assert_eq!(read.natural_key.as_deref(), Some("PO-3"));

    let name = world.name(&made.native_id);
    world.control().set_status(name, "CANCELLED").unwrap();
    let error = world.update(&made.native_id, "PO-5").await.unwrap_err();
    assert!(matches!(error, ProviderError::NotModifiable), "{error:?}");
    world.spoil_once(status(403, None));
    let error = world.update(&made.native_id, "PO-5").await.unwrap_err();
    assert!(matches!(error, ProviderError::Forbidden), "{error:?}");
}
