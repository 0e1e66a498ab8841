//! Talking to leasing and workshop providers.
//!
//! # The cast
//!
//! * A **connector** is a folder. It knows one provider's paths and words (`wire`) and translates
//!   them into ours and back (`mapping`). It keeps no records and touches no database: what it
//!   learns goes back to the caller.
//! * The [`Provider`] trait is what the rest of the service asks of any of them; the [`Registry`]
//!   lists them.
//! * The `transport` is shared: everything about a request that is not about a provider's words.
//! * [`Access`] says where and as whom a provider is asked. It comes with each call, so that one
//!   connector serves every account of every tenant.
//!
//! # What is promised
//!
//! A page is read whole or fails whole; within it, a record that makes no sense is put aside
//! ([`Quarantined`]) and the others apply. A word that we do not know is kept and becomes UNKNOWN.
//! Reads are repeated when that may help. A change is sent once: if its outcome is unknown, the
//! error says so ([`ProviderError::Ambiguous`]), and nobody may just send it again.

mod access;
mod changes;
mod error;
mod jobrad;
mod json;
mod observed;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

pub use self::{
    access::{Access, Credentials, UnreadableCredentials},
    changes::{CancelReason, Cancellation, NewOffer, OfferTerms, Submitted},
    error::{Outage, ProviderError},
    jobrad::JobradCredentials,
    observed::{EmployeeCategories, Observation, Page, Quarantined},
    transport::TransportSettings,
};
use crate::{
    domain::{
        Timestamp, capability::Capability, category::ObservedCategory, history::HistoryPage,
        id::AccountId, provider::ProviderKey,
    },
    egress::Egress,
};

/// What we ask of a provider.
///
/// What a provider cannot do keeps its default here and is said to be unsupported in
/// [`Provider::capabilities`]; a test compares the two.
#[async_trait]
pub trait Provider: Send + Sync {
    fn key(&self) -> ProviderKey;

    /// Where the provider is asked if an account does not say otherwise.
    fn default_base_url(&self) -> Url;

    /// What the provider can do: every kind of record with every operation.
    fn capabilities(&self) -> &'static [Capability];

    /// Goes up whenever [`Provider::observe`] reads the same text differently: then a record is
    /// read anew the next time it is seen, even if its text is the same.
    fn mapping_version(&self) -> i32;

    /// Reads one record. Depends on the text alone.
    fn observe(&self, raw: &str) -> Result<Observation, Quarantined>;

    /// Checks the credentials with a real call, the cheapest there is.
    async fn verify(&self, access: &Access) -> Result<(), ProviderError>;

    /// One page of the offers whose status changed since then, or of all; the first page is 1. The
    /// order does not depend on anything that changes while the pages are read.
    async fn list_offers(
        &self,
        _access: &Access,
        _changed_since: Option<Timestamp>,
        _page: u32,
    ) -> Result<Page, ProviderError> {
        Err(ProviderError::Unsupported("listing offers"))
    }

    async fn get_offer(
        &self,
        _access: &Access,
        _native_id: &str,
    ) -> Result<Observation, ProviderError> {
        Err(ProviderError::Unsupported("reading an offer"))
    }

    /// One page of what the provider remembers of an offer's past; the first page is 1.
    async fn offer_history(
        &self,
        _access: &Access,
        _native_id: &str,
        _page: HistoryRange,
    ) -> Result<HistoryPage, ProviderError> {
        Err(ProviderError::Unsupported("the history of an offer"))
    }

    async fn create_offer(
        &self,
        _access: &Access,
        _offer: &NewOffer,
    ) -> Result<Submitted, ProviderError> {
        Err(ProviderError::Unsupported("creating an offer"))
    }

    async fn update_offer(
        &self,
        _access: &Access,
        _native_id: &str,
        _terms: &OfferTerms,
    ) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported("changing an offer"))
    }

    async fn cancel_offer(
        &self,
        _access: &Access,
        _native_id: &str,
        _cancellation: Cancellation,
    ) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported("cancelling an offer"))
    }

    /// All categories, in every language that we show.
    async fn list_categories(
        &self,
        _access: &Access,
    ) -> Result<Vec<ObservedCategory>, ProviderError> {
        Err(ProviderError::Unsupported("listing categories"))
    }

    /// What the employee with this e-mail address may lease.
    async fn employee_categories(
        &self,
        _access: &Access,
        _email: &str,
    ) -> Result<EmployeeCategories, ProviderError> {
        Err(ProviderError::Unsupported("the categories of an employee"))
    }

    /// Drops what is cached for an account, because it was disconnected.
    fn forget(&self, account: AccountId);
}

/// Which part of a record's past is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryRange {
    /// The first is 1.
    pub page: u32,
    pub per_page: u32,
}

/// Every provider the service can talk to. Cheap to clone.
#[derive(Clone)]
pub struct Registry(Arc<[Box<dyn Provider>]>);

impl Registry {
    /// Lists the providers. A new one is one line here.
    pub fn new(egress: Egress, settings: TransportSettings) -> Self {
        let transport = transport::Transport::new(egress, settings);
        Self(Arc::new([Box::new(jobrad::Jobrad::new(transport))]))
    }

    pub fn get(&self, key: ProviderKey) -> Option<&dyn Provider> {
        self.all().find(|it| it.key() == key)
    }

    pub fn all(&self) -> impl Iterator<Item = &dyn Provider> {
        self.0.iter().map(|it| &**it)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.all().map(Provider::key))
            .finish()
    }
}
