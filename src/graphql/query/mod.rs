//! What can be read: one file per noun.

mod accounts;
mod categories;
mod eligibility;
mod events;
mod nodes;
mod offers;
mod orders;
mod reference_values;
mod service_config;
mod service_information;
mod terms;
mod vehicles;
mod webhooks;

use async_graphql::MergedObject;

/// Everything that can be read. Fields that can fail on their own are nullable: one that fails is
/// `null` with an error, and the rest of the answer stands.
#[derive(MergedObject, Default)]
pub struct Query(
    nodes::NodeQuery,
    accounts::AccountQuery,
    offers::OfferQuery,
    orders::OrderQuery,
    vehicles::VehicleQuery,
    categories::CategoryQuery,
    reference_values::ReferenceQuery,
    terms::TermsQuery,
    eligibility::EligibilityQuery,
    service_information::ServiceInformationQuery,
    events::EventQuery,
    webhooks::WebhookQuery,
    service_config::ServiceConfigQuery,
);
