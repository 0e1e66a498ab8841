//! Which scopes fields need, for those that have to know it before anything runs.
//!
//! Apart, because it is a table. It lets nobody in: the resolvers ask for themselves. A test compares
//! it with what the fields' descriptions promise.

use std::collections::BTreeSet;

use super::caller::{Scope, Scopes};

/// What lies below `Subscription`. A field that is not here needs what led to it, and no more.
const NEEDS: &[(&str, &[Scope])] = &[
    ("Accessory.category", &[Scope::CategoriesRead]),
    ("CategoryChanged.category", &[Scope::CategoriesRead]),
    ("Offer.order", &[Scope::OrdersRead]),
    ("OfferCreated.offer", &[Scope::OffersRead]),
    ("OfferStatusChanged.offer", &[Scope::OffersRead]),
    ("OfferUpdated.offer", &[Scope::OffersRead]),
    ("Order.offer", &[Scope::OffersRead]),
    ("Order.vehicle", &[Scope::VehiclesRead]),
    ("OrderCreated.order", &[Scope::OrdersRead]),
    ("OrderStatusChanged.order", &[Scope::OrdersRead]),
    ("OrderUpdated.order", &[Scope::OrdersRead]),
    ("Product.category", &[Scope::CategoriesRead]),
    ("Provenance.raw", &[Scope::RawRead]),
    (
        "ProviderAccountStatusChanged.account",
        &[Scope::AccountsRead],
    ),
    ("Subscription.events", &[Scope::EventsRead]),
    (
        "Subscription.offerStatusChanged",
        &[Scope::EventsRead, Scope::OffersRead],
    ),
    (
        "Subscription.orderStatusChanged",
        &[Scope::EventsRead, Scope::OrdersRead],
    ),
    (
        "Subscription.vehicleStatusChanged",
        &[Scope::EventsRead, Scope::VehiclesRead],
    ),
    ("Vehicle.orders", &[Scope::OrdersRead]),
    ("VehicleCreated.vehicle", &[Scope::VehiclesRead]),
    ("VehicleStatusChanged.vehicle", &[Scope::VehiclesRead]),
    ("VehicleUpdated.vehicle", &[Scope::VehiclesRead]),
    ("WebhookDelivery.event", &[Scope::EventsRead]),
    ("WebhookDeliveryExhausted.delivery", &[Scope::WebhooksRead]),
    ("WebhookEndpointDisabled.endpoint", &[Scope::WebhooksRead]),
];

/// What is needed for all of these fields, which are named as `Type.field`.
pub(super) fn of(fields: &BTreeSet<String>) -> Scopes {
    let needed = NEEDS.iter().filter(|(field, _)| fields.contains(*field));
    needed
        .flat_map(|(_, scopes)| scopes.iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;

    /// The scopes that a description names where it says what is needed.
    fn promised(description: &str) -> Vec<Scope> {
        let words: Vec<_> = description.split_whitespace().collect();
        let text = words.join(" ");
        let Some((_, after)) = text.split_once("Needs the scope") else {
            return Vec::new();
        };
        let sentence = after.split(". ").next().unwrap();
        sentence.split('`').filter_map(Scope::parse).collect()
    }

    #[test]
    fn what_fields_need_is_what_their_descriptions_say() {
        let schema = async_graphql::parser::parse_schema(super::super::sdl()).unwrap();
        let mut described = Vec::new();
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let fields = match definition.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            let ty = &definition.node.name.node;
            if ty == "Query" || ty == "Mutation" {
                continue;
            }
            for field in fields {
                let description = field.node.description.map(|it| it.node);
                let scopes = promised(&description.unwrap_or_default());
                if !scopes.is_empty() {
                    described.push((format!("{ty}.{}", field.node.name.node), scopes));
                }
            }
        }
        described.sort();
        let known = NEEDS
            .iter()
            .map(|(it, needs)| ((*it).to_owned(), needs.to_vec()));
        assert_eq!(described, known.collect::<Vec<_>>());
    }
}
