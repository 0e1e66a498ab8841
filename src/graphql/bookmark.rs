//! Where a subscription stands in the event log, for the transport that carries its answers.
//!
//! A client resumes after a cursor, but need not select one. So the stream of a subscription notes the
//! cursor of each item here as it yields it, and the transport reads it beside the answer: answers of
//! one stream are computed one at a time. The transport, in turn, can say here where to begin, as an
//! event stream does with the header `Last-Event-ID`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::SetOnce;

/// The place of one subscription in its tenant's log. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Bookmark(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    after: Option<String>,
    start: SetOnce<String>,
    item: Mutex<Option<String>>,
}

impl Bookmark {
    /// One that begins after a cursor, whatever the document says.
    pub fn after(cursor: String) -> Self {
        Self(Arc::new(Inner {
            after: Some(cursor),
            ..Inner::default()
        }))
    }

    /// The cursor that the subscription begins after, as soon as it has begun.
    pub async fn start(&self) -> &str {
        self.0.start.wait().await
    }

    /// The same, if it has begun.
    pub fn start_if_begun(&self) -> Option<&str> {
        self.0.start.get().map(String::as_str)
    }

    /// The cursor of the item that was answered last, or of the start. Not of a subscription that has
    /// not begun.
    pub fn cursor(&self) -> Option<String> {
        let item = self.item().clone();
        item.or_else(|| self.0.start.get().cloned())
    }

    /// Where to begin: what the transport says, or else what the document does.
    pub(super) fn or<'a>(&'a self, argument: Option<&'a str>) -> Option<&'a str> {
        self.0.after.as_deref().or(argument)
    }

    pub(super) fn begin(&self, cursor: String) {
        // A document has one subscription, which begins once.
        let _ = self.0.start.set(cursor);
    }

    pub(super) fn reach(&self, cursor: String) {
        *self.item() = Some(cursor);
    }

    fn item(&self) -> MutexGuard<'_, Option<String>> {
        self.0.item.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
