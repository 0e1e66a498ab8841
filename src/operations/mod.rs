//! What a tenant can have done: one file per verb.
//!
//! An operation decides something or changes more than one thing: it finds, asks the provider,
//! and records the change with its event in one transaction. Plain reads go from the graph to the
//! store. Each operation's error enum lists the outcomes that a caller can tell apart.

pub mod archive_vehicles;
pub mod cancel_offer;
pub mod check_user_eligibility;
pub mod connect_provider_account;
pub mod create_offer;
pub mod create_order;
pub mod create_vehicles;
pub mod create_webhook_endpoint;
pub mod delete_webhook_endpoint;
pub mod disconnect_provider_account;
pub mod list_providers;
pub mod list_reference_values;
pub mod look_up_service_information;
pub mod question;
pub mod quote_monthly_amounts;
pub mod read_history;
pub mod read_partner_terms;
pub mod replay_webhooks;
pub mod retry_webhook_delivery;
pub mod rotate_webhook_secret;
pub mod sync_provider_account;
pub mod test_webhook_endpoint;
pub mod update_offer;
pub mod update_order;
pub mod update_vehicles;
pub mod update_webhook_endpoint;

/// What a provider answers instead is part of some operations' outcomes, and whose leases are looked
/// for is part of what they are asked.
pub use crate::providers::{ProviderError, ServiceInformationBy};

/// What is to be made or changed is said in the words in which providers are asked for it, and what
/// came of it in those in which it is written down.
pub use crate::{
    providers::{CancelReason, Cancellation, NewOrder, NewVehicle, OrderAddress, OrderPosition},
    submit::{
        ChangeError, CreateError, Submitted, TargetError,
        groups::{Outcomes, Unreachable},
        vehicles::VehicleOutcome,
    },
};
