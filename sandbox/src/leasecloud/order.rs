//! An order as `LeaseCloud` keeps it. Of what the partner sent only the identifier and the amounts
//! are left.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, value::RawValue};

use super::{
    assumed,
    status::{Status, Step},
};

#[derive(Debug)]
pub(super) struct Order {
    /// Counts the partner's orders from 1, in the order of creation.
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) partner_order_id: Option<String>,
    pub(super) amounts: Amounts,
    pub(super) status: Status,
    pub(super) terminated_at: Option<DateTime<Utc>>,
    /// What will happen to the order if nothing else does before.
    pub(super) fate: Option<Fate>,
    pub(super) ledger_sequence: u64,
    /// A client finds it neither in the list nor by its identifier.
    pub(super) hidden: bool,
    /// The list does not have it.
    pub(super) unlisted: bool,
    /// Members that the document does not know.
    pub(super) extra: Option<Map<String, Value>>,
    /// Served instead of the order.
    pub(super) replacement: Option<Box<RawValue>>,
}

/// The amounts of an order, in cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) total: i64,
    pub(super) buy_out: i64,
    pub(super) insurance_monthly: i64,
    pub(super) insurance_yearly: i64,
}

/// A status that an order enters by itself.
#[derive(Debug, Clone)]
pub(super) struct Fate {
    pub(super) at: DateTime<Utc>,
    pub(super) status: Status,
}

impl Amounts {
    pub(super) fn of(total: i64, own_insurance: bool) -> Self {
        let insurance_monthly = assumed::insurance_monthly_cost(total, own_insurance);
        Self {
            total,
            buy_out: assumed::buy_out_amount(total),
            insurance_monthly,
            insurance_yearly: insurance_monthly * 12,
        }
    }
}

impl Order {
    /// Where the order stands, in one word.
    pub(super) fn standing(&self) -> Cow<'static, str> {
        if self.terminated_at.is_some() {
            assumed::TERMINATED.into()
        } else {
            self.status.ledger_word()
        }
    }

    pub(super) fn next(&self) -> &'static [Step] {
        if self.terminated_at.is_some() {
            &[]
        } else {
            self.status.next()
        }
    }

    pub(super) fn is_listed(&self) -> bool {
        !self.hidden && !self.unlisted
    }
}
