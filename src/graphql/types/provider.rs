//! Providers, and what each can do.

use async_graphql::{Enum, Object, SimpleObject};

use crate::{
    app::App,
    domain::{capability, provider},
    operations::list_providers::{ProviderInfo, list_providers},
};

/// A leasing or workshop provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "provider::ProviderKey")]
pub(in crate::graphql) enum ProviderKey {
    /// JobRad: bicycle leasing through employers.
    Jobrad,
    /// Leasing Automation: one door to several bicycle leasing providers.
    LeasingAutomation,
    /// LeaseCloud: leasing of equipment to companies.
    Leasecloud,
    /// AutoLeap: workshops, their vehicles and repair orders.
    Autoleap,
}

/// The kinds of records that are unified here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "capability::EntityKind")]
pub(in crate::graphql) enum EntityKind {
    /// A proposal to lease something.
    Offer,
    /// A lease that runs, or a repair.
    Order,
    /// A bicycle or a car.
    Vehicle,
    /// A kind of bicycle or accessory.
    Category,
}

/// What can be done with a kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "capability::Operation")]
pub(in crate::graphql) enum Operation {
    /// Read all of them, page by page.
    List,
    /// Read one.
    Get,
    /// Make a new one.
    Create,
    /// Check a new one without making it.
    DryRun,
    /// Change one.
    Update,
    /// Withdraw one.
    Cancel,
    /// Put one away without deleting it.
    Archive,
    /// Read how one came to be what it is.
    History,
}

/// How an operation is done for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "capability::Support")]
pub(in crate::graphql) enum Support {
    /// By an endpoint of the provider's own.
    Native,
    /// Read out of another record of the provider's.
    Derived,
    /// From our store alone; the provider is not asked.
    Local,
    /// Not at all. A request for it is answered with `UNSUPPORTED_OPERATION`.
    Unsupported,
}

/// One line of what a provider can do.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(serial)]
pub(in crate::graphql) struct Capability {
    /// With which kind of record.
    entity: EntityKind,
    /// What is done with it.
    operation: Operation,
    /// How it is done.
    support: Support,
    /// What else to know about it.
    note: Option<&'static str>,
}

impl From<&capability::Capability> for Capability {
    fn from(it: &capability::Capability) -> Self {
        Self {
            entity: it.entity.into(),
            operation: it.operation.into(),
            support: it.support.into(),
            note: it.note,
        }
    }
}

pub(in crate::graphql) struct Provider(ProviderInfo);

impl Provider {
    /// Every provider that this service can talk to.
    pub(in crate::graphql) fn all(app: &App) -> Vec<Self> {
        list_providers(app).into_iter().map(Self).collect()
    }

    /// One provider. One that this version no longer talks to can do nothing.
    pub(super) fn of(app: &App, key: provider::ProviderKey) -> Self {
        let known = list_providers(app).into_iter().find(|it| it.key == key);
        Self(known.unwrap_or(ProviderInfo {
            key,
            capabilities: &[],
        }))
    }
}

/// A provider that this service talks to.
#[Object(serial)]
impl Provider {
    /// Its key, e.g. `JOBRAD`.
    fn key(&self) -> ProviderKey {
        self.0.key.into()
    }

    /// The name that people know it by, e.g. `JobRad`.
    fn name(&self) -> &str {
        self.0.key.name()
    }

    /// What it can do, a line for each kind of record and operation.
    fn capabilities(&self) -> Vec<Capability> {
        self.0.capabilities.iter().map(Capability::from).collect()
    }
}
