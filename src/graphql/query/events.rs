//! The event log, read forwards.

use async_graphql::{Context, Object};

use crate::{
    events::cursor,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        filter::filter,
        page,
        types::{
            connection::{Page, Uncounted},
            event::{Event, EventWhere, check_kept, position},
        },
    },
    store::{events, tenants},
};

#[derive(Default)]
pub(super) struct EventQuery;

#[Object]
impl EventQuery {
    /// What happened, oldest first. The log is only added to, so reading it page by page misses
    /// nothing and repeats nothing. Needs the scope `events:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(
            desc = "Only what comes after this cursor: of an event, of a subscription or of a \
                    webhook. Without it from the beginning of what is kept."
        )]
        after: Option<String>,
        #[graphql(name = "where", desc = "Which events are wanted; all without it.")]
        wanted: Option<EventWhere>,
    ) -> Maybe<Uncounted<Event>> {
        Some(list(ctx, (first, after.as_deref()), wanted.as_ref()).await)
    }
}

async fn list(
    ctx: &Context<'_>,
    (first, after): (Option<i32>, Option<&str>),
    wanted: Option<&EventWhere>,
) -> Result<Uncounted<Event>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::EventsRead)?;
    let first = page::first("events", first)?;
    let place = after.map_or(Ok(0), |it| position(tenant, it))?;
    // One more than asked for tells whether there is more.
    let limit = (place, first + 1);
    let mut rows = events::after(db, tenant, &filter(wanted)?, limit).await?;
    if after.is_some() {
        let extent = tenants::extent(db, tenant).await?;
        check_kept(tenant, place, extent)?;
    }
    let wanted = usize::try_from(first).unwrap_or(usize::MAX);
    let has_next = rows.len() > wanted;
    rows.truncate(wanted);
    let cursors: Vec<_> = rows
        .iter()
        .map(|it| cursor::encode(tenant, it.position))
        .collect();
    let entries = cursors.into_iter().zip(Event::all(tenant, rows));
    Ok(Uncounted(Page::of_cursors(entries, (place > 0, has_next))))
}
