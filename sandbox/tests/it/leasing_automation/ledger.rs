//! What really happened, of both records of a thing that two providers know.

use std::borrow::Cow;

use sandbox::LedgerKind::{self, Created, Removed, StatusChanged};

use super::{Dealer, dealer, sample};
use crate::support::noon;

type Line = (u64, LedgerKind, Option<String>, Option<String>, i64);

fn lines(dealer: &Dealer, provider: &str, record_id: &str) -> Vec<Line> {
    let ledger = dealer.world.sandbox.ledger().into_iter();
    let own = ledger.filter(|it| it.provider == provider && it.record_id == record_id);
    let word = |it: Option<Cow<'static, str>>| it.map(Cow::into_owned);
    own.map(|it| {
        let after = (it.at - noon()).num_seconds();
        (it.sequence, it.kind, word(it.from), word(it.to), after)
    })
    .collect()
}

fn line(sequence: u64, kind: LedgerKind, words: (&str, &str), after: i64) -> Line {
    let word = |it: &str| Some(it.to_owned()).filter(|it| !it.is_empty());
    (sequence, kind, word(words.0), word(words.1), after)
}

#[tokio::test]
async fn every_change_is_written_down_once_and_when_it_happened() {
    let dealer = dealer().await;
    let id = dealer.make("deutsche-dienstrad", &sample()).await;
    dealer.world.advance(60);
    dealer.control().set_status(&id, "brandNew").unwrap();
    dealer.control().set_status(&id, "brandNew").unwrap();
    dealer.control().remove_offer(&id).unwrap();

    let expected = [
        line(1, Created, ("", "created"), 0),
        line(2, StatusChanged, ("created", "sentToLeasingProvider"), 10),
        line(3, StatusChanged, ("sentToLeasingProvider", "brandNew"), 60),
        line(4, Removed, ("brandNew", ""), 60),
    ];
    assert_eq!(lines(&dealer, "leasing_automation", &id), expected);
    assert_eq!(dealer.world.sandbox.ledger().len(), expected.len());
}

#[tokio::test]
async fn a_forwarded_offer_has_its_entries_with_both_providers() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    dealer.world.advance(60);
    let jobrad = dealer.world.jobrad();
    // Three steps there, of which Leasing Automation tells one.
    for _ in 0..3 {
        jobrad.advance_offer(&id).unwrap();
        assert_eq!(dealer.status("jobrad", &id).await, "ordered");
    }
    dealer.world.advance(60);

    let expected = [
        line(1, Created, ("", "created"), 0),
        line(2, StatusChanged, ("created", "sentToLeasingProvider"), 10),
        line(3, StatusChanged, ("sentToLeasingProvider", "ordered"), 60),
    ];
    assert_eq!(lines(&dealer, "leasing_automation", &id), expected);
    let uuid = jobrad.offer_ids()[0].to_string();
    assert_eq!(lines(&dealer, "jobrad", &uuid).len(), 5);
    assert_eq!(dealer.world.sandbox.ledger().len(), 8);
}

#[tokio::test]
async fn steps_that_nobody_saw_are_all_told_later() {
    let dealer = dealer().await;
    let id = dealer.make("jobrad", &sample()).await;
    let jobrad = dealer.world.jobrad();
    for status in ["draft", "order_journey_started", "canceled"] {
        jobrad.set_status(&id, status).unwrap();
    }
    let entries = lines(&dealer, "leasing_automation", &id);
    let words: Vec<_> = entries.iter().map(|it| it.3.as_deref().unwrap()).collect();
    let expected = ["created", "sentToLeasingProvider", "ordered", "canceled"];
    assert_eq!(words, expected);
}
