//! What is noted during a run, and how it is judged in the end: a line for each promise.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use entity::sync_cursor::Model;
use leasegraph::domain::Timestamp;
use sandbox::RequestLogEntry;
use serde_json::{Value, json};

use super::run::{INTERVAL, Run, instant};
use crate::support::accounts::PROVIDERS;

/// `LeaseCloud` allows a hundred requests in a window of five minutes.
const QUOTA: u64 = 100;

/// While there is work, so many of a hundred are to be made.
const FULL: u64 = 90;

/// How long a list is left alone of which it is known when a look is worth it.
const LONGEST_REST: TimeDelta = TimeDelta::minutes(2);

/// Where records stand, in the provider's words, by provider and id. Each of AutoLeap's companies
/// counts its orders from 1, so that some share an id.
#[derive(Debug, Default)]
struct Standings(BTreeMap<(String, String), BTreeSet<String>>);

impl Standings {
    fn add(&mut self, provider: &str, id: impl Into<String>, word: impl Into<String>) {
        let record = (provider.to_owned(), id.into());
        self.0.entry(record).or_default().insert(word.into());
    }
}

#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) restarts: usize,
    pub(super) reads_while_down: usize,
    /// Questions that a provider answered, and those that we refused to ask.
    pub(super) answered: usize,
    pub(super) refused: usize,
    /// For each stretch with work, how many requests each whole window had after the first.
    pub(super) stretches: Vec<Vec<u64>>,
    /// The longest time without a success while somebody else was down, for each provider's lists.
    delays: BTreeMap<(usize, String), TimeDelta>,
    /// Requests up to this number were looked at.
    looked_at: u64,
    refusals: usize,
}

/// A promise, and whether it was kept.
pub(super) struct Line {
    pub(super) is_kept: bool,
    pub(super) text: String,
}

fn line(is_kept: bool, text: String) -> Line {
    Line { is_kept, text }
}

impl Books {
    /// Takes note of how long it is since each list was read, just before the time goes on.
    pub(super) fn note_delays<'a>(
        &mut self,
        lists: impl Iterator<Item = (usize, &'a Model)>,
        now: Timestamp,
    ) {
        // What is read once a day is not waited for.
        for (provider, list) in lists.filter(|(_, it)| it.entity != "category") {
            let delay = now - instant(list.last_success_at.unwrap());
            let longest = self.delays.entry((provider, list.entity.clone()));
            let longest = longest.or_default();
            *longest = delay.max(*longest);
        }
    }

    /// Looks through the log of requests, as far as it is new.
    pub(super) fn note_requests(&mut self, log: &[RequestLogEntry]) {
        let first = log.first().map_or(0, |it| it.number);
        assert!(first <= self.looked_at + 1, "the log is too short");
        let new = log.iter().filter(|it| it.number > self.looked_at);
        self.refusals += new.filter(|it| it.status == Some(429)).count();
        self.looked_at = log.last().map_or(0, |it| it.number);
    }
}

impl Run {
    /// All promises, when the world has come to rest.
    pub(super) async fn judge(&mut self) -> Vec<Line> {
        self.books.note_requests(&self.app.sandbox.requests());
        let mut lines = self.limits();
        lines.push(self.use_of_the_window());
        lines.push(self.delays());
        lines.push(self.agreement().await);
        lines
    }

    pub(super) fn limits(&self) -> Vec<Line> {
        let leasecloud = self.app.sandbox.leasecloud().limiter_report();
        let autoleap = self.app.sandbox.autoleap().limiter_report();
        let Books {
            looked_at,
            refusals,
            ..
        } = self.books;
        vec![
            line(
                leasecloud.refused == 0,
                format!(
                    "LeaseCloud's limiter: {} allowed, {} refused, busiest window {}",
                    leasecloud.allowed, leasecloud.refused, leasecloud.busiest_window
                ),
            ),
            line(
                autoleap.refused == 0,
                format!(
                    "AutoLeap's limiter: {} allowed, {} refused, busiest minute {}",
                    autoleap.allowed, autoleap.refused, autoleap.busiest_get_window
                ),
            ),
            line(
                refusals == 0,
                format!("requests: {looked_at}, answered with 429: {refusals}"),
            ),
        ]
    }

    fn use_of_the_window(&self) -> Line {
        let share = |windows: &Vec<u64>| {
            let all: u64 = windows.iter().sum();
            all * 100 / (QUOTA * windows.len() as u64)
        };
        let stretches = &self.books.stretches;
        let weakest = stretches.iter().map(share).min().unwrap();
        let of_one = stretches.iter().flatten().min().unwrap();
        let text = format!(
            "LeaseCloud's window while there is work: at least {weakest} % used in each of {} \
             stretches, at least {of_one} of {QUOTA} requests in one window",
            stretches.len()
        );
        line(weakest >= FULL, text)
    }

    fn delays(&self) -> Line {
        let interval = TimeDelta::from_std(INTERVAL).unwrap();
        let cadence = |provider| match provider {
            1 | 2 => LONGEST_REST,
            _ => interval,
        };
        let delays = &self.books.delays;
        let all = delays.iter().map(|((provider, entity), delay)| {
            let (name, _) = PROVIDERS[*provider];
            format!("{name} {entity}s {} s", delay.num_seconds())
        });
        let text = format!(
            "longest delay while another provider was down: {}; reads meanwhile: {}",
            all.collect::<Vec<_>>().join(", "),
            self.books.reads_while_down
        );
        let in_time = delays
            .iter()
            .all(|((provider, _), delay)| *delay <= cadence(*provider));
        line(in_time && !delays.is_empty(), text)
    }

    /// Whether every record stands where its provider says.
    async fn agreement(&self) -> Line {
        let (theirs, ours) = (self.their_standings(), self.our_standings().await);
        let (theirs, ours) = (theirs.0, ours.0);
        let differs = |(it, words): &(_, _)| ours.get(*it) != Some(*words);
        let differing: Vec<_> = theirs.iter().filter(differs).collect();
        let first = differing
            .first()
            .map(|(it, words)| (it, words, ours.get(*it)));
        let text = format!(
            "changes at the providers: {}, of {} records, {} of which stand otherwise with us {}",
            self.app.sandbox.ledger().len(),
            theirs.len(),
            differing.len(),
            first.map_or_else(String::new, |it| format!("{it:?}"))
        );
        line(differing.is_empty(), text)
    }

    fn their_standings(&self) -> Standings {
        let sandbox = &self.app.sandbox;
        let mut all = Standings::default();
        let jobrad = sandbox.jobrad();
        for id in jobrad.offer_ids() {
            let word = jobrad.offer_status(id).unwrap().code();
            all.add("JOBRAD", id.to_string(), word);
        }
        let aggregator = sandbox.leasing_automation();
        for id in aggregator.offer_ids() {
            let word = aggregator.offer_status(&id).unwrap();
            all.add("LEASING_AUTOMATION", id, word);
        }
        let leasecloud = sandbox.leasecloud();
        for name in ["SE", "DK"]
            .map(|it| leasecloud.orders(it).unwrap())
            .concat()
        {
            let word = leasecloud.order_standing(&name).unwrap();
            all.add("LEASECLOUD", name.id, word);
        }
        let autoleap = sandbox.autoleap();
        for id in autoleap.order_ids() {
            let it = autoleap.order_standing(&id).unwrap();
            let mut words = vec![
                it.repair_order_status,
                it.workflow_status,
                it.payment_status,
            ];
            words.extend(it.finalize_date.map(|_| "finalized".to_owned()));
            let (_, number) = id.split_once('/').unwrap();
            all.add("AUTOLEAP", number, words.join("/"));
        }
        all
    }

    async fn our_standings(&self) -> Standings {
        let mut all = Standings::default();
        // An order that was read out of an offer is no record of its own.
        for (list, providers) in [
            ("offers", "JOBRAD, LEASING_AUTOMATION"),
            ("orders", "LEASECLOUD, AUTOLEAP"),
        ] {
            let query = format!(
                "query ($after: String) {{
                    {list}(first: 100, after: $after, where: {{ provider: [{providers}] }}) {{
                        nodes {{ provenance {{ provider providerId }} status {{ providerCode }} }}
                        pageInfo {{ hasNextPage endCursor }}
                    }}
                }}"
            );
            let mut after = Value::Null;
            loop {
                let mut data = self.tenant().data(&query, json!({ "after": after })).await;
                let page = data[list].take();
                for record in page["nodes"].as_array().unwrap() {
                    note_standing(&mut all, record);
                }
                if page["pageInfo"]["hasNextPage"] != true {
                    break;
                }
                after = page["pageInfo"]["endCursor"].clone();
            }
        }
        all
    }
}

fn note_standing(all: &mut Standings, record: &Value) {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let source = &record["provenance"][0];
    let mut word = text(&record["status"]["providerCode"]);
    // LeaseCloud says in one field that an order was active, and in another that it no longer is.
    if word.ends_with("/terminated") {
        "TERMINATED".clone_into(&mut word);
    }
    let provider = text(&source["provider"]);
    all.add(&provider, text(&source["providerId"]), word);
}
