//! How long a connection has kept us waiting, and for what.
//!
//! Apart from the conversation: the stream says when bytes come and when none can be sent, the
//! answers say when they begin and end, and out of both follows when patience ends. The HTTP library
//! has one time limit for the wait between requests and for a request's head; they are two here.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::watch,
    time::Instant,
};

use super::{Open, ServerSettings};

/// What a connection is waited for, and since when.
#[derive(Debug, Clone, Copy)]
struct Moment {
    waiting: Waiting,
    since: Instant,
    /// Since when nothing could be sent, if there is something to send.
    stalled: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waiting {
    /// For the rest of a request's head.
    Head,
    /// For the next request.
    Request,
    /// For nothing: it is our turn.
    Nothing,
}

impl Moment {
    /// When patience ends.
    fn deadline(self, settings: &ServerSettings) -> Option<Instant> {
        let of_client = match self.waiting {
            Waiting::Head => Some(self.since + settings.head),
            // Who is still being sent the last answer need not ask for another one.
            Waiting::Request if self.stalled.is_none() => Some(self.since + settings.idle),
            Waiting::Request | Waiting::Nothing => None,
        };
        let of_reader = self.stalled.map(|it| it + settings.stall);
        of_client.into_iter().chain(of_reader).min()
    }
}

/// The pace of one connection.
pub(super) struct Pace {
    moment: watch::Sender<Moment>,
    open: Open,
}

impl Pace {
    /// A connection that has just come owes us a request.
    pub(super) fn new(open: Open) -> Arc<Self> {
        let moment = Moment {
            waiting: Waiting::Head,
            since: Instant::now(),
            stalled: None,
        };
        Arc::new(Self {
            moment: watch::Sender::new(moment),
            open,
        })
    }

    /// Waits until the connection has kept us waiting for too long.
    pub(super) async fn overdue(&self, settings: &ServerSettings) {
        let mut moments = self.moment.subscribe();
        loop {
            let deadline = moments.borrow_and_update().deadline(settings);
            let end = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // What was sent meanwhile may have put it off.
                () = end => if self.is_overdue(settings) { return },
                // The sender is `self`, so there is always one.
                _ = moments.changed() => {}
            }
        }
    }

    fn is_overdue(&self, settings: &ServerSettings) -> bool {
        let deadline = self.moment.borrow().deadline(settings);
        deadline.is_some_and(|it| it <= Instant::now())
    }

    /// A request has come whole, but for its body.
    pub(super) fn asked(&self) {
        self.wait_for(Waiting::Nothing, |_| true);
    }

    /// From now on it is a socket, which has a pace of its own.
    pub(super) fn becomes_socket(&self) {
        self.open.becomes_socket();
    }

    fn wait_for(&self, waiting: Waiting, when: impl FnOnce(Waiting) -> bool) {
        self.moment.send_if_modified(|it| {
            let changes = when(it.waiting) && it.waiting != waiting;
            if changes {
                (it.waiting, it.since) = (waiting, Instant::now());
            }
            changes
        });
    }

    /// Something was to be sent, and was or was not.
    fn wrote(&self, written: &Poll<io::Result<usize>>) {
        let stalled = written.is_pending();
        self.moment.send_if_modified(|it| {
            if !stalled && it.waiting == Waiting::Request {
                // The rest of an answer that was handed over whole: the wait begins when it is out. This only
                // puts an end off, so nobody has to be woken for it.
                it.since = Instant::now();
            }
            let changes = it.stalled.is_some() != stalled;
            if changes {
                it.stalled = stalled.then(Instant::now);
            }
            changes
        });
    }
}

/// A stream that tells the pace what it sees. As long as it is there, its connection counts.
pub(super) struct Paced {
    pub(super) stream: TcpStream,
    pub(super) pace: Arc<Pace>,
}

impl AsyncRead for Paced {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            this.pace
                .wait_for(Waiting::Head, |it| it == Waiting::Request);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.pace.wrote(&written);
        written
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.pace.wrote(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// The body of an answer. When it ends, the next request is waited for.
pub(super) struct Answer {
    pub(super) body: Body,
    pub(super) pace: Arc<Pace>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.pace
            .wait_for(Waiting::Request, |it| it == Waiting::Nothing);
    }
}
