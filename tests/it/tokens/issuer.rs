//! An issuer's server of keys, which can fail in every way that servers have, and a trap that counts
//! who walks in.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use leasegraph::http::{KeySetSettings, KeySource};
use serde_json::Value;
use tokio::{net::TcpListener, sync::Semaphore};

/// What the server does when it is asked.
#[derive(Clone)]
pub(crate) enum Mood {
    Serves(Value),
    ServesFor(Value, &'static str),
    /// Serves when it is let.
    Waits(Value, Arc<Semaphore>),
    Fails(u16),
    Says(&'static str),
    SendsOn(String),
    Floods,
    Hangs,
}

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let issuer = Self {
            address: listener.local_addr().unwrap(),
            mood: Arc::new(Mutex::new(mood)),
            asked: Arc::default(),
        };
        let routes = Router::new().fallback(answer).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        issuer
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often it was asked so far.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) fn settings(&self) -> KeySetSettings {
        let source: KeySource = format!("http://{}/jwks", self.address).parse().unwrap();
        KeySetSettings {
            source,
            deadline: Duration::from_millis(250),
        }
    }
}

async fn answer(State(issuer): State<Issuer>) -> Response {
    issuer.asked.fetch_add(1, Ordering::SeqCst);
    let mood = issuer.mood.lock().unwrap().clone();
    match mood {
        Mood::Serves(set) => set.to_string().into_response(),
        Mood::ServesFor(set, how_long) => {
            ([(header::CACHE_CONTROL, how_long)], set.to_string()).into_response()
        }
        Mood::Waits(set, let_go) => {
            let _turn = let_go.acquire().await.unwrap();
            set.to_string().into_response()
        }
        Mood::Fails(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Mood::Says(text) => text.into_response(),
        Mood::SendsOn(target) => (StatusCode::FOUND, [(header::LOCATION, target)]).into_response(),
        Mood::Floods => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let chunks =
                futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
            Body::from_stream(chunks).into_response()
        }
        Mood::Hangs => std::future::pending().await,
    }
}

/// An address that nobody should ever come to.
pub(crate) struct Trap {
    pub(crate) url: String,
    caught: Arc<AtomicUsize>,
}

impl Trap {
    pub(crate) async fn set() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let caught = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&caught);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counter.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { url, caught }
    }

    pub(crate) fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }
}
