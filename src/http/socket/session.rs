//! What a socket is in the middle of: who speaks, which operations there are, what is due when.
//!
//! A state machine without a socket: it is told what was said and what time it is, and says what to
//! do. It starts, sends and closes nothing itself.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::{
    super::asked::Asked,
    protocol::{Closing, Said, Told},
};
use crate::{domain::Timestamp, graphql::Bookmark, limits::SOCKET_OPERATIONS};

/// How long a client may take to say who it is.
const INITIALISATION: TimeDelta = TimeDelta::seconds(10);

/// How long a client may be silent before it is asked whether it is there.
const SILENCE: TimeDelta = TimeDelta::seconds(20);

/// How long it may take to say that it is.
const PONG: TimeDelta = TimeDelta::seconds(10);

/// How long a client may take to make room in a full queue.
const FULL: TimeDelta = TimeDelta::seconds(10);

/// How long who is nobody in particular may stay.
const VISIT: TimeDelta = TimeDelta::minutes(5);

/// The name that a client gave to an operation.
pub(super) type Id = Arc<str>;

pub(super) struct Session {
    stage: Stage,
    operations: HashMap<Id, Place>,
    /// Why the socket is closed as soon as what cannot be resumed is done.
    leaving: Option<Closing>,
    heard_at: Timestamp,
    asked_at: Option<Timestamp>,
}

enum Stage {
    /// Open since then.
    New(Timestamp),
    Authenticating,
    /// It ends then, if ever.
    Acknowledged(Option<End>),
}

/// When a socket is to be closed, and with what words.
pub(super) struct End {
    at: Timestamp,
    closing: Closing,
}

/// How far an operation has come.
#[derive(Default)]
struct Place {
    bookmark: Bookmark,
    /// The cursor of the last answer that was handed over to the connection.
    handed_over: Option<String>,
}

/// What is to be done next.
pub(super) enum Step {
    Nothing,
    Say(String),
    Authenticate(Map<String, Value>),
    Start {
        id: Id,
        asked: Asked,
        bookmark: Bookmark,
    },
    /// Too many are running already.
    Refuse(Id),
    Stop(Id),
    /// Asks whether the client is still there.
    Probe,
    Close(Closing),
}

impl Session {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            stage: Stage::New(now),
            operations: HashMap::new(),
            leaving: None,
            heard_at: now,
            asked_at: None,
        }
    }

    /// The client is there, whatever it said.
    pub(super) fn heard(&mut self, now: Timestamp) {
        self.heard_at = now;
        self.asked_at = None;
    }

    pub(super) fn receive(&mut self, said: Said) -> Step {
        match said {
            Said::ConnectionInit { payload } => {
                if !matches!(self.stage, Stage::New(_)) {
                    return Step::Close(Closing::too_many_initialisations());
                }
                self.stage = Stage::Authenticating;
                Step::Authenticate(payload.unwrap_or_default())
            }
            Said::Ping { payload } => Step::Say(Told::Pong { payload }.text()),
            Said::Pong { .. } => Step::Nothing,
            Said::Subscribe { id, payload } => self.subscribe(id.into(), payload),
            Said::Complete { id } => {
                let known = self.operations.remove_entry(id.as_str());
                known.map_or(Step::Nothing, |(id, _)| Step::Stop(id))
            }
        }
    }

    fn subscribe(&mut self, id: Id, asked: Asked) -> Step {
        let Stage::Acknowledged(_) = self.stage else {
            return Step::Close(Closing::unauthorized());
        };
        if self.operations.contains_key(&id) {
            return Step::Close(Closing::subscriber_exists(&id));
        }
        if self.leaving.is_some() {
            // The client asks again on its next socket.
            return Step::Nothing;
        }
        if self.operations.len() >= SOCKET_OPERATIONS {
            return Step::Refuse(id);
        }
        let place = Place::default();
        let bookmark = place.bookmark.clone();
        self.operations.insert(Arc::clone(&id), place);
        Step::Start {
            id,
            asked,
            bookmark,
        }
    }

    /// The client is who it says, until its token ends, or nobody, for a while.
    pub(super) fn acknowledge(&mut self, end: Option<End>) -> Step {
        self.stage = Stage::Acknowledged(end);
        Step::Say(Told::ConnectionAck.text())
    }

    /// An operation is over.
    pub(super) fn end(&mut self, id: &Id) {
        self.operations.remove(id);
    }

    /// Whether a subscription that ends now is not over: one that ends with the token or the process
    /// goes on on the client's next socket.
    pub(super) fn is_interrupted(&mut self, now: Timestamp) -> bool {
        self.leave_in_time(now);
        self.leaving.is_some()
    }

    fn leave_in_time(&mut self, now: Timestamp) {
        if let Some(end) = self.end_of_socket().filter(|it| it.at <= now) {
            let closing = end.closing.clone();
            self.leave(closing);
        }
    }

    /// The socket is closed as soon as what cannot be resumed is done.
    pub(super) fn leave(&mut self, closing: Closing) {
        self.leaving.get_or_insert(closing);
    }

    pub(super) fn leaving(&self) -> Option<&Closing> {
        self.leaving.as_ref()
    }

    /// An answer was handed over to the connection.
    pub(super) fn hand_over(&mut self, id: &Id, cursor: String) {
        if let Some(place) = self.operations.get_mut(id) {
            place.handed_over = Some(cursor);
        }
    }

    /// The cursor after which each subscription goes on.
    pub(super) fn resume(&self) -> BTreeMap<&str, &str> {
        let places = self.operations.iter();
        places
            .filter_map(|(id, place)| {
                let handed_over = place.handed_over.as_deref();
                let cursor = handed_over.or_else(|| place.bookmark.start_if_begun())?;
                Some((&**id, cursor))
            })
            .collect()
    }

    /// When [`Session::due`] has something to say, if nothing happens before.
    pub(super) fn alarm(&self, full_since: Option<Timestamp>) -> Timestamp {
        let silence = match full_since {
            // As long as the queue is full nothing is read, and nobody can be heard.
            Some(since) => since + FULL,
            None => self
                .asked_at
                .map_or(self.heard_at + SILENCE, |it| it + PONG),
        };
        let end = match &self.stage {
            Stage::New(opened_at) => Some(*opened_at + INITIALISATION),
            _ if self.leaving.is_some() => None,
            _ => self.end_of_socket().map(|it| it.at),
        };
        end.map_or(silence, |it| it.min(silence))
    }

    /// What has to be done at this time.
    pub(super) fn due(&mut self, now: Timestamp, full_since: Option<Timestamp>) -> Step {
        match self.stage {
            Stage::New(opened_at) if opened_at + INITIALISATION <= now => {
                return Step::Close(Closing::initialisation_timeout());
            }
            _ => self.leave_in_time(now),
        }
        if let Some(since) = full_since {
            if since + FULL <= now {
                return Step::Close(Closing::slow_reader());
            }
            return Step::Nothing;
        }
        match self.asked_at {
            Some(asked_at) if asked_at + PONG <= now => Step::Close(Closing::gone()),
            None if self.heard_at + SILENCE <= now => {
                self.asked_at = Some(now);
                Step::Probe
            }
            _ => Step::Nothing,
        }
    }

    fn end_of_socket(&self) -> Option<&End> {
        match &self.stage {
            Stage::Acknowledged(end) => end.as_ref(),
            _ => None,
        }
    }
}

impl End {
    /// That of a token.
    pub(super) fn of_token(expires_at: Timestamp) -> Self {
        Self {
            at: expires_at,
            closing: Closing::token_expired(),
        }
    }

    /// That of a socket without a token, which began now.
    pub(super) fn of_visit(now: Timestamp) -> Self {
        Self {
            at: now + VISIT,
            closing: Closing::no_token(),
        }
    }
}
