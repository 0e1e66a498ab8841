//! What a provider can do, as data.
//!
//! A connector states its capabilities once; the graph shows them, the scheduler reads them and the
//! tests check them. Nobody else decides what a provider supports.

/// The kinds of records that we unify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    Offer,
    Order,
    Vehicle,
    Category,
}

impl EntityKind {
    pub const ALL: [Self; 4] = [Self::Offer, Self::Order, Self::Vehicle, Self::Category];

    /// The name in the database and in logs. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Order => "order",
            Self::Vehicle => "vehicle",
            Self::Category => "category",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }
}

/// What can be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    List,
    Get,
    Create,
    DryRun,
    Update,
    Cancel,
    Archive,
    History,
}

impl Operation {
    pub const ALL: [Self; 8] = [
        Self::List,
        Self::Get,
        Self::Create,
        Self::DryRun,
        Self::Update,
        Self::Cancel,
        Self::Archive,
        Self::History,
    ];
}

/// How an operation is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Support {
    /// By an endpoint of the provider's own.
    Native,
    /// Read out of another record.
    Derived,
    /// From our store alone.
    Local,
    Unsupported,
}

/// One line of the capability matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capability {
    pub entity: EntityKind,
    pub operation: Operation,
    pub support: Support,
    pub note: Option<&'static str>,
}

/// A line of the matrix, as connectors write theirs.
pub const fn can(
    entity: EntityKind,
    operation: Operation,
    support: Support,
    note: Option<&'static str>,
) -> Capability {
    Capability {
        entity,
        operation,
        support,
        note,
    }
}

/// How an operation is done, as the capabilities of a provider state it. What they do not state is
/// not done.
pub fn support(capabilities: &[Capability], entity: EntityKind, operation: Operation) -> Support {
    capabilities
        .iter()
        .find(|it| it.entity == entity && it.operation == operation)
        .map_or(Support::Unsupported, |it| it.support)
}
