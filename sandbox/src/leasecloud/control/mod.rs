//! Changing `LeaseCloud`'s world from outside: what a test does in process, and what the routes
//! below `/_control/leasecloud` do for everybody else. A client of the API can do nothing of this.

mod error;
mod values;

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use serde_json::{Value, value::to_raw_value};

use self::values::{amount, status};
pub use self::{
    error::LeasecloudControlError,
    values::{LeasecloudEdit, LeasecloudName, NewLeasecloudOrder},
};
use super::{
    Leasecloud,
    limiter::LeasecloudLimiterReport,
    market::Market,
    order::{Amounts, Order},
    rendering::MEMBERS,
    seed,
    state::{Place, State},
    status::Status,
};
use crate::world::lock;

/// `LeaseCloud`, as its own staff would see it. Orders are named as in the ledger: `SE/abcdefghijkm`.
#[derive(Debug, Clone)]
pub struct LeasecloudControl {
    leasecloud: Arc<Leasecloud>,
    /// Whose orders are added and listed, for every market. Others can be changed as well.
    partners: [usize; Market::ALL.len()],
}

type Done = Result<(), LeasecloudControlError>;

impl LeasecloudControl {
    /// For the seeded partners.
    pub(crate) fn new(leasecloud: &Arc<Leasecloud>) -> Self {
        let leasecloud = Arc::clone(leasecloud);
        // They were added in the order of the markets.
        let partners = Market::ALL.map(|it| it as usize);
        Self {
            leasecloud,
            partners,
        }
    }

    /// Adds a partner without orders. In the other markets it stands for the seeded ones.
    pub(crate) fn add_partner(
        leasecloud: &Arc<Leasecloud>,
        market: &str,
        key: &str,
    ) -> Result<Self, LeasecloudControlError> {
        let market = known(market)?;
        let mut control = Self::new(leasecloud);
        let mut state = leasecloud.open();
        usable(&state, key)?;
        let partner = state.add_partner(market, key);
        if let Some(place) = control.partners.get_mut(market as usize) {
            *place = partner;
        }
        Ok(control)
    }

    /// The partner's key in this market; empty if there is no such market.
    pub fn key(&self, market: &str) -> String {
        let state = self.leasecloud.open();
        let partner = self.partner(market).ok();
        let partner = partner.and_then(|it| state.partners.get(it));
        partner.map(|it| it.key.clone()).unwrap_or_default()
    }

    /// Gives the partner another key. The old one is worthless from now on.
    pub fn replace_key(&self, market: &str, key: &str) -> Done {
        let partner = self.partner(market)?;
        let mut state = self.leasecloud.open();
        usable(&state, key)?;
        if let Some(partner) = state.partners.get_mut(partner) {
            key.clone_into(&mut partner.key);
        }
        Ok(())
    }

    /// The partner's orders in this market, oldest first, those that a client does not find
    /// included.
    pub fn orders(&self, market: &str) -> Result<Vec<LeasecloudName>, LeasecloudControlError> {
        let partner = self.partner(market)?;
        let state = self.leasecloud.open();
        let partner = state.partners.get(partner);
        Ok(partner
            .map(|partner| {
                let market = partner.market;
                let orders = partner.orders.all();
                orders.map(|it| LeasecloudName::of(market, it)).collect()
            })
            .unwrap_or_default())
    }

    /// Where an order stands, in the word of the ledger: its status, or `TERMINATED`.
    pub fn order_standing(
        &self,
        order: impl fmt::Display,
    ) -> Result<String, LeasecloudControlError> {
        self.look(&order, |it| it.standing().into_owned())
    }

    /// The body with which an order was made, if it was one of the latest hundred.
    pub fn submitted_order(
        &self,
        order: impl fmt::Display,
    ) -> Result<Option<Value>, LeasecloudControlError> {
        let state = self.leasecloud.open();
        Ok(state.body(find(&state, &order)?))
    }

    /// Adds an order.
    pub fn add_order(
        &self,
        market: &str,
        new: NewLeasecloudOrder,
    ) -> Result<LeasecloudName, LeasecloudControlError> {
        let partner = self.partner(market)?;
        let status = new.status.as_deref().map(status).transpose()?;
        let total = new.total_amount.map(amount).transpose()?;
        let mut state = self.leasecloud.open();
        let at = state.world.clock.stamp();
        let mut order = seed::any_order(&mut state, partner, at);
        order.partner_order_id = new.partner_order_id;
        order.status = status.unwrap_or(Status::Pending);
        if let Some(total) = total {
            order.amounts = Amounts::of(total, false);
        }
        let place = state.create(partner, order);
        named(&state, place).ok_or_else(|| LeasecloudControlError::UnknownMarket(market.to_owned()))
    }

    /// Adds that many orders in all documented statuses, each with an identifier of the partner's.
    pub fn add_orders(
        &self,
        market: &str,
        count: usize,
    ) -> Result<Vec<LeasecloudName>, LeasecloudControlError> {
        const STATUSES: [Status; 5] = [
            Status::Pending,
            Status::ReadyToShip,
            Status::Active,
            Status::Cancelled,
            Status::Declined,
        ];
        let partner = self.partner(market)?;
        let mut state = self.leasecloud.open();
        let at = state.world.clock.stamp();
        if let Some(partner) = state.partners.get_mut(partner) {
            partner.orders.reserve(count);
        }
        let statuses = STATUSES.into_iter().cycle().take(count);
        Ok(statuses
            .filter_map(|status| {
                let mut order = seed::any_order(&mut state, partner, at);
                order.status = status;
                let place = state.create(partner, order);
                named(&state, place)
            })
            .collect())
    }

    /// Puts an order where it is wanted, even where no usual step leads, and even into a status
    /// that nobody has heard of. An order that was terminated no longer is.
    pub fn set_status(&self, order: impl fmt::Display, word: &str) -> Done {
        let status = status(word)?;
        self.act(&order, |state, place, at| state.enter(place, status, at))
    }

    /// Terminates an order, whatever its status is. The status stays.
    pub fn terminate_order(&self, order: impl fmt::Display) -> Done {
        self.act(&order, State::terminate)
    }

    /// Lets an order take its usual next step, and says where it stands then.
    pub fn advance_order(
        &self,
        order: impl fmt::Display,
    ) -> Result<String, LeasecloudControlError> {
        let mut state = self.leasecloud.open();
        let place = find(&state, &order)?;
        let found = state
            .order(place)
            .ok_or_else(|| LeasecloudControlError::unknown_order(&order))?;
        let step = found.next().first().cloned();
        let step =
            step.ok_or_else(|| LeasecloudControlError::NoNextStep(found.standing().into()))?;
        let at = state.world.clock.stamp();
        state.take_step(place, step, at);
        let found = state
            .order(place)
            .ok_or_else(|| LeasecloudControlError::unknown_order(&order))?;
        Ok(found.standing().into_owned())
    }

    /// Changes amounts or the partner's identifier.
    pub fn edit_order(&self, order: impl fmt::Display, edit: LeasecloudEdit) -> Done {
        edit.check()?;
        self.act(&order, |state, place, at| {
            state.edit(place, at, |it| edit.apply(it))
        })
    }

    /// Removes an order, as if it had never been.
    pub fn remove_order(&self, order: impl fmt::Display) -> Done {
        self.act(&order, State::remove)
    }

    /// Lets a client find an order no longer, or again. Nothing happens to the order, and nothing
    /// is written into the ledger.
    pub fn hide_order(&self, order: impl fmt::Display, hidden: bool) -> Done {
        self.tweak(&order, |it| it.hidden = hidden)
    }

    /// Takes an order out of the list, where the others move up, or puts it back. A client that
    /// knows its identifier still finds it, and nothing is written into the ledger.
    pub fn unlist_order(&self, order: impl fmt::Display, unlisted: bool) -> Done {
        self.tweak(&order, |it| it.unlisted = unlisted)
    }

    /// Gives an order these further members, and none if the object is empty. Those that are
    /// documented cannot be among them.
    pub fn set_extra_fields(&self, order: impl fmt::Display, fields: &Value) -> Done {
        let Value::Object(fields) = fields else {
            return Err(LeasecloudControlError::not_an_order(
                "further fields are an object",
            ));
        };
        if let Some(name) = MEMBERS.iter().find(|it| fields.contains_key(**it)) {
            return Err(LeasecloudControlError::not_an_order(format!(
                "{name} is a documented field"
            )));
        }
        let fields = Some(fields.clone()).filter(|it| !it.is_empty());
        self.act(&order, |state, place, at| {
            state.edit(place, at, |it| it.extra = fields)
        })
    }

    /// Serves this instead of an order, however malformed it is.
    pub fn replace_order_json(&self, order: impl fmt::Display, json: &Value) -> Done {
        let json = to_raw_value(json)
            .map_err(|it| LeasecloudControlError::not_an_order(it.to_string()))?;
        self.act(&order, |state, place, at| {
            state.edit(place, at, |it| it.replacement = Some(json))
        })
    }

    /// Serves the order itself again.
    pub fn restore_order_json(&self, order: impl fmt::Display) -> Done {
        self.tweak(&order, |it| it.replacement = None)
    }

    /// Starts the list with the newest order, as it does at first, or with the oldest one.
    pub fn set_newest_first(&self, newest_first: bool) {
        self.leasecloud.open().newest_first = newest_first;
    }

    /// Allows so many requests in 300 seconds, or any number of them. At first it is 100.
    pub fn set_limit(&self, limit: Option<u32>) {
        let limit = limit.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        lock(&self.leasecloud.limiter).limit = limit;
    }

    /// How clients got along with the limit until now.
    pub fn limiter_report(&self) -> LeasecloudLimiterReport {
        lock(&self.leasecloud.limiter).report()
    }

    /// How many requests of all addresses the limit let through from a moment on and before another
    /// one, in virtual time. The latest million is remembered.
    pub fn allowed_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        lock(&self.leasecloud.limiter).allowed_between(from, to)
    }

    fn partner(&self, market: &str) -> Result<usize, LeasecloudControlError> {
        let partner = self.partners.get(known(market)? as usize);
        let unknown = || LeasecloudControlError::UnknownMarket(market.to_owned());
        partner.copied().ok_or_else(unknown)
    }

    fn look<T>(
        &self,
        order: &impl fmt::Display,
        look: impl FnOnce(&Order) -> T,
    ) -> Result<T, LeasecloudControlError> {
        let state = self.leasecloud.open();
        let found = state.order(find(&state, order)?);
        found
            .map(look)
            .ok_or_else(|| LeasecloudControlError::unknown_order(order))
    }

    fn act(
        &self,
        order: &impl fmt::Display,
        act: impl FnOnce(&mut State, Place, DateTime<Utc>) -> Option<()>,
    ) -> Done {
        let mut state = self.leasecloud.open();
        let place = find(&state, order)?;
        let at = state.world.clock.stamp();
        act(&mut state, place, at).ok_or_else(|| LeasecloudControlError::unknown_order(order))
    }

    fn tweak(&self, order: &impl fmt::Display, tweak: impl FnOnce(&mut Order)) -> Done {
        self.act(order, |state, place, _| state.change(place, tweak))
    }
}

/// Finds any partner's order.
fn find(state: &State, order: &impl fmt::Display) -> Result<Place, LeasecloudControlError> {
    let name = order.to_string();
    let found = name
        .split_once('/')
        .and_then(|(market, id)| state.find(Market::from_code(market)?, id));
    found.ok_or(LeasecloudControlError::UnknownOrder(name))
}

fn named(state: &State, place: Option<Place>) -> Option<LeasecloudName> {
    let place = place?;
    let market = state.partners.get(place.partner)?.market;
    Some(LeasecloudName::of(market, state.order(place)?))
}

fn known(market: &str) -> Result<Market, LeasecloudControlError> {
    let unknown = || LeasecloudControlError::UnknownMarket(market.to_owned());
    Market::from_code(market).ok_or_else(unknown)
}

fn usable(state: &State, key: &str) -> Done {
    let is_usable = !key.is_empty() && key.trim() == key && state.partner_by_key(key).is_none();
    is_usable
        .then_some(())
        .ok_or(LeasecloudControlError::UnusableKey)
}
