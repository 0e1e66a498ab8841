//! Somebody's server that receives webhooks, and answers as a test wants it to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// A request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |it| it.to_str().unwrap())
    }
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Status(u16),
    With(u16, &'static str, String),
    Text(u16, &'static [u8]),
    /// Nothing, ever.
    Hang,
    /// An answer after a while.
    After(Duration, u16),
    /// 200, and then a GiB as fast as it goes.
    Flood,
    /// 200, and then a byte now and then, without end.
    Drip,
    /// 200, and a body that breaks off.
    BreakOff,
}

type Script = Box<dyn Fn(usize, &Received) -> Reply + Send + Sync>;

struct Shared {
    script: Script,
    received: Mutex<Vec<Received>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    flooded: AtomicU64,
}

pub(crate) struct Receiver {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Receiver {
    /// A receiver that takes everything.
    pub(crate) async fn start() -> Self {
        Self::answering(|_, _| Reply::Status(204)).await
    }

    /// A receiver that answers as the script says, which is told how many requests came before.
    pub(crate) async fn answering(
        script: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let shared = Arc::new(Shared {
            script: Box::new(script),
            received: Mutex::default(),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
            flooded: AtomicU64::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            shared,
            server,
        }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}/hook", self.address).parse().unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// How many requests were being answered at the same time, at most.
    pub(crate) fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    /// How many bytes of floods were taken off us.
    pub(crate) fn flooded(&self) -> u64 {
        self.shared.flooded.load(Ordering::SeqCst)
    }
}

/// Counts a request as open until it is answered or given up.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_open.fetch_max(open, Ordering::SeqCst);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let _open = Open::new(&shared);
    let received = Received {
        path: uri.to_string(),
        headers,
        body,
    };
    let before = {
        let mut all = shared.received.lock().unwrap();
        all.push(received.clone());
        all.len() - 1
    };
    match (shared.script)(before, &received) {
        Reply::Status(code) => status(code).into_response(),
        Reply::With(code, name, value) => (status(code), [(name, value)]).into_response(),
        Reply::Text(code, body) => (status(code), body).into_response(),
        Reply::Hang => std::future::pending().await,
        Reply::After(wait, code) => {
            tokio::time::sleep(wait).await;
            status(code).into_response()
        }
        Reply::Flood => flood(Arc::clone(&shared)).into_response(),
        Reply::Drip => drip().into_response(),
        Reply::BreakOff => break_off().into_response(),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap()
}

fn flood(shared: Arc<Shared>) -> Body {
    const CHUNK: &[u8] = &[b'x'; 16 * 1024];
    Body::from_stream(stream::iter((0..65_536).map(move |_| {
        shared
            .flooded
            .fetch_add(CHUNK.len() as u64, Ordering::SeqCst);
        Ok::<_, std::io::Error>(Bytes::from_static(CHUNK))
    })))
}

fn break_off() -> Body {
    let parts = [Ok("well"), Err(std::io::Error::other("broken off"))];
    Body::from_stream(stream::iter(parts).then(|part| async {
        // So that what came before is on its way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        part
    }))
}

fn drip() -> Body {
    Body::from_stream(stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Some((Ok::<_, std::io::Error>("."), ()))
    }))
}
