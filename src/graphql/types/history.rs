//! A record's past, and its cursors: the place of an entry in the past of one record.

use async_graphql::Object;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::connection::{Listed, Page, Uncounted};
use crate::{
    domain::history,
    graphql::{
        caller::Access,
        error::{ApiError, Problem},
        page,
        scalars::{DateTime, Json},
    },
    operations::read_history::{Past, ReadHistoryError, Stretch, read_history},
};

pub(in crate::graphql) struct HistoryEntry(pub(super) history::HistoryEntry);

impl Listed for HistoryEntry {
    const NAME: &'static str = "History";
}

/// One change in a record's past.
#[Object(serial)]
impl HistoryEntry {
    /// When it happened.
    fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Who did it, in the provider's words; `null` of a change that we saw ourselves.
    fn actor(&self) -> Option<&str> {
        self.0.actor.as_deref()
    }

    /// What kind of change it was: in the provider's words, or of a change that we saw ourselves the
    /// type of its event, e.g. `order.status_changed`.
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

    /// Which fields changed and, if the provider tells it, how.
    fn changes(&self) -> Option<Json> {
        let changes = self.0.changes.clone()?;
        // A JSON value is a GraphQL value: there is nothing that could fail.
        async_graphql::Value::from_json(changes).ok().map(Json)
    }
}

/// Reads a stretch of a record's past.
pub(super) async fn page(
    access: Access<'_>,
    past: Past<'_>,
    (first, after): (Option<i32>, Option<String>),
) -> Result<Uncounted<HistoryEntry>, ApiError> {
    let stretch = Stretch {
        first: u32::try_from(page::first("history", first)?).unwrap_or(u32::MAX),
        after: after.map(|it| read_cursor(&it, past)).transpose()?,
    };
    let history = read_history((access.app, access.db), access.tenant, past, stretch).await;
    let history = history.map_err(|error| not_told(past, error))?;
    let has_previous = stretch.after.is_some();
    let entries = history.entries.into_iter();
    let entries = entries.map(|(place, it)| (print_cursor(place, past), HistoryEntry(it)));
    Ok(Uncounted(Page::of_cursors(
        entries,
        (has_previous, history.has_next),
    )))
}

fn not_told(past: Past<'_>, error: ReadHistoryError) -> ApiError {
    let provider = past.provider();
    match error {
        ReadHistoryError::Disconnected => ApiError::Provider(provider, Problem::Unauthorized),
        ReadHistoryError::Provider(error) => {
            tracing::warn!(provider = %provider, %error, "a record's history was not told");
            ApiError::Provider(provider, error.into())
        }
        ReadHistoryError::Store(error) => error.into(),
    }
}

fn print_cursor(place: i64, past: Past<'_>) -> String {
    let bytes = [&past.uuid().as_bytes()[..], &place.to_be_bytes()].concat();
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn read_cursor(cursor: &str, past: Past<'_>) -> Result<i64, ApiError> {
    let place = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (id, place) = bytes.split_at_checked(16)?;
        let place = i64::from_be_bytes(place.try_into().ok()?);
        (id == past.uuid().as_bytes() && place > 0).then_some(place)
    };
    place().ok_or_else(|| {
        let message = "`after` takes a cursor that `history` of the same record has given.";
        ApiError::bad_input("after", message)
    })
}
