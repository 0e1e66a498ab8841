//! What fields cost that are not one object: those that count, and those that ask somebody.
//!
//! Apart, because it is a table, and `serviceConfig` and the documentation speak about it. How a cost
//! is calculated is the planner's affair.

/// Counting reads every row that a filter lets through.
const COUNT: u64 = 10;

/// A provider is asked while the caller waits.
const PROVIDER: u64 = 20;

/// Something is written, and perhaps told.
const CHANGE: u64 = 10;

pub(super) const WEIGHTS: &[(&str, u64)] = &[
    ("CategoryConnection.totalCount", COUNT),
    ("OfferConnection.totalCount", COUNT),
    ("OrderConnection.totalCount", COUNT),
    ("ProviderAccountConnection.totalCount", COUNT),
    ("VehicleConnection.totalCount", COUNT),
    ("Offer.history", PROVIDER),
    ("Order.history", PROVIDER),
    ("Query.monthlyAmounts", PROVIDER),
    ("Query.partnerTerms", PROVIDER),
    ("Query.serviceInformation", PROVIDER),
    ("Query.userEligibility", PROVIDER),
    ("Mutation.archiveVehicles", CHANGE),
    ("Mutation.cancelOffer", CHANGE),
    ("Mutation.connectProviderAccount", CHANGE),
    ("Mutation.createOffer", CHANGE),
    ("Mutation.createOrder", CHANGE),
    ("Mutation.createVehicles", CHANGE),
    ("Mutation.createWebhookEndpoint", CHANGE),
    ("Mutation.deleteWebhookEndpoint", CHANGE),
    ("Mutation.disconnectProviderAccount", CHANGE),
    ("Mutation.dryRunWebhook", CHANGE),
    ("Mutation.replayWebhooks", CHANGE),
    ("Mutation.retryWebhookDelivery", CHANGE),
    ("Mutation.rotateWebhookSecret", CHANGE),
    ("Mutation.syncProviderAccount", CHANGE),
    ("Mutation.testWebhookEndpoint", CHANGE),
    ("Mutation.updateOffer", CHANGE),
    ("Mutation.updateOrder", CHANGE),
    ("Mutation.updateVehicles", CHANGE),
    ("Mutation.updateWebhookEndpoint", CHANGE),
];

/// Lists that no argument limits and that lead on to other rows. A tree is the dangerous one: down to
/// the children and up to their parents again, it multiplies with every level.
pub(super) const LENGTHS: &[(&str, u64)] = &[
    ("ArchiveVehiclesPayload.vehicles", 20),
    ("Category.children", 40),
    ("Category.path", 16),
    ("CreateVehiclesPayload.vehicles", 20),
    ("UpdateVehiclesPayload.vehicles", 20),
];

/// Whether somebody else is asked for the field while the caller waits.
pub(super) fn asks_a_provider(field: &str) -> bool {
    let named = WEIGHTS.iter().find(|(it, _)| *it == field);
    named.is_some_and(|(_, weight)| *weight == PROVIDER)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

    use super::*;
    use crate::planner::{Limits, Reason};

    #[test]
    fn every_count_and_every_change_has_a_weight_and_nothing_else_is_named() {
        let schema = async_graphql::parser::parse_schema(super::super::sdl()).unwrap();
        let (mut all, mut heavy) = (BTreeSet::new(), BTreeSet::new());
        for definition in schema.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let TypeKind::Object(object) = definition.node.kind else {
                continue;
            };
            for field in object.fields {
                let (ty, field) = (&definition.node.name.node, &field.node.name.node);
                if ty == "Mutation" || field == "totalCount" {
                    heavy.insert(format!("{ty}.{field}"));
                }
                all.insert(format!("{ty}.{field}"));
            }
        }
        let named: BTreeSet<_> = WEIGHTS.iter().map(|(it, _)| (*it).to_owned()).collect();
        assert_eq!(heavy.difference(&named).next(), None);
        assert_eq!(named.difference(&all).next(), None);
    }

    #[test]
    fn a_tree_cannot_be_walked_up_and_down_without_end() {
        let planner = super::super::planner(Limits::default()).unwrap();
        let cost = |below: &str| {
            let text = format!("{{ categories(first: 1) {{ nodes {{ {below} }} }} }}");
            let document = planner.document(&text).unwrap();
            planner.plan(&document, None, serde_json::Map::new())
        };
        assert!(cost("children { id parent { id } }").is_ok());
        for below in [
            "children { parent { children { id } } }",
            "children { path { children { id } } }",
            "children { children { id } }",
        ] {
            let refused = cost(below).unwrap_err();
            assert_eq!(refused.reason, Reason::TooExpensive, "{below}");
        }
    }
}
