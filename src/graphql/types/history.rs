//! What a provider remembers of a record's past.
//!
//! Providers count pages, our clients have cursors. A cursor here is the number of entries up to
//! and including its own, so that a client may change the size of its pages on the way.

use async_graphql::Object;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::connection::{Listed, Page, Uncounted};
use crate::{
    domain::{
        history::{self, HistoryPage},
        offer::Offer,
    },
    graphql::{
        caller::Access,
        error::{ApiError, Problem},
        page,
        scalars::{DateTime, Json},
    },
    operations::{
        HistoryRange,
        read_offer_history::{ReadOfferHistoryError, read_offer_history},
    },
};

pub(in crate::graphql) struct HistoryEntry(pub(super) history::HistoryEntry);

impl Listed for HistoryEntry {
    const NAME: &'static str = "History";
}

/// One change of a record that the provider remembers.
#[Object(serial)]
impl HistoryEntry {
    /// When it happened.
    fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Who did it, in the provider's words.
    fn actor(&self) -> Option<&str> {
        self.0.actor.as_deref()
    }

    /// What kind of change it was, in the provider's words.
    fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The status before, in the provider's words.
    #[graphql(name = "fromStatus")]
    fn status_before(&self) -> Option<&str> {
        self.0.from_status.as_deref()
    }

    /// The status after, in the provider's words.
    #[graphql(name = "toStatus")]
    fn status_after(&self) -> Option<&str> {
        self.0.to_status.as_deref()
    }

    /// Which fields changed and how, as the provider tells it.
    fn changes(&self) -> Option<Json> {
        let changes = self.0.changes.clone()?;
        // A JSON value is a GraphQL value: there is nothing that could fail.
        async_graphql::Value::from_json(changes).ok().map(Json)
    }
}

/// Asks the provider for a part of an offer's past.
pub(super) async fn page(
    access: Access<'_>,
    offer: &Offer,
    (first, after): (Option<i32>, Option<String>),
) -> Result<Uncounted<HistoryEntry>, ApiError> {
    let first = page::first("history", first)?;
    let wanted = u32::try_from(first).unwrap_or(u32::MAX);
    let skipped = after.map_or(Ok(0), |it| read_cursor(&it, offer))?;
    // The provider's pages are as long as ours, but ours may begin within one of them.
    let within = skipped % wanted;
    let mut range = HistoryRange {
        page: skipped / wanted + 1,
        per_page: wanted,
    };
    let mut part = read(access, offer, range).await?;
    let mut entries = part
        .entries
        .split_off(part.entries.len().min(as_usize(within)));
    let mut full = entries.len() == as_usize(wanted - within);
    if within > 0 && full {
        range.page += 1;
        part = read(access, offer, range).await?;
        full = part.entries.len() == as_usize(wanted);
        entries.append(&mut part.entries);
    }
    let more = entries.len() > as_usize(wanted);
    entries.truncate(as_usize(wanted));
    let end = u64::from(skipped) + entries.len() as u64;
    let has_next = more || part.total.map_or(full, |total| end < total);
    let entries = (skipped + 1..)
        .zip(entries)
        .map(|(place, it)| (print_cursor(place, offer), HistoryEntry(it)));
    Ok(Uncounted(Page::of_cursors(
        entries,
        (skipped > 0, has_next),
    )))
}

async fn read(
    access: Access<'_>,
    offer: &Offer,
    range: HistoryRange,
) -> Result<HistoryPage, ApiError> {
    let page = read_offer_history(access.app, access.tenant, offer, range).await;
    page.map_err(|error| match error {
        ReadOfferHistoryError::Disconnected => {
            ApiError::Provider(offer.provider, Problem::Unauthorized)
        }
        ReadOfferHistoryError::Provider(error) => {
            tracing::warn!(offer.id = %offer.id, %error, "an offer's history was not told");
            ApiError::Provider(offer.provider, Problem::from(&error))
        }
        ReadOfferHistoryError::Store(error) => error.into(),
    })
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn print_cursor(place: u32, offer: &Offer) -> String {
    let id = offer.id.as_uuid();
    let bytes = [&id.as_bytes()[..], &place.to_be_bytes()].concat();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(cursor: &str, offer: &Offer) -> Result<u32, ApiError> {
    let place = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (id, place) = bytes.split_at_checked(16)?;
        let place = u32::from_be_bytes(place.try_into().ok()?);
        // No provider remembers a million changes of one record.
        (id == offer.id.as_uuid().as_bytes() && place < 1_000_000).then_some(place)
    };
    place().ok_or_else(|| {
        let message = "`after` takes a cursor that `history` of the same record has given.";
        ApiError::bad_input("after", message)
    })
}
