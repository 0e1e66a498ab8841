//! GraphQL over server-sent events: `graphql-sse` in its mode of distinct connections.
//!
//! A request with `Accept: text/event-stream`, answered by a stream: a `next` for each answer and a
//! `complete` at the end. Each answer of a subscription has its cursor as `id`, so that a browser that
//! was cut off says by itself, in `Last-Event-ID`, where to go on. What is refused before it runs is
//! a `next` with errors, as the protocol wants it, because a browser shows nobody the body of a 400. So is
//! the end of a token, before the `complete`: the protocol has no other word for it.
//!
//! A reader that is slow is waited for by HTTP itself: nothing is computed that cannot be written.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{
        IntoResponse, Response as HttpResponse,
        sse::{Event, Sse},
    },
};
use chrono::TimeDelta;
use futures_util::{
    Stream, StreamExt,
    future::ready,
    stream::{self, BoxStream},
};
use tracing::{Instrument, Span};

use super::{
    Door,
    exchange::{Followed, Prepared},
    refusal::Refused,
};
use crate::{
    background::Shutdown,
    clock::Clock,
    graphql::{Answer, Bookmark},
};

/// How long nothing may be sent before a comment is, so that nobody in between takes the connection
/// for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(12);

/// How long a client should wait before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// Runs a query or a mutation.
pub(super) async fn answer(door: &Door, prepared: Prepared) -> HttpResponse {
    // Before the stream begins, because a request is under way until its answer does.
    let answer = prepared.answer().await;
    let answer = answer.unwrap_or_else(|it| it.response.into());
    let answers = stream::iter([whole(answer)]).boxed();
    respond(door, None, answers)
}

/// Runs a subscription.
pub(super) fn follow(door: &Door, prepared: Prepared, headers: &HeaderMap) -> HttpResponse {
    // What is no text is no cursor either, and is refused as such.
    let last = headers.get("last-event-id").map(HeaderValue::as_bytes);
    let last = last
        .map(String::from_utf8_lossy)
        .filter(|it| !it.is_empty());
    let bookmark = last.map_or_else(Bookmark::default, |it| Bookmark::after(it.into_owned()));
    let shutdown = door.shutdown.clone();
    let end = Box::pin(async move { shutdown.requested().await });
    let (ending, clock) = (prepared.ending(), door.app.clock.clone());
    // Asked only when everything else was told.
    let last = stream::iter([()]).filter_map(move |()| ready(ending.told(clock.now())));
    let answers = prepared.follow(bookmark.clone()).chain(last.map(whole));
    respond(door, Some(bookmark), answers.take_until(end).boxed())
}

/// Tells what is wrong with a document. Who may not ask at all, or not now, is refused by the status,
/// so that a client does not take it for an answer.
pub(super) fn refuse(door: &Door, refused: Refused) -> Result<HttpResponse, Refused> {
    if !matches!(refused.status, StatusCode::BAD_REQUEST | StatusCode::OK) {
        return Err(refused);
    }
    let answers = stream::iter([whole(refused.response)]).boxed();
    Ok(respond(door, None, answers))
}

/// The one answer of a request that is no subscription.
fn whole(response: impl Into<Answer>) -> Followed {
    Followed {
        response: response.into(),
        cursor: None,
    }
}

/// Writes answers. Those of a subscription have a bookmark.
fn respond(
    door: &Door,
    bookmark: Option<Bookmark>,
    answers: BoxStream<'static, Followed>,
) -> HttpResponse {
    let events = Events {
        answers,
        is_subscription: bookmark.is_some(),
        bookmark: bookmark.unwrap_or_default(),
        clock: door.app.clock.clone(),
        shutdown: door.shutdown.clone(),
        has_id: false,
        is_over: false,
        span: Span::current(),
    };
    // Proxies are asked not to collect what belongs to the client at once.
    let unbuffered = [("x-accel-buffering", "no")];
    (unbuffered, Sse::new(events.all())).into_response()
}

struct Events {
    answers: BoxStream<'static, Followed>,
    is_subscription: bool,
    bookmark: Bookmark,
    clock: Clock,
    shutdown: Shutdown,
    /// Whether the client has an id to resume after.
    has_id: bool,
    is_over: bool,
    /// The request's, whose log lines have its id. The connection asks for events outside of it.
    span: Span,
}

impl Events {
    fn all(self) -> impl Stream<Item = Result<Event, Infallible>> {
        let hint = stream::iter([Event::default().retry(RETRY)]);
        let events = stream::unfold(self, |mut it| {
            let span = it.span.clone();
            let next = async move {
                let event = it.next().await?;
                Some((event, it))
            };
            next.instrument(span)
        });
        hint.chain(events).map(Ok)
    }

    async fn next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        let silent_until = self.clock.now() + SILENCE;
        tokio::select! {
            // An id alone, so that whoever is cut off before the first event resumes where it began.
            cursor = self.bookmark.start(), if !self.has_id => {
                self.has_id = true;
                Some(Event::default().id(cursor))
            }
            answer = self.answers.next() => match answer {
                Some(answer) => Some(self.told(answer)),
                None => self.completed(),
            },
            () = self.clock.sleep_until(silent_until) => Some(Event::default().comment("")),
        }
    }

    fn told(&mut self, answer: Followed) -> Event {
        let event = Event::default().event("next");
        // Whatever an answer has in it can be written as JSON.
        let event = event.json_data(&answer.response).unwrap_or_default();
        // An earlier one must not follow.
        self.has_id = true;
        match answer.cursor {
            Some(cursor) => event.id(cursor),
            None => event,
        }
    }

    /// The end. A subscription that ends with the process is not complete: without the word, the
    /// client connects again and goes on.
    fn completed(&mut self) -> Option<Event> {
        self.is_over = true;
        let goes_on = self.is_subscription && self.shutdown.is_requested();
        // Browsers tell nobody of an event without data, and an empty text would be none.
        (!goes_on).then(|| Event::default().event("complete").data("\n"))
    }
}
