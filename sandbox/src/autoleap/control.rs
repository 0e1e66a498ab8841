//! Changing AutoLeap's world from outside: what a test does in process, and what the routes below
//! `/_control/autoleap` do for everybody else. A client of the API can do nothing of this. Vehicles
//! are in `vehicle_control`, repair orders in `order_control`.

use std::{fmt, sync::Arc};

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{
    Autoleap,
    customer::Customer,
    limiter::AutoleapLimiterReport,
    seed,
    shelf::Row,
    state::{Limits, State},
};

/// AutoLeap, as its own staff would see it, for one partner.
#[derive(Debug, Clone)]
pub struct AutoleapControl {
    pub(super) autoleap: Arc<Autoleap>,
    /// Whose companies get new records, and whose records are listed. Others can be changed as
    /// well.
    pub(super) partner: usize,
}

/// A customer to add. What is left out is chosen from the small world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAutoleapCustomer {
    pub customer_id: Option<String>,
    /// The partner's first company, if left out.
    pub company_id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

/// Why the world was not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AutoleapControlError {
    /// No record has this id, and no company is called so.
    Unknown(String),
    /// There is a record with this id already.
    Taken(String),
    /// Nothing follows for an order that is finalized, deleted or in an unknown status.
    NoNextStep(String),
    /// What a record would become makes no sense.
    Invalid(String),
}

impl AutoleapControl {
    /// For the seeded partner.
    pub(crate) fn new(autoleap: &Arc<Autoleap>) -> Self {
        let autoleap = Arc::clone(autoleap);
        let partner = 0;
        Self { autoleap, partner }
    }

    pub(crate) fn add_partner(
        autoleap: &Arc<Autoleap>,
        (partner_id, auth_key): (&str, &str),
        company_ids: &[&str],
    ) -> Self {
        let autoleap = Arc::clone(autoleap);
        let partner = autoleap.open().partner(partner_id, auth_key, company_ids);
        Self { autoleap, partner }
    }

    /// Id and auth key of the partner.
    pub fn credentials(&self) -> (String, String) {
        let state = self.autoleap.open();
        let partner = state.partners.get(self.partner);
        partner
            .map(|it| (it.id.clone(), it.auth_key.clone()))
            .unwrap_or_default()
    }

    /// The companies that the partner may see.
    pub fn company_ids(&self) -> Vec<String> {
        self.companies(&self.autoleap.open())
    }

    /// The customers of the partner's companies, in the order of their arrival.
    pub fn customer_ids(&self) -> Vec<String> {
        let state = self.autoleap.open();
        let customers = state.customers.shelf.rows().map(|(_, it)| it);
        self.own(&state, customers, |it| (&it.company_id, &it.id))
    }

    /// Adds a customer, and returns its id.
    pub fn add_customer(&self, new: NewAutoleapCustomer) -> Result<String, AutoleapControlError> {
        let mut state = self.autoleap.open();
        let company_id = self.company(&state, new.company_id)?;
        let mut somebody = seed::somebody(&mut state, &company_id)
            .ok_or(AutoleapControlError::Unknown(company_id))?;
        let (first, last) = (new.first_name, new.last_name);
        somebody.customer_id = new.customer_id.unwrap_or(somebody.customer_id);
        somebody.first_name = first.map_or(somebody.first_name, Into::into);
        somebody.last_name = last.map_or(somebody.last_name, Into::into);
        let id = somebody.customer_id.clone();
        let at = state.world.clock.stamp();
        let created = state.create_customer(Customer::new(somebody, at));
        created.ok_or(AutoleapControlError::Taken(id))
    }

    /// Lets the lists show what changes from now on only so much later. A single read is always up
    /// to date.
    pub fn set_index_lag(&self, seconds: u32) {
        self.autoleap.open().index_lag = TimeDelta::seconds(i64::from(seconds));
    }

    /// Answers a single read of an id that does not exist with 200 and an empty content, instead of
    /// with 404.
    pub fn set_unknown_is_empty(&self, is_empty: bool) {
        self.autoleap.open().answers_unknown_with_empty = is_empty;
    }

    /// Other limits for every partner: GETs, and each other method, in sixty seconds. At most a
    /// million.
    pub fn set_limits(&self, get: u32, write: u32) {
        self.autoleap.open().limits = Limits { get, write };
    }

    pub fn limiter_report(&self) -> AutoleapLimiterReport {
        self.autoleap.open().limiter_report()
    }

    /// Makes all tokens of all partners worthless, refresh tokens included.
    pub fn revoke_tokens(&self) {
        self.autoleap.open().sessions.revoke_all();
    }

    pub(super) fn companies(&self, state: &State) -> Vec<String> {
        let partner = state.partners.get(self.partner);
        partner.map(|it| it.company_ids.clone()).unwrap_or_default()
    }

    /// The company that was named, if the partner may see it, or the first one.
    pub(super) fn company(
        &self,
        state: &State,
        wanted: Option<String>,
    ) -> Result<String, AutoleapControlError> {
        let mut companies = self.companies(state).into_iter();
        let found = companies.find(|it| wanted.as_ref().is_none_or(|wanted| wanted == it));
        found.ok_or_else(|| AutoleapControlError::Unknown(wanted.unwrap_or_default()))
    }

    /// The ids of those that belong to the partner's companies.
    pub(super) fn own<'a, T: 'a, I: fmt::Display>(
        &self,
        state: &State,
        rows: impl Iterator<Item = &'a Row<T>>,
        identity: impl Fn(&'a T) -> (&'a String, I),
    ) -> Vec<String> {
        let companies = self.companies(state);
        let mut own: Vec<_> = rows
            .map(|it| (it.serial, identity(&it.current)))
            .filter(|(_, (company_id, _))| companies.contains(company_id))
            .collect();
        own.sort_by_key(|(serial, _)| *serial);
        own.into_iter().map(|(_, (_, id))| id.to_string()).collect()
    }
}

pub(super) fn raw(json: &Value) -> Result<Box<RawValue>, AutoleapControlError> {
    to_raw_value(json).map_err(|it| invalid(&it))
}

pub(super) fn unknown(id: &str) -> AutoleapControlError {
    AutoleapControlError::Unknown(id.to_owned())
}

pub(super) fn invalid(why: &impl fmt::Display) -> AutoleapControlError {
    AutoleapControlError::Invalid(why.to_string())
}

impl fmt::Display for AutoleapControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "there is no {id}"),
            Self::Taken(id) => write!(f, "there is a {id} already"),
            Self::NoNextStep(id) => write!(f, "no usual step follows for {id}"),
            Self::Invalid(why) => write!(f, "that makes no sense: {why}"),
        }
    }
}

impl std::error::Error for AutoleapControlError {}
