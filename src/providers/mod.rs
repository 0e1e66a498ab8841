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
//!   It asks a [`RequestBudget`] before every request; who keeps that count is not known here.
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
mod autoleap;
mod budget;
mod changes;
mod error;
mod jobrad;
mod json;
mod leasecloud;
mod leasing_automation;
mod observed;
mod polling;
mod transport;

use std::sync::Arc;

use async_trait::async_trait;
use rust_decimal::Decimal;
use url::Url;

pub use self::{
    access::{Access, Credentials, UnreadableCredentials},
    autoleap::AutoleapCredentials,
    budget::{Exhausted, InvalidQuota, Lane, Meter, NamedQuota, Quota, RequestBudget, Unmetered},
    changes::{
        CancelReason, Cancellation, Created, NewOffer, NewOrder, NewVehicle, OfferTerms,
        OrderAddress, OrderPosition, ServiceInformationBy, VehicleArchival, VehicleChange,
    },
    error::{Outage, ProviderError},
    jobrad::JobradCredentials,
    leasecloud::{InvalidLeasecloudCredentials, LeasecloudCredentials},
    leasing_automation::LeasingAutomationCredentials,
    observed::{EmployeeCategories, Observation, Page, Quarantined, RecordText},
    polling::{List, Polling, PollingWay, Search},
    transport::{ChangePatience, TransportSettings},
};
use crate::{
    clock::Clock,
    domain::{
        capability::{Capability, EntityKind},
        category::ObservedCategory,
        eligibility::UserEligibility,
        history::HistoryPage,
        id::AccountId,
        money::Money,
        offer::StatusIssue,
        provider::ProviderKey,
        reference::{ReferenceKind, ReferenceValue},
        service_information::ServiceInformation,
        terms::{MonthlyAmount, PartnerTerms},
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

    /// How each kind of record is kept up with. What is not named is not polled.
    fn polling(&self) -> &'static [Polling];

    /// Goes up whenever [`Provider::observe`] reads the same text differently: then a record is
    /// read anew the next time it is seen, even if its text is the same.
    fn mapping_version(&self) -> i32;

    /// Reads one record of this kind. Depends on the texts alone.
    fn observe(&self, entity: EntityKind, text: RecordText<'_>)
    -> Result<Observation, Quarantined>;

    /// An amount that is sent to an account, as the provider will quote it.
    fn quoted(&self, _access: &Access, amount: Decimal) -> Money {
        Money::euros_gross(amount)
    }

    /// What the native id of a record will be unique within that is made with an account, and for
    /// this leasing provider behind it; see [`Observation::scope`].
    fn scope_of_new(&self, _access: &Access, _leasing_provider_slug: Option<&str>) -> String {
        String::new()
    }

    /// What is to be kept of an order that is sent, should it be found later without an answer; see
    /// [`RecordText::submitted`].
    fn kept_of_new_order(&self, _order: &NewOrder) -> Option<String> {
        None
    }

    /// Checks the credentials with a real call, the cheapest there is, and returns the scopes that
    /// the account's records are listed by: one empty scope where there is only one list.
    async fn verify(&self, access: &Access) -> Result<Vec<String>, ProviderError>;

    /// One page of a list. The order does not depend on anything that changes while the pages are
    /// read. Records are read without what was submitted when they were made.
    async fn list(&self, _access: &Access, _list: List<'_>) -> Result<Page, ProviderError> {
        Err(ProviderError::Unsupported("listing these records"))
    }

    /// One record, as the list would show it.
    async fn get(
        &self,
        _access: &Access,
        _entity: EntityKind,
        _record: (&str, &str),
    ) -> Result<Observation, ProviderError> {
        Err(ProviderError::Unsupported("reading one of these records"))
    }

    /// How offers of one scope stand, by native id. An offer that the provider says nothing about
    /// is left out; that is no news, not a deletion.
    async fn look_up_offers(
        &self,
        _access: &Access,
        _scope: &str,
        _native_ids: &[&str],
    ) -> Result<Vec<Observation>, ProviderError> {
        Err(ProviderError::Unsupported("asking about offers by id"))
    }

    /// Records with a natural key, to find out what became of a change whose answer was lost.
    async fn find(
        &self,
        _access: &Access,
        _search: Search<'_>,
    ) -> Result<Vec<Observation>, ProviderError> {
        Err(ProviderError::Unsupported(
            "finding a record by its own number",
        ))
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
    ) -> Result<Created, ProviderError> {
        Err(ProviderError::Unsupported("creating an offer"))
    }

    /// Has an offer checked without creating it. Nothing is left behind.
    async fn dry_run_offer(
        &self,
        _access: &Access,
        _offer: &NewOffer,
    ) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported(
            "checking an offer without creating it",
        ))
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

    async fn create_order(
        &self,
        _access: &Access,
        _order: &NewOrder,
    ) -> Result<Created, ProviderError> {
        Err(ProviderError::Unsupported("creating an order"))
    }

    /// Gives an order another number of the dealer's own.
    async fn update_order(
        &self,
        _access: &Access,
        _native_id: &str,
        _external_order_id: &str,
    ) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported("changing an order"))
    }

    /// Makes vehicles of one scope. For each, in the order given: what was wrong with it; nothing
    /// if it was made. The provider tells no ids: see [`Provider::find`].
    async fn create_vehicles(
        &self,
        _access: &Access,
        _scope: &str,
        _vehicles: &[NewVehicle],
    ) -> Result<Vec<Vec<StatusIssue>>, ProviderError> {
        Err(ProviderError::Unsupported("creating vehicles"))
    }

    /// Changes the fields that are named of vehicles of one scope. For each, what was wrong.
    async fn update_vehicles(
        &self,
        _access: &Access,
        _scope: &str,
        _vehicles: &[VehicleChange],
    ) -> Result<Vec<Vec<StatusIssue>>, ProviderError> {
        Err(ProviderError::Unsupported("changing vehicles"))
    }

    /// Takes vehicles of one scope out of use. For each, what was wrong.
    async fn archive_vehicles(
        &self,
        _access: &Access,
        _scope: &str,
        _vehicles: &[VehicleArchival],
    ) -> Result<Vec<Vec<StatusIssue>>, ProviderError> {
        Err(ProviderError::Unsupported("archiving vehicles"))
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

    /// For which of its fields the provider lists the words that it takes.
    fn reference_kinds(&self) -> &'static [ReferenceKind] {
        &[]
    }

    /// The words that the provider takes in its fields, of every one of these kinds.
    async fn reference_values(
        &self,
        _access: &Access,
    ) -> Result<Vec<ReferenceValue>, ProviderError> {
        Err(ProviderError::Unsupported("reference values"))
    }

    /// Whether somebody may lease through a leasing provider.
    async fn user_eligibility(
        &self,
        _access: &Access,
        _leasing_provider_slug: &str,
        _identifier: &str,
    ) -> Result<UserEligibility, ProviderError> {
        Err(ProviderError::Unsupported(
            "checking whether somebody may lease",
        ))
    }

    /// What somebody has leased, with the services that go with it.
    async fn service_information(
        &self,
        _access: &Access,
        _leasing_provider_slug: &str,
        _by: &ServiceInformationBy,
    ) -> Result<ServiceInformation, ProviderError> {
        Err(ProviderError::Unsupported("service information"))
    }

    /// What a price costs by the month, for each number of months.
    async fn monthly_amounts(
        &self,
        _access: &Access,
        _price: Decimal,
    ) -> Result<Vec<MonthlyAmount>, ProviderError> {
        Err(ProviderError::Unsupported("monthly amounts"))
    }

    async fn partner_terms(&self, _access: &Access) -> Result<PartnerTerms, ProviderError> {
        Err(ProviderError::Unsupported("a partner's terms"))
    }

    /// Ends what the provider keeps open for an account that is being disconnected. If that does not
    /// work, it ends by itself in time.
    async fn disconnect(&self, _access: &Access) {}

    /// Drops what is cached for an account. Called by [`Registry::forget`].
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
pub struct Registry {
    providers: Arc<[Box<dyn Provider>]>,
    transport: transport::Transport,
}

impl Registry {
    /// Lists the providers. A new one is one line here.
    pub fn new(
        egress: Egress,
        settings: TransportSettings,
        budget: Arc<dyn RequestBudget>,
        clock: Clock,
    ) -> Self {
        let transport = transport::Transport::new(egress, settings, budget, clock);
        Self {
            providers: Arc::new([
                Box::new(jobrad::Jobrad::new(transport.clone())),
                Box::new(leasing_automation::LeasingAutomation::new(
                    transport.clone(),
                )),
                Box::new(leasecloud::Leasecloud::new(transport.clone())),
                Box::new(autoleap::Autoleap::new(transport.clone())),
            ]),
            transport,
        }
    }

    /// How patient to be with a provider that is not done with a change.
    pub fn change_patience(&self) -> ChangePatience {
        self.transport.change_patience()
    }

    pub fn get(&self, key: ProviderKey) -> Option<&dyn Provider> {
        self.all().find(|it| it.key() == key)
    }

    pub fn all(&self) -> impl Iterator<Item = &dyn Provider> {
        self.providers.iter().map(|it| &**it)
    }

    /// Drops what is remembered of an account: it was disconnected, or has other credentials now.
    pub fn forget(&self, account: AccountId) {
        self.transport.forget(account);
        for provider in self.all() {
            provider.forget(account);
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.all().map(Provider::key))
            .finish()
    }
}

/// A URL that stands in the source, as connectors name where their provider lives.
fn constant_url(url: &'static str) -> Url {
    #[expect(clippy::expect_used, reason = "a constant, and a test reads it")]
    Url::parse(url).expect("a constant URL parses")
}
