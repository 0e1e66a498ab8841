//! Records as they are polled, one by one and page by page: each once, each as it is, and none lost.

use std::{collections::HashSet, time::Duration};

use leasegraph::providers::{ProviderError, RecordText};
use serde_json::{Value, json};

use super::{
    subject::Way,
    world::{World, range, standing},
};

pub(super) async fn pages_are_read_to_the_end(world: World) {
    let mut all = 0;
    for more in [0, 1, 98, 1, 1, 149] {
        world.stage.add(more);
        all += more;
        let before = world.count();
        let records = world.all_since(None).await;
        let ids: HashSet<_> = records.iter().map(|it| &it.native_id).collect();
        assert_eq!((records.len(), ids.len()), (all, all));
        // A list that does not say how long it is may have to be asked once more.
        let asked = world.count() - before;
        let fewest = all.div_ceil(100).max(1);
        assert!((fewest..=all / 100 + 1).contains(&asked), "{all}: {asked}");
    }
    let total = world.page(1).await.unwrap().total;
    assert!(total.is_none_or(|it| it == 250), "{total:?}");
}

pub(super) async fn records_of_one_moment_are_all_listed(world: World) {
    world.sandbox.advance(Duration::from_mins(10));
    let moment = world.sandbox.now();
    world.stage.add(150);
    let listed = world.all_since(Some(moment)).await;
    let ids: HashSet<_> = listed.iter().map(|it| &it.native_id).collect();
    assert_eq!(ids.len(), 150);
}

/// Changes one record of five, and says since when and which.
async fn changed(world: &World) -> (leasegraph::domain::Timestamp, String) {
    world.stage.add(5);
    let records = world.read().await.unwrap();
    world.sandbox.advance(Duration::from_mins(10));
    let watermark = world.page(1).await.unwrap().server_time.unwrap();
    for word in world.stage.words() {
        world.stage.say(&records[3], word);
    }
    (watermark, records[3].native_id.clone())
}

async fn ids_since(world: &World, since: leasegraph::domain::Timestamp) -> Vec<String> {
    let changed = world.all_since(Some(since)).await.into_iter();
    changed.map(|it| it.native_id).collect()
}

pub(super) async fn only_what_changed_is_listed(world: World) {
    let (watermark, id) = changed(&world).await;
    assert_eq!(ids_since(&world, watermark).await, [id]);
    world.sandbox.advance(Duration::from_secs(1));
    let later = world.sandbox.now();
    assert_eq!(ids_since(&world, later).await, [""; 0]);
}

pub(super) async fn what_the_index_shows_late_is_listed_then(world: World) {
    world.stage.set_index_lag(60);
    world.stage.add(5);
    world.sandbox.advance(Duration::from_mins(10));
    let (watermark, records) = (world.sandbox.now(), world.read().await.unwrap());
    for word in world.stage.words() {
        world.stage.say(&records[3], word);
    }
    assert_eq!(ids_since(&world, watermark).await, [""; 0]);
    world.sandbox.advance(Duration::from_secs(61));
    let late = ids_since(&world, watermark).await;
    assert_eq!(late, [records[3].native_id.clone()]);
}

pub(super) async fn no_row_is_lost_while_pages_are_read(world: World) {
    let ids = world.stage.add(250);
    let mut listed = HashSet::new();
    let mut next = Some(1);
    while let Some(number) = next {
        let page = world.page(number).await.unwrap();
        next = page.next_page;
        // Whatever was on this page changes before the next one is read.
        for record in page.observations.iter().take(60) {
            world.stage.say(record, world.stage.words()[0]);
        }
        world.stage.add(10);
        listed.extend(page.observations.into_iter().map(|it| it.native_id));
    }
    let lost = ids.iter().filter(|it| !listed.contains(*it)).count();
    assert_eq!(lost, 0);
}

pub(super) async fn the_provider_tells_the_time(world: World) {
    for _ in 0..2 {
        let page = world.page(1).await.unwrap();
        assert_eq!(page.server_time, Some(world.sandbox.now()));
        world.sandbox.advance(Duration::from_hours(1));
    }
}

pub(super) async fn records_are_matched_by_id(world: World) {
    let Way::ById { batch } = world.subject.way else {
        panic!("there is a list");
    };
    let mut ids = world.stage.add(3);
    for (id, word) in ids.iter().zip(world.stage.words()) {
        let record = world.polled(id).await;
        world.stage.say(&record, word);
    }
    // Some that are not there are no news, wherever they stand.
    ids.insert(1, "nobody".to_owned());
    ids.reverse();
    let found = world.look_up(&ids).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (&it.native_id, it.scope.as_str(), standing(it).1))
        .collect();
    let (scope, words) = (world.stage.scope(), world.stage.words());
    let expected = [(0, 2), (1, 1), (3, 0)];
    let expected = expected.map(|(id, word)| (&ids[id], scope, words[word].to_owned()));
    assert_eq!(found, expected);

    let many = world.stage.add(batch * 2 + 1);
    let before = world.count();
    assert_eq!(world.look_up(&many).await.unwrap().len(), many.len());
    assert_eq!(world.count() - before, 3);
}

pub(super) async fn an_unknown_status_is_kept(world: World) {
    let ids = world.stage.add(3);
    let record = world.polled(&ids[1]).await;
    world.stage.say(&record, "on_the_moon");
    for (number, id) in ids.iter().enumerate() {
        let (code, theirs, is_final) = standing(&world.polled(id).await);
        let is_unknown = number == 1;
        assert_eq!(code == "Unknown", is_unknown, "{code}");
        assert_eq!(theirs.starts_with("on_the_moon"), is_unknown, "{theirs}");
        assert!(!(is_unknown && is_final));
    }
}

pub(super) async fn a_bad_record_is_put_aside(world: World) {
    let ids = world.stage.add(6);
    let mut good: Value = serde_json::from_str(&world.polled(&ids[0]).await.raw).unwrap();
    let before = standing(&world.polled(&ids[0]).await);
    good["somethingNew"] = json!({ "a": [1] });
    world.stage.serve(&ids[0], &good);
    let nonsense = [
        json!("not even an object"),
        json!(null),
        json!([]),
        json!({}),
    ];
    for (record, id) in nonsense.iter().zip(&ids[1..]) {
        world.stage.serve(id, record);
    }
    let page = world.page(1).await.unwrap();
    let mut raw: Vec<_> = page.quarantined.iter().map(|it| it.raw.clone()).collect();
    let mut expected = nonsense.map(|it| it.to_string());
    raw.sort_unstable();
    expected.sort_unstable();
    assert_eq!(raw, expected);
    assert!(page.quarantined.iter().all(|it| !it.reason.is_empty()));

    assert_eq!(page.observations.len(), 2);
    let kept = world.polled(&ids[0]).await;
    assert!(kept.raw.contains("somethingNew"), "a new field is kept");
    assert_eq!(standing(&kept), before);
}

pub(super) async fn a_record_is_read_as_it_is_listed(world: World) {
    world.stage.add(8);
    for listed in world.all_since(None).await {
        let read = world.get(&listed.native_id).await;
        assert_eq!(read.unwrap(), listed);
        let text = RecordText {
            scope: world.stage.scope(),
            raw: &listed.raw,
            submitted: None,
        };
        let observed = world.provider().observe(world.subject.listed, text);
        assert_eq!(observed.unwrap(), listed);
    }
}

pub(super) async fn what_is_not_there_is_not_found(world: World) {
    let error = world.get(world.stage.unknown_id()).await.unwrap_err();
    assert!(matches!(error, ProviderError::NotFound), "{error:?}");
    let before = world.sandbox.request_count();
    for id in ["", "..", "../offers", "a/b", "a b", "?page=2", "%2e%2e"] {
        let error = world.get(id).await.unwrap_err();
        assert!(matches!(error, ProviderError::NotFound), "{id}: {error:?}");
    }
    let after = world.sandbox.request_count();
    assert_eq!(after, before, "what is no id is not sent");
}

pub(super) async fn the_past_is_read_page_by_page(world: World) {
    let id = world.stage.add_changeable();
    let record = world.polled(&id).await;
    let mut words = vec![standing(&record).1];
    for word in world.stage.words() {
        world.sandbox.advance(Duration::from_mins(1));
        world.stage.say(&record, word);
        words.push((*word).to_owned());
    }
    let mut entries = Vec::new();
    for page in 1..=3 {
        let provider = world.provider();
        let history = provider.offer_history(&world.access, &id, range(page, 2));
        let history = history.await.unwrap();
        assert_eq!(history.total, Some(5));
        entries.extend(history.entries);
    }
    entries.sort_by_key(|it| it.at);
    let to: Vec<_> = entries
        .iter()
        .map(|it| it.to_status.clone().unwrap())
        .collect();
    assert_eq!(to, words);
    let from: Vec<_> = entries
        .iter()
        .filter_map(|it| it.from_status.clone())
        .collect();
    assert_eq!(from, words[..4]);
    assert_eq!(entries[4].at, world.sandbox.now());
    assert!(entries.iter().all(|it| it.actor.is_some()));
}

pub(super) async fn what_is_ordered_is_an_order_and_a_vehicle(world: World) {
    world.stage.add(8);
    let records = world.all_since(None).await;
    let ordered: Vec<_> = records.iter().filter(|it| it.is_ordered).collect();
    assert!((1..8).contains(&ordered.len()), "{}", ordered.len());
    for record in ordered {
        assert_eq!(&world.get(&record.native_id).await.unwrap(), record);
        let offer = &record.offer.as_ref().unwrap().content;
        let order = &record.order.as_ref().unwrap().content;
        assert_eq!(order.status.provider_code, offer.status.provider_code);
        assert_eq!(order.status.is_final, offer.status.is_final);
        assert_eq!(
            (&order.total, &order.customer),
            (&offer.total, &offer.customer)
        );
        let vehicle = &record.vehicle.as_ref().unwrap().content;
        assert_eq!(vehicle.year, offer.product.model_year);
    }
}

pub(super) async fn categories_have_names_and_parents(world: World) {
    let list = async || world.provider().list_categories(&world.access).await;
    let categories = list().await.unwrap();
    let codes: HashSet<_> = categories.iter().map(|it| &it.code).collect();
    assert_eq!(codes.len(), categories.len());
    assert!(categories.len() > 1);
    for category in &categories {
        assert!(category.content.name(None).is_some(), "{category:?}");
        let parent = &category.content.parent_code;
        assert!(parent.as_ref().is_none_or(|it| codes.contains(it)));
    }
    // Half of a list would look as if the rest were gone.
    for kind in [
        sandbox::FaultKind::TruncatedJson,
        sandbox::FaultKind::Html200,
    ] {
        world.spoil_once(kind);
        assert!(list().await.is_err());
    }
}
