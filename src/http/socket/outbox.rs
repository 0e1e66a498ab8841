//! What is waiting to be sent over a socket: a queue with an end.
//!
//! While it is full nothing more is computed and nothing more is read, so a client that takes its
//! time costs no more memory than this. How long it may take is the session's affair.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{Error, extract::ws::Message};
use futures_util::Sink;

use super::session::Id;
use crate::domain::Timestamp;

/// How many messages may wait.
const LONGEST: usize = 64;

#[derive(Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Waiting>,
    /// Whether the connection has something that it has not written yet.
    unflushed: bool,
    full_since: Option<Timestamp>,
}

struct Waiting {
    message: Message,
    /// Whose answer it is, and its cursor if it has one.
    answer: Option<(Id, Option<String>)>,
}

/// The cursors of answers that were handed over to the connection.
pub(super) type HandedOver = Vec<(Id, String)>;

impl Outbox {
    /// Puts a message at the end. Whoever does must have asked whether there is room.
    pub(super) fn push(&mut self, message: Message, now: Timestamp) {
        self.add(message, None, now);
    }

    /// The same, for an answer of an operation.
    pub(super) fn push_answer(
        &mut self,
        text: String,
        (id, cursor): (Id, Option<String>),
        now: Timestamp,
    ) {
        self.add(Message::text(text), Some((id, cursor)), now);
    }

    fn add(&mut self, message: Message, answer: Option<(Id, Option<String>)>, now: Timestamp) {
        self.waiting.push_back(Waiting { message, answer });
        if !self.has_room() {
            self.full_since.get_or_insert(now);
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < LONGEST
    }

    /// Since when nothing at all could be sent while it was full.
    pub(super) fn full_since(&self) -> Option<Timestamp> {
        self.full_since
    }

    /// Whether [`Outbox::poll_send`] has anything to do.
    pub(super) fn is_busy(&self) -> bool {
        self.unflushed || !self.waiting.is_empty()
    }

    /// Forgets what an operation still had to say.
    pub(super) fn forget(&mut self, id: &Id) {
        let of_it = |it: &Waiting| it.answer.as_ref().is_some_and(|(other, _)| other == id);
        self.waiting.retain(|it| !of_it(it));
        if self.has_room() {
            self.full_since = None;
        }
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Sends on. Ready when something was handed over, or when nothing is left.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        mut connection: Pin<&mut (impl Sink<Message, Error = Error> + ?Sized)>,
    ) -> Poll<Result<HandedOver, Error>> {
        let mut handed_over = Vec::new();
        let mut moved = false;
        while !self.waiting.is_empty() {
            match connection.as_mut().poll_ready(cx)? {
                Poll::Ready(()) => {}
                Poll::Pending if moved => return Poll::Ready(Ok(handed_over)),
                Poll::Pending => return Poll::Pending,
            }
            if let Some(Waiting { message, answer }) = self.waiting.pop_front() {
                connection.as_mut().start_send(message)?;
                (moved, self.unflushed, self.full_since) = (true, true, None);
                if let Some((id, Some(cursor))) = answer {
                    handed_over.push((id, cursor));
                }
            }
        }
        match connection.poll_flush(cx)? {
            Poll::Ready(()) => self.unflushed = false,
            Poll::Pending if moved => {}
            Poll::Pending => return Poll::Pending,
        }
        Poll::Ready(Ok(handed_over))
    }
}
