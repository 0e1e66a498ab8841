//! Tasks that run beside the requests, and how they are asked to end.
//!
//! A task that is cancelled half-way could leave work leased to nobody, so tasks are asked, finish or
//! give back what they hold, and are waited for.

use std::{future::Future, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::death::{self, Moment};

/// Tells a task that it should come to an end.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Waits until the end was asked for.
    pub async fn requested(&self) {
        // The sender going away is the end as well.
        let _ = self.0.clone().wait_for(|it| *it).await;
    }

    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}

/// The tasks that run beside the requests.
#[derive(Debug)]
pub struct Background {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    /// The same for whoever outlives the tasks, and is not waited for.
    told: watch::Sender<bool>,
}

impl Default for Background {
    fn default() -> Self {
        Self {
            tasks: JoinSet::new(),
            stop: watch::Sender::new(false),
            told: watch::Sender::new(false),
        }
    }
}

impl Background {
    /// The handle by which a task learns of the end.
    pub fn shutdown(&self) -> Shutdown {
        Shutdown(self.stop.subscribe())
    }

    /// The same for somebody who is there until after the end, and is not waited for.
    pub fn watcher(&self) -> Shutdown {
        Shutdown(self.told.subscribe())
    }

    /// Starts a task. It must end soon after its [`Shutdown`] is requested.
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Asks every task to end and waits for them, but no longer than `patience`: for those that were
    /// started here, and for whoever else holds a [`Shutdown`], as sockets do.
    pub async fn stop(mut self, patience: Duration) {
        let _ = self.told.send(true);
        let _ = self.stop.send(true);
        let all = async {
            while self.tasks.join_next().await.is_some() {
                death::pass(Moment::Drain);
            }
            self.stop.closed().await;
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!("some background tasks did not end in time and were cut off");
        }
    }
}
