//! One socket from its opening to its end.
//!
//! A single task: it reads, lets the operations go on, sends, and looks at the clock, whatever is
//! ready first. Operations take turns, so a busy one keeps no other one waiting. When the task ends,
//! its operations end with it; only a mutation that has begun is seen through.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use async_graphql::ServerError;
use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::{
    FutureExt, SinkExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream, SplitSink, SplitStream},
};
use serde_json::{Map, Value, json};
use tokio_stream::{StreamMap, StreamNotifyClose};

use super::{
    super::{
        Door,
        asked::Asked,
        auth::{TokenError, Verifier},
        exchange::{Asker, Followed},
        refusal::{Code, refusal},
    },
    outbox::Outbox,
    protocol::{Closing, Said, Told},
    session::{End, Id, Session, Step},
    strangers::Stranger,
};
use crate::{
    domain::Timestamp,
    graphql::{self, Bookmark, caller::Caller},
    limits::{SOCKET_MESSAGE_BYTES, SOCKET_OPERATIONS},
    planner::Kind,
};

/// How long what is left may take to be sent, and the client to say goodbye.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

pub(super) struct Conversation {
    door: Door,
    asker: Asker,
    /// The `Authorization` header, from clients that can send one.
    of_header: Option<String>,
    incoming: SplitStream<WebSocket>,
    outgoing: SplitSink<WebSocket, Message>,
    session: Session,
    /// If the client is nobody in particular.
    stranger: Option<Stranger>,
    running: StreamMap<Id, StreamNotifyClose<BoxStream<'static, Answer>>>,
    outbox: Outbox,
    shutdown: BoxFuture<'static, ()>,
}

/// What an operation has to say.
enum Answer {
    Next(Box<Followed>),
    /// It was refused before anything of it was executed.
    Refused(Vec<ServerError>),
    /// It was a subscription, and will tell nothing more.
    Ended,
}

impl Conversation {
    pub(super) fn new(
        door: Door,
        (asker, of_header): (Asker, Option<String>),
        socket: WebSocket,
    ) -> Self {
        let (outgoing, incoming) = socket.split();
        let shutdown = door.shutdown.clone();
        Self {
            session: Session::new(door.app.clock.now()),
            stranger: None,
            door,
            asker,
            of_header,
            incoming,
            outgoing,
            running: StreamMap::new(),
            outbox: Outbox::default(),
            shutdown: async move { shutdown.requested().await }.boxed(),
        }
    }

    pub(super) async fn hold(mut self) {
        let closing = loop {
            if let Err(closing) = self.turn().await {
                break closing;
            }
        };
        self.close(closing).await;
    }

    /// Waits for what comes first, and does it.
    async fn turn(&mut self) -> Result<(), Closing> {
        if let Some(closing) = self.session.leaving()
            && self.running.is_empty()
        {
            return Err(closing.clone());
        }
        let stays = self.session.leaving().is_none();
        let has_room = self.outbox.has_room();
        if !has_room {
            // Nothing is read meanwhile, so silence says nothing.
            self.session.heard(self.now());
        }
        let full_since = self.outbox.full_since();
        let alarm = self.session.alarm(full_since);
        tokio::select! {
            message = self.incoming.next(), if has_room => {
                self.receive(message.and_then(Result::ok)).await
            }
            Some((id, answer)) = self.running.next(), if has_room => {
                self.answer(&id, answer);
                Ok(())
            }
            sent = send(&mut self.outbox, &mut self.outgoing), if self.outbox.is_busy() => {
                sent.map(|it| self.hand_over(it))
            }
            () = self.door.app.clock.sleep_until(alarm) => {
                let step = self.session.due(self.now(), full_since);
                self.take(step)
            }
            () = &mut self.shutdown, if stays => {
                self.session.leave(Closing::service_restart());
                Ok(())
            }
        }
    }
}

impl Conversation {
    /// A message of the client, or its end.
    async fn receive(&mut self, message: Option<Message>) -> Result<(), Closing> {
        self.session.heard(self.now());
        let text = match message {
            Some(Message::Text(text)) => text,
            Some(Message::Binary(_)) => {
                return Err(Closing::invalid("Invalid message: not a text"));
            }
            Some(Message::Ping(_) | Message::Pong(_)) => return Ok(()),
            Some(Message::Close(_)) | None => return Err(Closing::gone()),
        };
        if text.len() > SOCKET_MESSAGE_BYTES {
            return Err(Closing::message_too_big());
        }
        match self.session.receive(Said::read(&text)?) {
            Step::Authenticate(payload) => {
                let header = self.authorization(&payload)?;
                let verifier = Arc::clone(&self.door.verifier);
                self.asker.caller = authenticate(&verifier, header).await?;
                let end = self.end()?;
                let step = self.session.acknowledge(end);
                self.take(step)
            }
            step => self.take(step),
        }
    }

    /// The header that says who opened the socket: as the payload has it, or else the upgrade.
    fn authorization(&self, payload: &Map<String, Value>) -> Result<Option<String>, Closing> {
        let of_payload = ["Authorization", "authorization"]
            .iter()
            .find_map(|it| payload.get(*it));
        match of_payload {
            Some(Value::String(header)) => Ok(Some(header.clone())),
            Some(_) => Err(Closing::forbidden()),
            None => Ok(self.of_header.clone()),
        }
    }

    /// When the socket is to end, now that it is known who opened it. Of those who are nobody there are
    /// only so many.
    fn end(&mut self) -> Result<Option<End>, Closing> {
        if let Some(caller) = &self.asker.caller {
            return Ok(caller.expires_at.map(End::of_token));
        }
        let stranger = self.door.strangers.admit((&self.asker).into());
        self.stranger = Some(stranger.ok_or_else(Closing::too_many_strangers)?);
        Ok(Some(End::of_visit(self.now())))
    }

    fn take(&mut self, step: Step) -> Result<(), Closing> {
        match step {
            Step::Nothing | Step::Authenticate(_) => {}
            Step::Say(text) => self.outbox.push(Message::text(text), self.now()),
            Step::Probe => self
                .outbox
                .push(Message::Ping(Vec::new().into()), self.now()),
            Step::Start {
                id,
                asked,
                bookmark,
            } => {
                let from = self.asker.clone();
                let operation = operation(self.door.clone(), asked, from, bookmark);
                self.running.insert(id, StreamNotifyClose::new(operation));
            }
            Step::Refuse(id) => {
                let message =
                    format!("a socket has {SOCKET_OPERATIONS} operations at once, no more");
                let mut refused = refusal(Code::TooManyOperations, &message);
                self.asker.request_id.mark(&mut refused);
                self.say_refused(&id, &refused.errors);
            }
            Step::Stop(id) => {
                self.running.remove(&id);
                self.outbox.forget(&id);
            }
            Step::Close(closing) => return Err(closing),
        }
        Ok(())
    }

    /// Passes on what an operation says; nothing is its end.
    fn answer(&mut self, id: &Id, answer: Option<Answer>) {
        match answer {
            Some(Answer::Next(followed)) => {
                let Followed { response, cursor } = *followed;
                let payload = &response;
                let text = Told::Next { id, payload }.text();
                let now = self.now();
                self.outbox.push_answer(text, (Arc::clone(id), cursor), now);
            }
            Some(Answer::Refused(errors)) => {
                self.running.remove(id);
                self.session.end(id);
                self.say_refused(id, &errors);
            }
            Some(Answer::Ended) => {
                if self.door.shutdown.is_requested() {
                    // The subscription may have heard of it before us.
                    self.session.leave(Closing::service_restart());
                }
                if self.session.is_interrupted(self.now()) {
                    self.running.remove(id);
                }
            }
            None => {
                self.session.end(id);
                let text = Told::Complete { id }.text();
                let now = self.now();
                self.outbox.push_answer(text, (Arc::clone(id), None), now);
            }
        }
    }

    fn say_refused(&mut self, id: &Id, errors: &[ServerError]) {
        let payload = errors;
        let text = Told::Error { id, payload }.text();
        let now = self.now();
        self.outbox.push_answer(text, (Arc::clone(id), None), now);
    }

    fn hand_over(&mut self, handed_over: Vec<(Id, String)>) {
        for (id, cursor) in handed_over {
            self.session.hand_over(&id, cursor);
        }
    }

    /// Ends every operation, and the socket.
    async fn close(mut self, closing: Closing) {
        self.running.clear();
        if closing == Closing::slow_reader() {
            self.outbox.clear();
        }
        let goodbye = async {
            if closing != Closing::gone() {
                self.say_goodbye(closing).await?;
            }
            // Until both sides are closed: if the client closed first, this answers it. If we did, what
            // is unread when a connection is dropped would take along what was sent.
            while let Some(Ok(_)) = self.incoming.next().await {}
            Ok::<_, Closing>(())
        };
        // A client that does not listen any more is not waited for.
        let _ = tokio::time::timeout(FAREWELL, goodbye).await;
    }

    /// Sends what is left, where to go on, and why the socket is closed.
    async fn say_goodbye(&mut self, mut closing: Closing) -> Result<(), Closing> {
        while self.outbox.is_busy() {
            let handed_over = send(&mut self.outbox, &mut self.outgoing).await?;
            self.hand_over(handed_over);
        }
        let resume = self.session.resume();
        if closing.is_resumable() && !resume.is_empty() {
            // A ping, because every client understands one, and none takes it for data.
            let payload = json!({ "resume": resume });
            let ping = Message::text(Told::Ping { payload }.text());
            self.outgoing.feed(ping).await.map_err(gone)?;
            if let Some((_, cursor)) = resume.first_key_value().filter(|_| resume.len() == 1) {
                closing = closing.resumable_after(cursor);
            }
        }
        let frame = CloseFrame {
            code: closing.code,
            reason: closing.reason.into(),
        };
        let close = Message::Close(Some(frame));
        self.outgoing.send(close).await.map_err(gone)
    }

    fn now(&self) -> Timestamp {
        self.door.app.clock.now()
    }
}

async fn send(
    outbox: &mut Outbox,
    outgoing: &mut SplitSink<WebSocket, Message>,
) -> Result<Vec<(Id, String)>, Closing> {
    let sent = poll_fn(|cx| outbox.poll_send(cx, Pin::new(outgoing)));
    sent.await.map_err(gone)
}

fn gone(_: axum::Error) -> Closing {
    Closing::gone()
}

/// Everything that an operation has to say. A subscription ends with the process: it is the one kind
/// that can be gone on with elsewhere.
fn operation(
    door: Door,
    asked: Asked,
    from: Asker,
    bookmark: Bookmark,
) -> BoxStream<'static, Answer> {
    let prepared = async move {
        match door.prepare(asked, from).await {
            Err(refused) => {
                let answer = Answer::Refused(refused.response.errors);
                stream::iter([answer]).boxed()
            }
            Ok(prepared) if prepared.kind() == Kind::Subscription => {
                let shutdown = door.shutdown.clone();
                let end = Box::pin(async move { shutdown.requested().await });
                let answers = prepared
                    .follow(bookmark)
                    .map(|it| Answer::Next(Box::new(it)));
                let ended = stream::iter([Answer::Ended]);
                answers.take_until(end).chain(ended).boxed()
            }
            Ok(prepared) => {
                let answer = async {
                    let answered = prepared.answer().await;
                    answered.unwrap_or_else(|it| it.response.into())
                };
                stream::once(answer).map(whole).boxed()
            }
        }
    };
    stream::once(prepared).flatten().boxed()
}

/// The one answer of a query or a mutation.
fn whole(response: graphql::Answer) -> Answer {
    let cursor = None;
    Answer::Next(Box::new(Followed { response, cursor }))
}

/// Who opened the socket. Without any token it is nobody, who may ask for the schema alone.
async fn authenticate(
    verifier: &Verifier,
    header: Option<String>,
) -> Result<Option<Caller>, Closing> {
    let Some(header) = header else {
        return Ok(None);
    };
    match verifier.caller_of_header(&header).await {
        Ok(caller) => Ok(Some(caller)),
        Err(TokenError::NoKeysYet) => Err(Closing::try_again_later()),
        Err(_) => Err(Closing::forbidden()),
    }
}
