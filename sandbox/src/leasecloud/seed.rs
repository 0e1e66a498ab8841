//! The world at the start: orders of the last three months, half of them Swedish, each with the
//! history that leads to where it stands.

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngExt;

use super::{
    market::Market,
    order::Amounts,
    state::{NewOrder, State},
    status::{Status, Step},
};

/// The oldest order of the seeded world.
const DAYS: i64 = 90;

/// How long an order takes from one step to the next, at most.
const LONGEST_STEP: TimeDelta = TimeDelta::days(2);

/// In which markets orders are made, again and again.
const MARKETS: [Market; 6] = [
    Market::Se,
    Market::Dk,
    Market::Se,
    Market::No,
    Market::Se,
    Market::Fi,
];

/// Where a market's orders stand, again and again: what is most needed first.
const PATHS: [&[Step]; 6] = [
    &[],
    &[Step::Enter(Status::ReadyToShip)],
    &[
        Step::Enter(Status::ReadyToShip),
        Step::Enter(Status::Active),
    ],
    &[
        Step::Enter(Status::ReadyToShip),
        Step::Enter(Status::Active),
        Step::Terminate,
    ],
    &[Step::Enter(Status::Cancelled)],
    &[Step::Enter(Status::Declined)],
];

/// Gives the seeded partners their orders.
pub(super) fn populate(state: &mut State, orders: usize) {
    let now = state.world.clock.stamp();
    let Ok(count) = i32::try_from(orders) else {
        return;
    };
    let distance = TimeDelta::days(DAYS) / count.max(1);
    let mut paths = [(); Market::ALL.len()].map(|()| PATHS.iter().cycle());
    for (position, market) in (0..count).zip(MARKETS.into_iter().cycle()) {
        let at = truncated(now - distance * (count - position));
        let partner = market as usize;
        let path = paths.get_mut(partner).and_then(Iterator::next);
        let new = any_order(state, partner, at);
        let (Some(place), Some(path)) = (state.create(partner, new), path) else {
            return;
        };
        let steps = i32::try_from(path.len()).unwrap_or(i32::MAX - 1);
        let pause = ((now - at) / (steps + 1)).min(LONGEST_STEP);
        for (number, step) in (1..).zip(path.iter()) {
            state.take_step(place, step.clone(), truncated(at + pause * number));
        }
    }
}

/// An order for anything, as yet undecided.
pub(super) fn any_order(state: &mut State, partner: usize, at: DateTime<Utc>) -> NewOrder {
    let orders = state.partners.get(partner).map(|it| &it.orders);
    let number = orders.map_or(0, super::orders::Orders::next_number);
    // From 500 to 50,000 in whole units of the currency, without cents.
    let total = state.rng.random_range(500..=50_000) * 100;
    NewOrder {
        partner_order_id: Some(format!("PO-{number:05}")),
        amounts: Amounts::of(total, state.rng.random()),
        status: Status::Pending,
        at,
    }
}

fn truncated(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}
