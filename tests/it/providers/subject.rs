//! What the kit asks about: one kind of record of one connector, as the connector describes it. What
//! a case needs of it is decided here, by capability and never by name.

use leasegraph::{
    domain::{
        capability::{EntityKind, Operation, Support},
        provider::ProviderKey,
    },
    providers::{Provider, TransportSettings},
};

use super::{
    stage::Stage,
    world::{registry, way},
};

/// Records of one kind at one provider, and what the connector says about them.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) provider: ProviderKey,
    pub(super) entity: EntityKind,
    /// What is really asked for: the same, or what the records are read out of.
    pub(super) listed: EntityKind,
    pub(super) way: Way,
    supports: Vec<(Operation, Support)>,
}

/// How the records are come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From a list, which may say what changed.
    List { changes: bool },
    /// By their ids, so many at once.
    ById { batch: usize },
    /// All at once.
    Whole,
    /// Out of other records.
    Derived,
}

/// What a case asks of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Records that can be asked for, in whatever way.
    Records,
    List,
    Changes,
    ById,
    Whole,
    Derived,
    Native(Operation),
    /// An operation, and a status after which the provider does it no more.
    EndOf(Operation),
    /// Tokens that expire, and records that are asked for with them.
    ExpiringTokens,
    /// Tokens that expire, and an operation.
    ExpiringTokensOf(Operation),
}

impl Subject {
    /// Everything that any connector says it can do something with.
    pub(super) fn all() -> Vec<Self> {
        let registry = registry(TransportSettings::default());
        let subjects = registry.all().flat_map(|provider| {
            let entities = EntityKind::ALL.into_iter();
            entities.filter_map(move |it| Self::of(provider, it))
        });
        subjects.collect()
    }

    fn of(provider: &dyn Provider, entity: EntityKind) -> Option<Self> {
        let stated = provider.capabilities().iter();
        let stated = stated.filter(|it| it.entity == entity);
        let supports: Vec<_> = stated.map(|it| (it.operation, it.support)).collect();
        let has = |wanted| supports.iter().any(|(_, it)| *it == wanted);
        let (is_native, is_derived) = (has(Support::Native), has(Support::Derived));
        let way = way(provider, entity).or(is_derived.then_some(Way::Derived));
        (is_native || is_derived).then(|| Self {
            provider: provider.key(),
            entity,
            listed: if is_derived {
                EntityKind::Offer
            } else {
                entity
            },
            way: way.unwrap_or_else(|| panic!("nobody keeps up with {entity:?}")),
            supports,
        })
    }

    /// The kind of record of that provider that has this capability itself.
    pub(super) fn named(provider: ProviderKey, entity: EntityKind) -> Self {
        let subjects = Self::all().into_iter();
        let mut found = subjects.filter(|it| (it.provider, it.entity) == (provider, entity));
        found
            .next()
            .unwrap_or_else(|| panic!("nothing is said of {entity:?}"))
    }

    /// As in a report: `jobrad offer`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.provider.slug(), self.entity.as_str())
    }

    /// What is done by asking the provider, or by reading another record of its.
    pub(super) fn claims(&self) -> impl Iterator<Item = Operation> {
        let claimed =
            |it: &&(Operation, Support)| matches!(it.1, Support::Native | Support::Derived);
        self.supports.iter().filter(claimed).map(|it| it.0)
    }

    /// Why a case does not apply; nothing if it does.
    pub(super) fn lacks(&self, needs: Needs, stage: &dyn Stage) -> Option<&'static str> {
        let is_list = matches!(self.way, Way::List { .. });
        let is_by_id = matches!(self.way, Way::ById { .. });
        let native = |it| self.supports.contains(&(it, Support::Native));
        let (has, otherwise) = match needs {
            Needs::Records => (is_list || is_by_id, "not polled record by record"),
            Needs::List => (is_list, "not polled by a list"),
            Needs::Changes => (
                self.way == Way::List { changes: true },
                "no list of what changed",
            ),
            Needs::ById => (is_by_id, "not polled by id"),
            Needs::Whole => (self.way == Way::Whole, "not polled whole"),
            Needs::Derived => (self.way == Way::Derived, "not read out of other records"),
            Needs::Native(operation) => (native(operation), "not supported natively"),
            Needs::EndOf(operation) => (
                native(operation) && stage.last_word().is_some(),
                "not supported natively, or for ever",
            ),
            Needs::ExpiringTokens => (
                (is_list || is_by_id) && stage.tokens().is_some(),
                "its keys do not expire",
            ),
            Needs::ExpiringTokensOf(operation) => (
                native(operation) && stage.tokens().is_some(),
                "not supported natively, or its keys do not expire",
            ),
        };
        (!has).then_some(otherwise)
    }
}
