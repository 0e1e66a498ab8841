//! Offers as JSON. Money is written digit by digit as it was given, because `2900.99` must not
//! become what a floating-point number makes of it; moments carry milliseconds and a `Z`.

use std::{borrow::Cow, collections::BTreeMap};

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::{
    assumed::HISTORY_NEWEST_FIRST,
    errors::{Problem, Translations},
    offer::{Actor, Change, Content, FieldChange, HistoryEntry, Offer},
    status::OfferStatus,
};

/// What a request for one thing is answered with.
#[derive(Debug, Serialize)]
pub(super) struct Answer<T> {
    data: T,
    meta: Meta,
}

#[derive(Debug, Serialize)]
struct Meta {
    timestamp: String,
}

impl<T> Answer<T> {
    /// `meta` carries microseconds, unlike the records.
    pub(super) fn new(data: T, now: DateTime<Utc>) -> Self {
        let timestamp = now.to_rfc3339_opts(SecondsFormat::Micros, true);
        let meta = Meta { timestamp };
        Self { data, meta }
    }
}

/// An offer as a client sees it, or what was put in its place.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum OfferJson<'a> {
    Replaced(&'a RawValue),
    // Boxed, because it is so much larger.
    Offer(Box<Fields<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields<'a> {
    id: Uuid,
    external_offer_id: &'a str,
    offer_number: String,
    order_number: Option<String>,
    customer_name: &'a str,
    customer_email: &'a str,
    #[serde(flatten)]
    content: &'a Content,
    #[serde(serialize_with = "milliseconds")]
    created_at: DateTime<Utc>,
    #[serde(serialize_with = "milliseconds")]
    last_update_at: DateTime<Utc>,
    status: StatusJson<'a>,
    links: NoLinks,
}

/// `links` is an empty object in every sample.
#[derive(Debug, Serialize)]
struct NoLinks {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusJson<'a> {
    current: StatusEntry,
    next_steps: Vec<StatusEntry>,
    errors: &'a [Problem],
    infos: &'a [Problem],
}

#[derive(Debug, Serialize)]
struct StatusEntry {
    code: &'static str,
    message: &'static str,
    translations: Translations,
}

impl From<OfferStatus> for StatusEntry {
    fn from(status: OfferStatus) -> Self {
        let de = Cow::Borrowed(status.german());
        Self {
            code: status.code(),
            message: status.message(),
            translations: Translations { de },
        }
    }
}

/// The offer, standing where the caller says: the list may lag behind.
pub(super) fn offer(offer: &Offer, status: OfferStatus) -> OfferJson<'_> {
    if let Some(replacement) = &offer.replacement {
        return OfferJson::Replaced(replacement);
    }
    let is_current = status == offer.status;
    let number = offer
        .order_number
        .filter(|_| is_current || status.is_in_order());
    OfferJson::Offer(Box::new(Fields {
        id: offer.id,
        external_offer_id: &offer.external_offer_id,
        offer_number: offer.offer_number(),
        order_number: number.map(|it| format!("LAU-{it:06}")),
        customer_name: &offer.customer_name,
        customer_email: &offer.customer_email,
        content: &offer.content,
        created_at: offer.created_at,
        last_update_at: offer.last_update_at,
        status: StatusJson {
            current: status.into(),
            next_steps: status.next().iter().map(|it| (*it).into()).collect(),
            errors: if is_current { &offer.problems } else { &[] },
            infos: &offer.infos,
        },
        links: NoLinks {},
    }))
}

/// One line of the history. The shape is *assumed*.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryJson<'a> {
    id: String,
    #[serde(serialize_with = "milliseconds")]
    changed_at: DateTime<Utc>,
    changed_by: ChangedBy,
    change_type: &'static str,
    changes: Cow<'a, [FieldChange]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct ChangedBy {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
}

/// A page of the history.
#[derive(Debug, Serialize)]
pub(super) struct HistoryPage<'a> {
    data: Vec<HistoryJson<'a>>,
    meta: HistoryMeta,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HistoryMeta {
    total_count: usize,
    page: usize,
    per_page: usize,
}

pub(super) fn history_page(offer: &Offer, page: usize, per_page: usize) -> HistoryPage<'_> {
    let mut entries: Vec<_> = offer.history.iter().enumerate().collect();
    if HISTORY_NEWEST_FIRST {
        entries.reverse();
    }
    let meta = HistoryMeta {
        total_count: entries.len(),
        page,
        per_page,
    };
    let first = (page - 1).saturating_mul(per_page);
    let entries = entries.into_iter().skip(first).take(per_page);
    let data = entries.map(|(position, entry)| history(offer, position, entry));
    let data = data.collect();
    HistoryPage { data, meta }
}

fn history<'a>(offer: &Offer, position: usize, entry: &'a HistoryEntry) -> HistoryJson<'a> {
    let (change_type, status, changes) = match &entry.what {
        Change::Created(status) => ("CREATED", Some(*status), Cow::Borrowed([].as_slice())),
        Change::StatusChanged { from, to } => {
            let change = field_change("status", from.code(), to.code());
            ("STATUS_CHANGED", Some(*to), change.into_iter().collect())
        }
        Change::Updated(changes) => ("UPDATED", None, Cow::Borrowed(changes.as_slice())),
    };
    HistoryJson {
        id: format!("{}-{}", offer.offer_number(), position + 1),
        changed_at: entry.signature.at,
        changed_by: entry.signature.by.into(),
        change_type,
        changes,
        status_code: status.map(OfferStatus::code),
    }
}

impl From<Actor> for ChangedBy {
    fn from(actor: Actor) -> Self {
        let (kind, name) = match actor {
            Actor::Dealer => ("DEALER", "Radhaus Beispiel"),
            Actor::Employee => ("EMPLOYEE", "Employee"),
            Actor::Employer => ("EMPLOYER", "Beispiel GmbH"),
            Actor::Jobrad => ("JOBRAD", "JobRad"),
        };
        Self { kind, name }
    }
}

/// Which fields differ, named as in `infos`: `product.priceGross`.
pub(super) fn differences(old: &Content, new: &Content) -> Vec<FieldChange> {
    let (old, new) = (flat(old), flat(new));
    old.into_iter()
        .filter_map(|(field, old)| {
            let new = new.get(&field)?;
            let field = Cow::Owned(field);
            (old.get() != new.get()).then(|| FieldChange {
                field,
                old,
                new: new.clone(),
            })
        })
        .collect()
}

type FlatContent = BTreeMap<String, Box<RawValue>>;

/// The fields of the content, those of the product with its name before them.
fn flat(content: &Content) -> FlatContent {
    let mut fields = members(&content);
    fields.remove("product");
    let product = members(&content.product);
    fields.extend(
        product
            .into_iter()
            .map(|(name, value)| (format!("product.{name}"), value)),
    );
    fields
}

/// The members of something that is written as an object.
pub(super) fn members(value: &impl Serialize) -> FlatContent {
    to_raw_value(value)
        .and_then(|it| serde_json::from_str(it.get()))
        .unwrap_or_default()
}

fn field_change(field: &'static str, old: &str, new: &str) -> Option<FieldChange> {
    Some(FieldChange {
        field: Cow::Borrowed(field),
        old: to_raw_value(old).ok()?,
        new: to_raw_value(new).ok()?,
    })
}

/// Money, digit by digit.
pub(super) fn euros<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(amount.to_string())
        .map_err(S::Error::custom)?
        .serialize(serializer)
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn optional_euros<S: Serializer>(
    amount: &Option<Decimal>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match amount {
        Some(amount) => euros(amount, serializer),
        None => serializer.serialize_none(),
    }
}

pub(super) fn milliseconds<S: Serializer>(
    at: &DateTime<Utc>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn optional_milliseconds<S: Serializer>(
    at: &Option<DateTime<Utc>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => milliseconds(at, serializer),
        None => serializer.serialize_none(),
    }
}
