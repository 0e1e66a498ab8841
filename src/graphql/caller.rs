//! Who asks, and what they may ask for.
//!
//! Deny by default: the only way from a resolver to the database is [`Ask::access`], which wants to
//! know the scope first. A resolver that forgets to ask has nothing to read from.

use std::{collections::BTreeSet, sync::Arc};

use async_graphql::Context;

use super::error::ApiError;
use crate::{
    app::App,
    domain::{Timestamp, tenant::TenantId},
    store::Reader,
};

/// Who sent a request, as a verified token says. A request without one has no caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub tenant: TenantId,
    /// The `sub` claim: a person or a program.
    pub subject: String,
    pub scopes: Scopes,
    /// When the token ends, and every subscription made with it.
    pub expires_at: Option<Timestamp>,
}

impl Caller {
    /// Whether the token that named this caller is no longer good.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|it| it <= now)
    }
}

/// Something that a token may allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    OffersRead,
    OffersWrite,
    OrdersRead,
    OrdersWrite,
    VehiclesRead,
    VehiclesWrite,
    CategoriesRead,
    WebhooksRead,
    WebhooksWrite,
    AccountsRead,
    AccountsWrite,
    EventsRead,
    /// To see providers' own records as they came.
    RawRead,
    /// Everything of the tenant.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 14] = [
        Self::OffersRead,
        Self::OffersWrite,
        Self::OrdersRead,
        Self::OrdersWrite,
        Self::VehiclesRead,
        Self::VehiclesWrite,
        Self::CategoriesRead,
        Self::WebhooksRead,
        Self::WebhooksWrite,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::EventsRead,
        Self::RawRead,
        Self::Admin,
    ];

    /// The name in tokens. Never changes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OffersRead => "offers:read",
            Self::OffersWrite => "offers:write",
            Self::OrdersRead => "orders:read",
            Self::OrdersWrite => "orders:write",
            Self::VehiclesRead => "vehicles:read",
            Self::VehiclesWrite => "vehicles:write",
            Self::CategoriesRead => "categories:read",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksWrite => "webhooks:write",
            Self::AccountsRead => "accounts:read",
            Self::AccountsWrite => "accounts:write",
            Self::EventsRead => "events:read",
            Self::RawRead => "raw:read",
            Self::Admin => "admin",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// What a token allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// As [`Scopes::parse`] reads them.
    pub fn claim(&self) -> String {
        let names: Vec<_> = self.iter().map(Scope::as_str).collect();
        names.join(" ")
    }

    /// Reads a `scope` claim: names with spaces in between. A name that we do not know allows
    /// nothing, because it may be another service's.
    pub fn parse(claim: &str) -> Self {
        claim
            .split_ascii_whitespace()
            .filter_map(Scope::parse)
            .collect()
    }

    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope) || self.0.contains(&Scope::Admin)
    }

    /// The names of everything that they allow.
    pub fn allowed(&self) -> impl Iterator<Item = &'static str> + '_ {
        let all = Scope::ALL.into_iter().filter(|it| self.allow(*it));
        all.map(Scope::as_str)
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

/// What a resolver works with, once it was let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access<'a> {
    pub(super) app: &'a Arc<App>,
    /// What is read with: for a payload, the transaction of its event.
    pub(super) db: &'a Reader,
    pub(super) tenant: &'a TenantId,
    caller: &'a Caller,
}

impl<'a> Access<'a> {
    pub(super) fn caller(&self) -> &'a Caller {
        self.caller
    }
}

/// Asks to be let in.
pub(super) trait Ask<'a> {
    /// Lets in a caller with this scope.
    fn access(&self, scope: Scope) -> Result<Access<'a>, ApiError>;

    /// Lets in a caller with a valid token, whatever it allows.
    fn access_of_anyone(&self) -> Result<Access<'a>, ApiError>;
}

impl<'a> Ask<'a> for Context<'a> {
    fn access(&self, scope: Scope) -> Result<Access<'a>, ApiError> {
        let access = self.access_of_anyone()?;
        if access.caller.scopes.allow(scope) {
            Ok(access)
        } else {
            Err(ApiError::Forbidden(scope))
        }
    }

    fn access_of_anyone(&self) -> Result<Access<'a>, ApiError> {
        let caller = self.data_opt::<Caller>().ok_or(ApiError::Unauthenticated)?;
        let app = self
            .data_opt::<Arc<App>>()
            .ok_or_else(|| ApiError::bug("the schema was made without an app"))?;
        if caller.has_ended(app.clock.now()) {
            return Err(ApiError::Unauthenticated);
        }
        let db = self
            .data_opt::<Reader>()
            .ok_or_else(|| ApiError::bug("the schema was made without a reader"))?;
        Ok(Access {
            app,
            db,
            tenant: &caller.tenant,
            caller,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_allows_what_it_names_and_nothing_else() {
        let scopes = Scopes::parse("offers:read  webhooks:write openid OFFERS:WRITE");
        let allowed: Vec<_> = Scope::ALL
            .into_iter()
            .filter(|it| scopes.allow(*it))
            .collect();
        assert_eq!(allowed, [Scope::OffersRead, Scope::WebhooksWrite]);
    }

    #[test]
    fn an_admin_may_do_everything() {
        let scopes = Scopes::parse("admin");
        assert!(Scope::ALL.into_iter().all(|it| scopes.allow(it)));
    }

    #[test]
    fn an_empty_claim_allows_nothing() {
        let scopes = Scopes::parse("");
        assert!(!Scope::ALL.into_iter().any(|it| scopes.allow(it)));
    }
}
