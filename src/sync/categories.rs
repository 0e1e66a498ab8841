//! Polling for categories and for the words that a provider takes in its fields: a few hundred,
//! once a day and on demand, all at once.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::{LEASE, Next, Round, RoundError, later};
use crate::{
    domain::{
        category::{Category, CategoryScheme, ObservedCategory},
        event::{CategoryChanged, Happening, NewEvent},
        id::CategoryId,
        provider::ProviderKey,
    },
    events,
    providers::ProviderError,
    store::{
        categories,
        cursors::{self, Cursor},
        reference_values, tenants,
    },
};

/// How often they are asked for.
const EVERY: TimeDelta = TimeDelta::hours(24);

/// Reads all categories and writes those that are new or different.
pub(super) async fn poll(round: &Round<'_>, cursor: &mut Cursor) -> Result<Next, RoundError> {
    let Round {
        app,
        provider,
        access,
        ..
    } = round;
    let values = if provider.reference_kinds().is_empty() {
        Vec::new()
    } else {
        provider.reference_values(access).await?
    };
    let observed = match provider.list_categories(access).await {
        Err(ProviderError::NotFound) => {
            let account = cursor.account;
            tracing::warn!(account.id = %account, "account {account} has no list of categories");
            Vec::new()
        }
        answer => answer?,
    };
    let now = app.clock.now();
    cursor.baseline_at = cursor.baseline_at.or(Some(now));
    cursor.swept_at = Some(now);

    let mut tx = app.db.begin().await?;
    if !cursors::save(&tx, cursor, Some(later(now, LEASE))).await? {
        return Err(RoundError::LeaseLost);
    }
    // Another account of the tenant may bring the same categories at this moment.
    tenants::lock(&tx, &cursor.tenant).await?;
    let mut known = HashMap::new();
    if let Some(scheme) = CategoryScheme::of(provider.key()) {
        for category in categories::all(&*tx, &cursor.tenant, scheme).await? {
            known.insert(category.code.clone(), category);
        }
    }
    // The first time, all of them are new, and none is news.
    let is_news = !known.is_empty();
    let changed: Vec<_> = observed
        .into_iter()
        .filter_map(|it| merge(known.get(&it.code), it, provider.key()))
        .collect();
    categories::save_many(&tx, &cursor.tenant, &changed).await?;
    let news = changed
        .into_iter()
        .filter(|_| is_news)
        .map(|category| NewEvent {
            happening: Happening::CategoryChanged(CategoryChanged { category }),
            occurred_at: now,
        });
    events::append(&mut tx, &cursor.tenant, news.collect(), now).await?;
    let whose = (cursor.account, provider.key());
    reference_values::replace(&tx, &cursor.tenant, whose, &values).await?;
    tx.commit().await?;
    Ok(Next::At(now + EVERY))
}

/// The category's first or next version; `None` if it is as we know it.
fn merge(
    known: Option<&Category>,
    observed: ObservedCategory,
    provider: ProviderKey,
) -> Option<Category> {
    let ObservedCategory {
        scheme,
        code,
        content,
    } = observed;
    match known {
        Some(known) if known.content == content => None,
        Some(known) => Some(Category {
            version: known.version + 1,
            content,
            ..known.clone()
        }),
        None => Some(Category {
            id: CategoryId::generate(),
            provider,
            scheme,
            code,
            version: 1,
            content,
        }),
    }
}
