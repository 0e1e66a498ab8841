//! The oracle is shown things that never happened: it must notice each, and say nothing of a sound run.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::json;

use super::{
    evidence::{
        Answer, Delivery, Died, Endpoint, Event, Evidence, Offer, OfferNews, Request, unverified,
    },
    oracle::judge,
};

const ENDPOINT: &str = "whe_1";

/// Two offers: one that was there and moved twice, one that is new. A process died while the second
/// webhook was in flight, which therefore came again.
fn sound() -> Evidence {
    let moved = Offer {
        path: vec!["draft".into(), "rejected".into(), "draft".into()],
        ours: Some("draft".into()),
        ..Offer::default()
    };
    let new = Offer {
        is_new: true,
        path: vec!["draft".into()],
        ours: Some("draft".into()),
        edits: 1,
    };
    let events = vec![
        event(1, ("FHA-1", 2), Some("draft"), "rejected"),
        event(2, ("FHA-1", 3), Some("rejected"), "draft"),
        event(3, ("FHA-2", 1), None, "draft"),
        updated(4, ("FHA-2", 2), "draft"),
    ];
    Evidence {
        offers: BTreeMap::from([("FHA-1".into(), moved), ("FHA-2".into(), new)]),
        deliveries: events.iter().map(delivery).collect(),
        requests: vec![
            request(1, 100),
            request(2, 200),
            request(2, 600),
            request(3, 700),
            request(4, 800),
        ],
        events,
        endpoints: vec![Endpoint {
            id: ENDPOINT.into(),
            event_types: Vec::new(),
        }],
        endpoints_shown: vec![ENDPOINT.into()],
        deaths: vec![Died {
            how: "at a whim".into(),
            at: 500,
            unplanned: None,
        }],
        ..Evidence::default()
    }
}

fn event(id: u32, (number, sequence): (&str, i64), from: Option<&str>, to: &str) -> Event {
    let kind = if from.is_some() {
        "OFFER_STATUS_CHANGED"
    } else {
        "OFFER_CREATED"
    };
    Event {
        id: format!("evt_{id}"),
        kind: kind.into(),
        subject: format!("off_{number}"),
        sequence,
        offer: Some(OfferNews {
            number: number.into(),
            from: from.map(Into::into),
            to: to.into(),
        }),
    }
}

fn updated(id: u32, subject: (&str, i64), stands: &str) -> Event {
    Event {
        kind: "OFFER_UPDATED".into(),
        ..event(id, subject, None, stands)
    }
}

fn delivery(event: &Event) -> Delivery {
    Delivery {
        endpoint: ENDPOINT.into(),
        id: event.id.clone(),
        status: "DELIVERED".into(),
        payload: json!({ "id": event.id }),
        attempts: vec![1],
    }
}

fn request(event: u32, arrived: u64) -> Request {
    Request {
        endpoint: ENDPOINT.into(),
        id: format!("evt_{event}"),
        attempt: 1,
        body: format!(r#"{{"id":"evt_{event}"}}"#),
        arrived,
        answer: Some(Answer {
            status: 204,
            at: arrived + 1,
        }),
        unverified: None,
    }
}

/// The promises that are broken, by how their lines begin.
fn broken(change: impl FnOnce(&mut Evidence)) -> Vec<&'static str> {
    const PROMISES: [&str; 12] = [
        "every death came",
        "nothing is lost",
        "nothing is invented",
        "nothing comes twice",
        "each endpoint is told of each record in order",
        "every signature is good",
        "the same id means the same bytes",
        "nothing is stuck",
        "the database is sound",
        "our records are the provider's",
        "no secret is shown",
        "the process is well",
    ];
    let mut evidence = sound();
    change(&mut evidence);
    let lines = judge(&evidence);
    assert_eq!(lines.len(), PROMISES.len());
    let promises = lines.iter().zip(PROMISES);
    promises
        .filter(|(line, promise)| {
            assert!(line.text.starts_with(promise), "{}", line.text);
            !line.is_kept
        })
        .map(|(_, promise)| promise)
        .collect()
}

#[test]
fn a_sound_run_breaks_no_promise() {
    assert_eq!(broken(|_| {}), [""; 0]);
}

#[test]
fn a_change_without_an_event_is_lost() {
    let forget_the_last = |it: &mut Evidence| {
        it.offers.get_mut("FHA-1").unwrap().path.push("done".into());
        it.offers.get_mut("FHA-1").unwrap().ours = Some("done".into());
    };
    assert_eq!(broken(forget_the_last), ["nothing is lost"]);
    let forget_one_between = |it: &mut Evidence| {
        it.events.remove(0);
        it.deliveries.remove(0);
        it.requests.remove(0);
    };
    assert_eq!(broken(forget_one_between), ["nothing is lost"]);
    let forget_a_new_one = |it: &mut Evidence| {
        it.events.truncate(2);
        it.deliveries.truncate(2);
        it.requests.truncate(3);
    };
    assert_eq!(broken(forget_a_new_one), ["nothing is lost"]);
}

#[test]
fn an_event_without_a_delivery_or_that_nobody_took_is_lost() {
    let drop_the_delivery = |it: &mut Evidence| {
        it.deliveries.pop();
        it.requests.pop();
    };
    assert_eq!(broken(drop_the_delivery), ["nothing is lost"]);
    let refuse_it = |it: &mut Evidence| {
        it.requests[0].answer = Some(Answer {
            status: 500,
            at: 101,
        });
    };
    assert_eq!(broken(refuse_it), ["nothing is lost"]);
}

#[test]
fn what_did_not_happen_is_invented() {
    let tell_of_a_step =
        |it: &mut Evidence| it.offers.get_mut("FHA-1").unwrap().path[1] = "done".into();
    assert_eq!(broken(tell_of_a_step), ["nothing is invented"]);
    let tell_of_an_edit = |it: &mut Evidence| it.offers.get_mut("FHA-2").unwrap().edits = 0;
    assert_eq!(broken(tell_of_an_edit), ["nothing is invented"]);
    let make_an_endpoint = |it: &mut Evidence| it.endpoints_shown.push("whe_2".into());
    assert_eq!(broken(make_an_endpoint), ["nothing is invented"]);
    let send_what_is_no_event = |it: &mut Evidence| it.requests.push(request(9, 900));
    assert!(broken(send_what_is_no_event).contains(&"nothing is invented"));
    let write_down_an_attempt = |it: &mut Evidence| it.deliveries[0].attempts.push(2);
    assert_eq!(broken(write_down_an_attempt), ["nothing is invented"]);
    let say_something_else =
        |it: &mut Evidence| it.deliveries[0].payload = json!({ "id": "evt_2" });
    assert_eq!(broken(say_something_else), ["nothing is invented"]);
}

#[test]
fn what_comes_twice_must_have_been_in_flight_at_a_death() {
    let after_the_death = |it: &mut Evidence| it.requests.push(request(4, 900));
    assert_eq!(broken(after_the_death), ["nothing comes twice"]);
    let before_the_death = |it: &mut Evidence| it.requests[2].arrived = 300;
    assert_eq!(broken(before_the_death), ["nothing comes twice"]);
    let long_before_the_death = |it: &mut Evidence| {
        let much_later = 60_000_000;
        it.deaths[0].at += much_later;
        for request in &mut it.requests[2..] {
            request.arrived += much_later;
        }
    };
    assert_eq!(broken(long_before_the_death), ["nothing comes twice"]);
    let never_written_down = |it: &mut Evidence| it.deliveries[3].attempts.clear();
    assert_eq!(broken(never_written_down), ["nothing comes twice"]);
}

#[test]
fn a_later_event_of_a_record_may_not_come_first() {
    let swap = |it: &mut Evidence| {
        it.requests.swap(3, 4);
    };
    assert_eq!(
        broken(swap),
        ["each endpoint is told of each record in order"]
    );
    let begin_again = |it: &mut Evidence| it.requests.insert(2, request(1, 300));
    assert!(broken(begin_again).contains(&"each endpoint is told of each record in order"));
}

#[test]
fn a_flipped_bit_is_no_good_signature() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = r#"{"id":"evt_1"}"#;
    let now = i64::try_from(
        std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .unwrap()
            .as_secs(),
    )
    .unwrap();
    let official = standardwebhooks::Webhook::new(secret).unwrap();
    let signature = official.sign("evt_1", now, body.as_bytes()).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("webhook-id", "evt_1".parse().unwrap());
    headers.insert("webhook-timestamp", now.to_string().parse().unwrap());
    headers.insert("webhook-signature", signature.parse().unwrap());
    assert_eq!(unverified(secret, &headers, body), None);

    let flipped = unverified(secret, &headers, r#"{"id":"evt_0"}"#);
    assert!(flipped.is_some());
    assert_eq!(
        broken(|it| it.requests[0].unverified = flipped),
        ["every signature is good"]
    );
}

#[test]
fn the_same_id_with_other_bytes_is_noticed() {
    let add_a_space = |it: &mut Evidence| it.requests[2].body.push(' ');
    assert_eq!(broken(add_a_space), ["the same id means the same bytes"]);
}

#[test]
fn what_does_not_go_out_and_what_is_not_ours_is_noticed() {
    let wait = |it: &mut Evidence| it.deliveries[0].status = "PENDING".into();
    assert_eq!(broken(wait), ["nothing is stuck"]);
    let lag = |it: &mut Evidence| it.offers.get_mut("FHA-1").unwrap().ours = None;
    assert_eq!(broken(lag), ["our records are the provider's"]);
    let survive = |it: &mut Evidence| it.deaths[0].unplanned = Some("it lives".into());
    assert_eq!(broken(survive), ["every death came"]);
}
