//! After the last death: the load ends, everything comes to rest, and what there is to know is collected.

use std::time::Duration;

use super::{
    collect,
    evidence::{Endpoint, Evidence, Offer},
    receiver::{Manner, Receiver},
    world::{WISHES, World, end},
};
use crate::support::process::{self, Process};

/// How long it may take until everything that was kept from going out has gone out.
const LONGEST_REST: Duration = Duration::from_mins(10);

impl World {
    /// Ends the load, lets everything come to rest, and collects what there is to know.
    pub(super) async fn come_to_rest(&mut self) -> Evidence {
        self.provider.end_load().await;
        let mut offers = self.provider.offers();
        let mut process = self.start().await;
        let is_at_rest = async {
            loop {
                let ours = collect::offers(&process).await;
                let is_known = |(number, offer): (_, &Offer)| ours.get(number) == offer.path.last();
                if offers.iter().all(is_known) && !collect::is_anything_due(&process).await {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        // What is still not right then is judged like everything else.
        let _ = tokio::time::timeout(LONGEST_REST, is_at_rest).await;
        for (number, ours) in collect::offers(&process).await {
            offers.entry(number).or_default().ours = Some(ours);
        }
        let events = collect::events(&process).await;
        let deliveries = collect::deliveries(&process).await;
        let endpoints_shown = collect::endpoints(&process).await;
        let health = self.ill(&mut process).await;
        drop(process);
        Evidence {
            offers,
            events,
            endpoints: self.endpoints(),
            endpoints_shown,
            deliveries,
            requests: self.book.requests(),
            deaths: self.deaths.clone(),
            storage: collect::unsound(&self.database).await,
            secrets: self.seen_secrets().await,
            health,
        }
    }

    /// What is wrong with a process that should be well, and end well.
    async fn ill(&self, process: &mut Process) -> Vec<String> {
        let mut ill = Vec::new();
        if !process.is_ready().await {
            ill.push("/readyz says that it is not ready".to_owned());
        }
        process.terminate();
        match end(process).await {
            Some(status) if status.success() => {}
            Some(status) => ill.push(format!("it was asked to end, and ended with {status}")),
            None => ill.push("it was asked to end, and did not".to_owned()),
        }
        ill
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let endpoint = |(receiver, (_, event_types)): (&Receiver, (Manner, &[&str]))| Endpoint {
            id: receiver.known().0.clone(),
            event_types: event_types.iter().map(|it| (*it).to_owned()).collect(),
        };
        self.receivers.iter().zip(WISHES).map(endpoint).collect()
    }

    /// Secrets in the log or, in the clear, in the database.
    async fn seen_secrets(&self) -> Vec<String> {
        let log = std::fs::read(self.log.path()).unwrap();
        let stored = self.database.everything_stored().await;
        let places = [("the log", log), ("the database", stored)];
        let mut secrets = self.provider.secrets();
        secrets.extend(self.receivers.iter().map(|it| it.known().1.clone()));
        secrets.extend([process::SECRET.to_owned(), self.token.clone()]);
        let key = |it: &str| it.split_once(':').unwrap().1.to_owned();
        secrets.extend(self.keys.split(',').map(key));
        let mut seen = Vec::new();
        for (place, bytes) in places {
            let text = String::from_utf8_lossy(&bytes);
            let shown = secrets.iter().filter(|it| text.contains(it.as_str()));
            seen.extend(shown.map(|it| format!("`{it}` is in {place}")));
        }
        seen
    }
}
