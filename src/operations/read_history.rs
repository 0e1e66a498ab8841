//! A record's past: as its provider remembers it, and if it remembers nothing, as we saw it. The
//! provider is asked live, because it knows what was before we began to watch.

use crate::{
    app::App,
    domain::{
        capability::{EntityKind, Operation, Support, support},
        event::Event,
        history::HistoryEntry,
        offer::Offer,
        order::Order,
        provider::ProviderKey,
        tenant::TenantId,
    },
    providers::{Access, HistoryRange, Lane, Provider, ProviderError},
    store::{
        Reader, StoreError, events,
        records::{self, Subjects},
    },
};

/// Whose past is read.
#[derive(Debug, Clone, Copy)]
pub enum Past<'a> {
    Offer(&'a Offer),
    Order(&'a Order),
}

impl Past<'_> {
    pub fn provider(self) -> ProviderKey {
        match self {
            Self::Offer(offer) => offer.provider,
            Self::Order(order) => order.provider,
        }
    }

    pub fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Offer(offer) => offer.id.as_uuid(),
            Self::Order(order) => order.id.as_uuid(),
        }
    }

    fn entity(self) -> EntityKind {
        match self {
            Self::Offer(_) => EntityKind::Offer,
            Self::Order(_) => EntityKind::Order,
        }
    }
}

/// Which stretch of a past is read, newest first.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    pub first: u32,
    /// The place of the entry to go on after.
    pub after: Option<i64>,
}

/// A stretch of a past.
#[derive(Debug)]
pub struct History {
    /// Newest first, each with its place, which is good for the same record only.
    pub entries: Vec<(i64, HistoryEntry)>,
    pub has_next: bool,
}

/// Reads a stretch of a record's past. What we have of it is read with `db`.
pub async fn read_history(
    (app, db): (&App, &Reader),
    tenant: &TenantId,
    past: Past<'_>,
    stretch: Stretch,
) -> Result<History, ReadHistoryError> {
    let unsupported = ProviderError::Unsupported("the history of these records");
    let provider = app.providers.get(past.provider());
    let provider = provider.ok_or(unsupported.clone())?;
    let support = support(provider.capabilities(), past.entity(), Operation::History);
    match (support, past) {
        (Support::Native, Past::Offer(offer)) => {
            remembered((app, db), tenant, (provider, offer), stretch).await
        }
        (Support::Local, _) => seen(db, tenant, past, stretch).await,
        _ => Err(unsupported.into()),
    }
}

/// What the provider remembers of an offer.
async fn remembered(
    (app, db): (&App, &Reader),
    tenant: &TenantId,
    (provider, offer): (&dyn Provider, &Offer),
    stretch: Stretch,
) -> Result<History, ReadHistoryError> {
    let origins = records::origins(db, tenant, Subjects::Offers(&[offer.id])).await?;
    let origin = origins
        .into_iter()
        .find(|it| it.account_id == offer.account_id)
        .ok_or(ReadHistoryError::Disconnected)?;
    let (_, access) = app
        .access(tenant, origin.account_id, Lane::People)
        .await?
        .ok_or(ReadHistoryError::Disconnected)?;
    let record = (&access, origin.native_id.as_str());
    Ok(pages(provider, record, stretch).await?)
}

/// Reads the one or two of the provider's pages that a stretch is on.
///
/// The place of an entry is how many there are up to and including it, so that the next stretch may
/// have another size.
async fn pages(
    provider: &dyn Provider,
    (access, native_id): (&Access, &str),
    stretch: Stretch,
) -> Result<History, ProviderError> {
    let skipped = stretch
        .after
        .and_then(|it| u32::try_from(it).ok())
        .unwrap_or(0);
    let (size, within) = (
        as_usize(stretch.first),
        as_usize(skipped % stretch.first.max(1)),
    );
    // The provider's pages are as long as ours, but ours may begin within one of them.
    let mut range = HistoryRange {
        page: skipped / stretch.first.max(1) + 1,
        per_page: stretch.first,
    };
    let page = provider.offer_history(access, native_id, range).await?;
    let mut is_full = page.entries.len() == size;
    let mut entries: Vec<_> = page.entries.into_iter().skip(within).collect();
    if within > 0 && is_full {
        range.page += 1;
        let page = provider.offer_history(access, native_id, range).await?;
        is_full = page.entries.len() == size;
        entries.extend(page.entries);
    }
    let end = u64::from(skipped) + entries.len().min(size) as u64;
    let has_next = entries.len() > size || page.total.map_or(is_full, |total| end < total);
    entries.truncate(size);
    Ok(History {
        entries: (i64::from(skipped) + 1..).zip(entries).collect(),
        has_next,
    })
}

/// What our event log has of a record. The place of an entry is its event's place in the log, so
/// that what happens meanwhile shifts nothing.
async fn seen(
    db: &Reader,
    tenant: &TenantId,
    past: Past<'_>,
    stretch: Stretch,
) -> Result<History, ReadHistoryError> {
    let one_more = u64::from(stretch.first) + 1;
    let before = (stretch.after, one_more);
    let mut events = events::of_subject(db, tenant, past.uuid(), before).await?;
    let has_next = events.len() > as_usize(stretch.first);
    events.truncate(as_usize(stretch.first));
    let entry = |event: Event| (event.position, HistoryEntry::from(event));
    Ok(History {
        entries: events.into_iter().map(entry).collect(),
        has_next,
    })
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Why a record's past cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ReadHistoryError {
    /// The account that the record was read through is disconnected, so nobody can be asked.
    #[error("the record's account is disconnected")]
    Disconnected,

    #[error("the provider did not tell the record's past")]
    Provider(#[from] ProviderError),

    #[error("the record's past could not be read")]
    Store(#[from] StoreError),
}
