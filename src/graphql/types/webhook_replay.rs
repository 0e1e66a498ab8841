//! Replays of webhooks, and how far they have come.

use async_graphql::{ID, Object};

use crate::{
    domain::{id::ReplayId, replay::Replay},
    graphql::scalars::DateTime,
};

#[derive(Clone)]
pub(in crate::graphql) struct WebhookReplay(pub(in crate::graphql) Replay);

impl WebhookReplay {
    pub(in crate::graphql) fn key(&self) -> ReplayId {
        self.0.id
    }
}

/// As many as a field can show.
fn count(it: i64) -> i32 {
    i32::try_from(it).unwrap_or(i32::MAX)
}

/// An endpoint is told again what happened in a span of time. Ask `node` for it to see how far it is.
#[Object(serial)]
impl WebhookReplay {
    /// The replay's id, which begins with `whr_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// `RUNNING`; `WAITING` while its endpoint is switched off; `FINISHED` when every delivery is on
    /// its way or has arrived.
    fn status(&self) -> &str {
        self.0.status.as_str()
    }

    /// How many events of that time the log had when it was asked for.
    fn total(&self) -> i32 {
        count(self.0.total)
    }

    /// How many of them it has gone through.
    fn done(&self) -> i32 {
        count(self.0.done)
    }

    /// How many deliveries it has put on their way. What is being attempted, or due anyway, is left
    /// as it is, and so is what was delivered if only the rest was asked for.
    fn deliveries(&self) -> i32 {
        count(self.0.deliveries)
    }

    /// When it was asked for.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}
