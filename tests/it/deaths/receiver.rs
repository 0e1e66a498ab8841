//! Endpoints of a tenant: each is a server of its own, answers in its own way, and writes down what comes.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use tokio::{net::TcpListener, sync::Notify};

use super::evidence::{Answer, Request, Watch, unverified};

/// One in so many webhooks is refused at its first attempt by the moody endpoint.
const REFUSED: u32 = 5;

/// How often in a row nothing came, when nothing more is to come.
const LOOKS: u32 = 3;

/// How an endpoint answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Prompt,
    /// With 500, now and then.
    Moody,
    Slow,
}

/// What came, to all endpoints together and in order.
#[derive(Clone)]
pub(super) struct Book {
    pub(super) watch: Watch,
    requests: Arc<Mutex<Vec<Request>>>,
    trap: Arc<Trap>,
}

/// Holds a request that is not to be answered, so that its sender can be killed.
#[derive(Default)]
struct Trap {
    /// How many requests until it snaps; 0 is never.
    left: AtomicU32,
    snapped: Notify,
}

impl Book {
    pub(super) fn new(watch: Watch) -> Self {
        Self {
            watch,
            requests: Arc::default(),
            trap: Arc::default(),
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn len(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// Waits for the `nth` request from now on, which gets no answer.
    pub(super) async fn request_is_sent(&self, nth: u32) {
        self.trap.left.store(nth, Ordering::SeqCst);
        self.trap.snapped.notified().await;
    }

    /// Nobody waits for a request any more.
    pub(super) fn forget_trap(&self) {
        self.trap.left.store(0, Ordering::SeqCst);
    }

    fn is_trapped(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        let before = self
            .trap
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
        let is_trapped = before == Ok(1);
        if is_trapped {
            self.trap.snapped.notify_one();
        }
        is_trapped
    }
}

/// Waits until everything that a dead process has sent is written down: its last bytes may still be
/// in the receivers' sockets.
pub(super) async fn settle(receivers: &[Receiver]) {
    let (mut quiet, mut before) = (0, 0);
    while quiet < LOOKS {
        for receiver in receivers {
            receiver.look().await;
        }
        let now = receivers.iter().map(|it| it.book.len()).sum();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
}

/// An endpoint's server.
#[derive(Clone)]
pub(super) struct Receiver {
    pub(super) url: String,
    pub(super) manner: Manner,
    book: Book,
    /// The endpoint's id and secret, once it has been made.
    known: Arc<OnceLock<(String, String)>>,
}

impl Receiver {
    pub(super) async fn start(manner: Manner, book: &Book) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            manner,
            book: book.clone(),
            known: Arc::default(),
        };
        let routes = Router::new()
            .route("/hook", post(receive))
            .route("/look", get(|| async {}))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        receiver
    }

    /// Waits for an answer that comes after what was on the way before.
    async fn look(&self) {
        let look = self.url.replace("/hook", "/look");
        reqwest::get(look).await.unwrap();
    }

    pub(super) fn know(&self, id: &str, secret: &str) {
        let known = (id.to_owned(), secret.to_owned());
        self.known.set(known).unwrap();
    }

    /// The endpoint's id and its secret.
    pub(super) fn known(&self) -> &(String, String) {
        self.known.get().unwrap()
    }

    /// Writes down what came, and returns its place in the book.
    fn note(&self, headers: &HeaderMap, body: String) -> (usize, Request) {
        let header = |name| headers.get(name).map_or("", |it| it.to_str().unwrap());
        let (endpoint, secret) = self.known();
        let request = Request {
            endpoint: endpoint.clone(),
            id: header("webhook-id").to_owned(),
            attempt: header("webhook-attempt").parse().unwrap_or_default(),
            unverified: unverified(secret, headers, &body),
            body,
            arrived: self.book.watch.now(),
            answer: None,
        };
        let mut requests = self.book.requests.lock().unwrap();
        requests.push(request.clone());
        (requests.len() - 1, request)
    }

    /// What a request is answered with, and after how long. Follows from what it is.
    fn mood(&self, request: &Request) -> (Duration, u16) {
        let hash: u32 = request.id.bytes().map(u32::from).sum();
        match self.manner {
            Manner::Slow => (Duration::from_millis((20 + hash % 80).into()), 204),
            Manner::Moody if request.attempt == 1 && hash.is_multiple_of(REFUSED) => {
                (Duration::ZERO, 500)
            }
            Manner::Prompt | Manner::Moody => (Duration::ZERO, 204),
        }
    }
}

async fn receive(State(it): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    let (place, request) = it.note(&headers, body);
    if it.book.is_trapped() {
        std::future::pending::<()>().await;
    }
    let (wait, status) = it.mood(&request);
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    let at = it.book.watch.now();
    it.book.requests.lock().unwrap()[place].answer = Some(Answer { status, at });
    StatusCode::from_u16(status).unwrap()
}
