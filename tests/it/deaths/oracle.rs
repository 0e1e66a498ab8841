//! Judges what came of it: pure functions over what everybody says, a line for each promise.
//!
//! Knows nothing of how the service works. The provider's ledger says what really happened; polling may
//! miss a step in between, but never the last one, and never tells one that was not.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use serde_json::Value;

use super::evidence::{Delivery, Died, Event, Evidence, Offer, OfferNews, Request};

/// How long after its answer an attempt may still not be written down, in microseconds. After so long
/// it would be made again without any death.
const UNWRITTEN: u64 = 30_000_000;

/// How many offences a line shows.
const SHOWN: usize = 5;

/// A promise, and whether it was kept.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) is_kept: bool,
    pub(super) text: String,
}

/// A line for each promise.
pub(super) fn judge(it: &Evidence) -> Vec<Line> {
    let planned = it.deaths.iter().filter(|it| it.unplanned.is_none()).count();
    let changes: usize = it.offers.values().map(Offer::steps).sum();
    let repeated = it.requests.len() - by_webhook(it).len();
    vec![
        line(format!("every death came: {planned}"), &missed(it)),
        line(
            format!(
                "nothing is lost: {changes} changes of {} offers, {} events, {} deliveries",
                it.offers.len(),
                it.events.len(),
                it.deliveries.len()
            ),
            &lost(it),
        ),
        line("nothing is invented".to_owned(), &invented(it)),
        line(
            format!("nothing comes twice but what was in flight or refused: {repeated} did"),
            &doubled(it),
        ),
        line(
            "each endpoint is told of each record in order".to_owned(),
            &disordered(it),
        ),
        line(
            format!("every signature is good: {}", it.requests.len()),
            &unsigned(it),
        ),
        line(
            "the same id means the same bytes".to_owned(),
            &different_bytes(it),
        ),
        line("nothing is stuck".to_owned(), &stuck(it)),
        line("the database is sound".to_owned(), &it.storage),
        line("our records are the provider's".to_owned(), &diverged(it)),
        line("no secret is shown".to_owned(), &it.secrets),
        line("the process is well".to_owned(), &it.health),
    ]
}

fn line(promise: String, offences: &[String]) -> Line {
    if offences.is_empty() {
        return Line {
            is_kept: true,
            text: promise,
        };
    }
    let shown = offences
        .iter()
        .take(SHOWN)
        .map(|it| format!("\n         {it}"));
    Line {
        is_kept: false,
        text: format!(
            "{promise}; {} offences:{}",
            offences.len(),
            shown.collect::<String>()
        ),
    }
}

fn missed(it: &Evidence) -> Vec<String> {
    let missed = |it: &Died| Some(format!("{}: {}", it.how, it.unplanned.clone()?));
    it.deaths.iter().filter_map(missed).collect()
}

/// Changes without events, events without deliveries, deliveries that nobody took.
fn lost(it: &Evidence) -> Vec<String> {
    let mut offences = lost_steps(it);
    offences.extend(gaps(it));
    let mut deliveries: HashMap<(&str, &str), usize> = HashMap::new();
    for it in &it.deliveries {
        *deliveries.entry((&it.endpoint, &it.id)).or_default() += 1;
    }
    let taken = it.requests.iter().filter(|it| it.is_taken());
    let taken: HashSet<_> = taken.map(|it| (&*it.endpoint, &*it.id)).collect();
    for endpoint in &it.endpoints {
        for event in it.events.iter().filter(|it| endpoint.wants(it)) {
            let key = (&*endpoint.id, &*event.id);
            if !deliveries.contains_key(&key) {
                offences.push(format!("{} has no delivery to {}", event.id, endpoint.id));
            } else if !taken.contains(&key) {
                offences.push(format!("{} was never taken by {}", event.id, endpoint.id));
            }
        }
    }
    offences
}

/// Each offer's events must lead from where it stood to where it stands, without a jump.
fn lost_steps(it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    for (number, offer) in &it.offers {
        let mut stands = offer.stood();
        for (event, news) in news_of(it, number) {
            let from = match event.kind.as_str() {
                "OFFER_CREATED" => None,
                "OFFER_STATUS_CHANGED" => news.from.as_deref(),
                _ => continue,
            };
            if from != stands {
                offences.push(format!(
                    "{number} is told to come from {from:?}, not {stands:?}"
                ));
            }
            stands = Some(&news.to);
        }
        let last = offer.path.last().map(String::as_str);
        if stands != last {
            offences.push(format!(
                "{number} is told to stand at {stands:?}, not {last:?}"
            ));
        }
    }
    offences
}

fn news_of<'a>(it: &'a Evidence, number: &str) -> impl Iterator<Item = (&'a Event, &'a OfferNews)> {
    let number = number.to_owned();
    let news = |event: &'a Event| Some((event, event.offer.as_ref()?));
    it.events
        .iter()
        .filter_map(news)
        .filter(move |(_, news)| news.number == number)
}

/// A version of a record without an event, or one with two.
fn gaps(it: &Evidence) -> Vec<String> {
    let mut last: HashMap<&str, i64> = HashMap::new();
    let mut offences = Vec::new();
    for event in &it.events {
        // A record that was there before us has its first version without an event.
        let is_first = i64::from(!event.kind.ends_with("_CREATED"));
        let before = last.insert(&event.subject, event.sequence);
        if event.sequence != before.unwrap_or(is_first) + 1 {
            let Event {
                id,
                subject,
                sequence,
                ..
            } = event;
            offences.push(format!(
                "{id} is version {sequence} of {subject} after {before:?}"
            ));
        }
    }
    offences
}

/// Events of what did not happen, and webhooks of what is no event.
fn invented(it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    for (number, offer) in &it.offers {
        offences.extend(invented_steps(number, offer, it));
    }
    for event in &it.events {
        let known = |news: &OfferNews| it.offers.contains_key(&news.number);
        if !event.offer.as_ref().is_none_or(known) {
            offences.push(format!("{} is about an offer that nobody made", event.id));
        }
    }
    for id in &it.endpoints_shown {
        if it.endpoints.iter().all(|it| it.id != *id) {
            offences.push(format!("nobody was told that there is an endpoint {id}"));
        }
    }
    offences.extend(invented_webhooks(it));
    offences
}

fn invented_steps(number: &str, offer: &Offer, it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    let mut path = offer.path.iter();
    if offer.stood().is_some() {
        path.next();
    }
    let mut count = 0;
    for (event, news) in news_of(it, number) {
        count += 1;
        if event.kind != "OFFER_UPDATED" && !path.any(|it| *it == news.to) {
            offences.push(format!(
                "{number} never came to {} when {} says so",
                news.to, event.id
            ));
        }
    }
    let happened = offer.steps() + offer.edits;
    if count > happened {
        offences.push(format!(
            "{number} has {count} events, and {happened} things happened to it"
        ));
    }
    offences
}

fn invented_webhooks(it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    let events: HashMap<_, _> = it.events.iter().map(|it| (&*it.id, it)).collect();
    let endpoints: HashMap<_, _> = it.endpoints.iter().map(|it| (&*it.id, it)).collect();
    let mut deliveries = HashMap::new();
    for delivery in &it.deliveries {
        let Delivery { endpoint, id, .. } = delivery;
        if deliveries.insert((&**endpoint, &**id), delivery).is_some() {
            offences.push(format!("{id} has two deliveries to {endpoint}"));
        }
        let event = events.get(&**id);
        let is_wanted = endpoints
            .get(&**endpoint)
            .is_some_and(|endpoint| event.is_some_and(|it| endpoint.wants(it)));
        if !is_wanted {
            offences.push(format!("{endpoint} never wanted {id}"));
        }
    }
    let webhooks = by_webhook(it);
    for ((endpoint, id), requests) in &webhooks {
        let Some(delivery) = deliveries.get(&(*endpoint, *id)) else {
            offences.push(format!("{id} came to {endpoint} without a delivery"));
            continue;
        };
        let says = |it: &&Request| serde_json::from_str::<Value>(&it.body).ok();
        if requests.first().and_then(says).as_ref() != Some(&delivery.payload) {
            offences.push(format!("{id} came to {endpoint} with another payload"));
        }
    }
    for ((endpoint, id), delivery) in &deliveries {
        let requests = webhooks.get(&(*endpoint, *id));
        let came: BTreeSet<_> = requests
            .into_iter()
            .flatten()
            .map(|it| it.attempt)
            .collect();
        if !delivery.attempts.iter().all(|it| came.contains(it)) {
            offences.push(format!("an attempt of {id} at {endpoint} was never made"));
        }
    }
    offences
}

/// The requests of each webhook at each endpoint, in order.
fn by_webhook(it: &Evidence) -> BTreeMap<(&str, &str), Vec<&Request>> {
    let mut webhooks: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for request in &it.requests {
        let key = (&*request.endpoint, &*request.id);
        webhooks.entry(key).or_default().push(request);
    }
    webhooks
}

/// Requests that are written down nowhere, though nobody died while they were in flight.
fn doubled(it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    let written = |it: &Delivery| ((it.endpoint.clone(), it.id.clone()), it.attempts.clone());
    let written: HashMap<_, _> = it.deliveries.iter().map(written).collect();
    for ((endpoint, id), requests) in by_webhook(it) {
        let numbers = written.get(&(endpoint.to_owned(), id.to_owned()));
        for (index, request) in requests.iter().enumerate() {
            let later = &requests[index + 1..];
            let is_written = numbers.is_some_and(|it| it.contains(&request.attempt));
            if is_written && later.iter().all(|it| it.attempt != request.attempt) {
                continue;
            }
            let reason = not_in_flight(request, later.first().copied(), it);
            offences.extend(reason.map(|it| format!("{id} at {endpoint}: {it}")));
        }
    }
    offences
}

/// Why an attempt that is not written down was not in flight when its process died.
fn not_in_flight(request: &Request, next: Option<&Request>, it: &Evidence) -> Option<String> {
    let attempt = request.attempt;
    let Some(death) = it.deaths.iter().find(|it| it.at >= request.arrived) else {
        return Some(format!(
            "attempt {attempt} was not written down, and nobody died"
        ));
    };
    if let Some(next) = next.filter(|it| it.arrived < death.at) {
        let (first, again) = (seconds(request.arrived), seconds(next.arrived));
        return Some(format!(
            "attempt {attempt} came at {first:.3} s and again at {again:.3} s, before {} at {:.3} s",
            death.how,
            seconds(death.at)
        ));
    }
    let ended = request.answer.map_or(death.at, |it| it.at);
    let unwritten = death.at.saturating_sub(ended);
    (unwritten > UNWRITTEN).then(|| {
        let unwritten = seconds(unwritten);
        format!("attempt {attempt} was answered {unwritten:.0} s before its process died")
    })
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

/// Requests about a record that came after a later one about it.
fn disordered(it: &Evidence) -> Vec<String> {
    let places: HashMap<_, _> = it
        .events
        .iter()
        .enumerate()
        .map(|(place, it)| (&*it.id, (place, &*it.subject)))
        .collect();
    let mut latest: HashMap<(&str, &str), (usize, &str)> = HashMap::new();
    let mut offences = Vec::new();
    for Request { endpoint, id, .. } in &it.requests {
        let Some((place, subject)) = places.get(&**id) else {
            continue;
        };
        let before = latest.insert((endpoint, subject), (*place, id));
        if let Some((latest, later)) = before
            && latest > *place
        {
            offences.push(format!("{id} came to {endpoint} after {later}"));
        }
    }
    offences
}

fn unsigned(it: &Evidence) -> Vec<String> {
    let offence = |it: &Request| {
        let reason = it.unverified.as_ref()?;
        Some(format!("{} at {}: {reason}", it.id, it.endpoint))
    };
    it.requests.iter().filter_map(offence).collect()
}

fn different_bytes(it: &Evidence) -> Vec<String> {
    let mut bodies: HashMap<(&str, &str), &str> = HashMap::new();
    let mut offences = Vec::new();
    for Request {
        endpoint, id, body, ..
    } in &it.requests
    {
        if *bodies.entry((endpoint, id)).or_insert(body) != body {
            offences.push(format!("{id} came to {endpoint} with other bytes"));
        }
    }
    offences
}

fn stuck(it: &Evidence) -> Vec<String> {
    let is_stuck = |it: &&Delivery| it.status != "DELIVERED";
    let offence = |it: &Delivery| format!("{} to {} is {}", it.id, it.endpoint, it.status);
    it.deliveries.iter().filter(is_stuck).map(offence).collect()
}

fn diverged(it: &Evidence) -> Vec<String> {
    let mut offences = Vec::new();
    for (number, Offer { path, ours, .. }) in &it.offers {
        if ours.as_ref() != path.last() {
            offences.push(format!(
                "{number} is {ours:?}, and should be {:?}",
                path.last()
            ));
        }
    }
    offences
}
