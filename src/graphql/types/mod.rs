//! What the graph is made of: one file per noun. A new field is a method here, and its doc comment
//! is what clients read about it.

pub(super) mod account;
pub(super) mod category;
pub(super) mod connection;
pub(super) mod eligibility;
pub(super) mod event;
mod happening;
pub(super) mod history;
pub(super) mod node;
pub(super) mod offer;
pub(super) mod order;
pub(super) mod product;
pub(super) mod provenance;
pub(super) mod provider;
pub(super) mod reference;
pub(super) mod service_config;
pub(super) mod service_information;
pub(super) mod terms;
pub(super) mod user_error;
pub(super) mod value;
pub(super) mod vehicle;
pub(super) mod viewer;
pub(super) mod webhook;
pub(super) mod webhook_replay;
