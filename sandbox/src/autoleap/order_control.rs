//! The control's part about repair orders, which no client can write at all. An order is named as in
//! the ledger: by its company and its number, such as `SHOP5678/43`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{
    control::{AutoleapControl, AutoleapControlError, invalid, raw, unknown},
    order::{Content, Order, Step},
    seed,
    seed::Garage,
    shelf::Record,
    state::State,
    status::RepairOrderStatus,
};

/// A repair order to add. What is left out is chosen from the small world.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRepairOrder {
    /// The partner's first company, if left out.
    pub company_id: Option<String>,
    /// Its customer is the one of the order. Any vehicle, if left out.
    pub vehicle_id: Option<String>,
    /// [`RepairOrderStatus::Estimate`], if left out.
    pub status: Option<RepairOrderStatus>,
    /// Whether it is a finalized invoice, whatever the status says.
    pub is_finalized: bool,
    /// Now, if left out.
    pub created_at: Option<DateTime<Utc>>,
    /// In cents.
    pub total_sales: Option<i64>,
}

/// Where an order stands: no single word says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RepairOrderStanding {
    pub repair_order_status: String,
    pub workflow_status: String,
    pub payment_status: String,
    pub finalize_date: Option<DateTime<Utc>>,
}

impl AutoleapControl {
    /// The orders of the partner's companies, in the order of their arrival.
    pub fn order_ids(&self) -> Vec<String> {
        let state = self.autoleap.open();
        let orders = state.orders.shelf.rows().map(|(_, it)| it);
        self.own(&state, orders, |it| (&it.company_id, it.id()))
    }

    pub fn order_standing(&self, id: &str) -> Result<RepairOrderStanding, AutoleapControlError> {
        let state = self.autoleap.open();
        find(&state, id).map(standing)
    }

    /// Adds an order, and returns its id.
    pub fn add_order(&self, new: NewRepairOrder) -> Result<String, AutoleapControlError> {
        let mut state = self.autoleap.open();
        let company_id = self.company(&state, new.company_id.clone())?;
        let mut garage = Garage::of(&state, &company_id);
        create(&mut state, &mut garage, new)
    }

    /// Adds that many orders in all statuses, in turn to each of the partner's companies.
    pub fn add_orders(&self, count: usize) -> Vec<String> {
        let mut state = self.autoleap.open();
        let companies = self.companies(&state);
        let garages = companies.iter().map(|it| Garage::of(&state, it));
        let mut garages: Vec<_> = garages.collect();
        state.orders.shelf.reserve(count);
        let statuses = RepairOrderStatus::ALL.into_iter().cycle();
        let added = (0..count).zip(statuses).filter_map(|(it, status)| {
            let turn = it.checked_rem(companies.len())?;
            let new = NewRepairOrder {
                status: Some(status),
                ..NewRepairOrder::default()
            };
            create(&mut state, garages.get_mut(turn)?, new).ok()
        });
        added.collect()
    }

    /// Puts an order where it is wanted, even where no legal step leads. The status is named as in
    /// a record, or by its number in the filter.
    pub fn set_order_status(&self, id: &str, status: &str) -> Result<(), AutoleapControlError> {
        let by_id = status.parse().ok().and_then(RepairOrderStatus::from_id);
        let status = by_id.or_else(|| RepairOrderStatus::from_name(status));
        let status = status.ok_or_else(|| {
            let names = RepairOrderStatus::ALL.map(RepairOrderStatus::name);
            invalid(&format!("a status is one of {}", names.join(", ")))
        })?;
        self.take(id, |_| Some(Step::Enter(status))).map(|_| ())
    }

    /// Lets an order take its usual next step, and says where it stands then. An invoice is
    /// finalized.
    pub fn advance_order(&self, id: &str) -> Result<RepairOrderStanding, AutoleapControlError> {
        self.take(id, Order::next)
    }

    /// Pays the rest and closes the order, as an invoice.
    pub fn finalize_order(&self, id: &str) -> Result<(), AutoleapControlError> {
        self.take(id, |_| Some(Step::Finalize)).map(|_| ())
    }

    /// Changes fields of an order by a JSON merge patch in the words of the API. Statuses may be
    /// any words, also ones that AutoLeap does not know.
    pub fn edit_order(&self, id: &str, patch: &Value) -> Result<(), AutoleapControlError> {
        let mut state = self.autoleap.open();
        let old = find(&state, id)?;
        let new = patched(&old.content, patch).map_err(|it| invalid(&it))?;
        let at = state.world.clock.stamp();
        let changed = state.change_order(id, at, |it| {
            it.content = new;
            Ok(())
        });
        changed
            .ok_or_else(|| unknown(id))?
            .map_err(|it| invalid(&it))
    }

    /// Lets the lists leave an order out, or show it again. It can still be read by its number, and
    /// nothing is written into the ledger.
    pub fn hide_order(&self, id: &str, hidden: bool) -> Result<(), AutoleapControlError> {
        let mut state = self.autoleap.open();
        let row = state.orders.shelf.get_mut(id);
        row.ok_or_else(|| unknown(id))?.hidden = hidden;
        Ok(())
    }

    /// Removes an order, as if it had never been. A deleted one is something else: it has that
    /// status, and can be read.
    pub fn remove_order(&self, id: &str) -> Result<(), AutoleapControlError> {
        let removed = self.autoleap.open().remove_order(id);
        removed.ok_or_else(|| unknown(id))
    }

    /// Serves this instead of an order, however malformed it is. Filters and sorting go on by what
    /// the order was, and it counts as updated now.
    pub fn replace_order_json(&self, id: &str, json: &Value) -> Result<(), AutoleapControlError> {
        let json = raw(json)?;
        let replaced = self.autoleap.open().replace_order_json(id, json);
        replaced.ok_or_else(|| unknown(id))
    }

    /// Serves the order itself again.
    pub fn restore_order_json(&self, id: &str) -> Result<(), AutoleapControlError> {
        let mut state = self.autoleap.open();
        let row = state.orders.shelf.get_mut(id);
        row.ok_or_else(|| unknown(id))?.replacement = None;
        Ok(())
    }

    fn take(
        &self,
        id: &str,
        step: impl FnOnce(&Order) -> Option<Step>,
    ) -> Result<RepairOrderStanding, AutoleapControlError> {
        let mut state = self.autoleap.open();
        let step = step(find(&state, id)?);
        let step = step.ok_or_else(|| AutoleapControlError::NoNextStep(id.to_owned()))?;
        let at = state.world.clock.stamp();
        state.change_order(id, at, |it| {
            it.take(step, at);
            Ok(())
        });
        find(&state, id).map(standing)
    }
}

fn find<'a>(state: &'a State, id: &str) -> Result<&'a Order, AutoleapControlError> {
    state.orders.current(id).ok_or_else(|| unknown(id))
}

fn standing(order: &Order) -> RepairOrderStanding {
    let content = &order.content;
    RepairOrderStanding {
        repair_order_status: content.repair_order_status.to_string(),
        workflow_status: content.workflow_status.to_string(),
        payment_status: content.payment_status.to_string(),
        finalize_date: content.finalize_date,
    }
}

fn create(
    state: &mut State,
    garage: &mut Garage,
    new: NewRepairOrder,
) -> Result<String, AutoleapControlError> {
    let at = new.created_at.unwrap_or_else(|| state.world.clock.stamp());
    garage.any_customer(state, at);
    let order = garage.order(state, at);
    let mut order = order.ok_or_else(|| unknown("customer"))?;
    if let Some(id) = new.vehicle_id {
        let vehicle = state.vehicles.current(&id);
        let vehicle = vehicle.filter(|it| it.company_id == order.company_id);
        let vehicle = vehicle.ok_or_else(|| unknown(&id))?;
        let customer = state.customers.current(&vehicle.customer_id);
        order.content.customer = customer.map_or(order.content.customer, seed::summary);
        order.content.vehicle_id = Some(id);
    }
    order.content.total_sales = new.total_sales.unwrap_or(order.content.total_sales);
    if let Some(status) = new.status {
        order.take(Step::Enter(status), at);
    }
    if new.is_finalized {
        order.take(Step::Finalize, at);
    }
    let id = order.id();
    let created = state.create_order(order);
    created.ok_or(AutoleapControlError::Taken(id))
}

type Members = BTreeMap<String, Box<RawValue>>;

/// Applies a patch, or says why the result would not be an order.
fn patched(content: &Content, patch: &Value) -> Result<Content, String> {
    let mut new = to_raw_value(content).map_err(|it| it.to_string())?;
    if !patch.is_object() {
        return Err("a patch is an object".to_owned());
    }
    merge(&mut new, patch).map_err(|it| it.to_string())?;
    serde_json::from_str(new.get()).map_err(|it| it.to_string())
}

/// Replaces a value, or the named members of an object.
fn merge(place: &mut Box<RawValue>, patch: &Value) -> serde_json::Result<()> {
    let old = serde_json::from_str::<Members>(place.get());
    *place = match (patch, old) {
        (Value::Object(patch), Ok(mut members)) => {
            for (name, value) in patch {
                let member = members.entry(name.clone());
                merge(member.or_insert(to_raw_value(&Value::Null)?), value)?;
            }
            to_raw_value(&members)?
        }
        _ => to_raw_value(patch)?,
    };
    Ok(())
}
