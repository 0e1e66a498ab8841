//! The world of a run, and how its time goes by: from one moment at which something is due to the
//! next, and never while a request is under way.
//!
//! A request that left before the clocks moved would arrive after it, and the two sides would count
//! it at different times by more than a network ever makes it.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use entity::sync_cursor::{Column, Entity, Model};
use leasegraph::{
    config::Role,
    domain::{Timestamp, id::AccountId},
};
use sandbox::LeasecloudName;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{books::Books, plan::Happening};
use crate::support::{
    accounts::{PROVIDERS, connection},
    app::{Tenant, TestApp, eventually},
};

/// The pause between two rounds. LeaseCloud's pages are looked at every minute at most, whatever it
/// is, and a shorter one would only make the run longer.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// An account that did not answer is left alone for so long, and its lists are asked for again.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

const ROLES: [Role; 2] = [Role::Api, Role::Sync];

/// How many orders `LeaseCloud` has while there is work: more pages than may be asked for in a
/// minute by far.
const CROWD: usize = 2_500;

pub(super) struct Run {
    pub(super) app: TestApp,
    pub(super) start: Timestamp,
    /// The account of each provider, in the order of `PROVIDERS`.
    pub(super) accounts: [String; 4],
    /// Each account's provider.
    providers: BTreeMap<Uuid, usize>,
    /// Who is down just now.
    pub(super) down: Option<usize>,
    /// Who was down last, and until when.
    back_since: Option<(usize, Timestamp)>,
    /// Whose lists are not waited for.
    unawaited: Option<usize>,
    /// The orders that are listed while there is work, and since when they are.
    pub(super) crowd: Vec<LeasecloudName>,
    pub(super) work_since: Option<Timestamp>,
    pub(super) books: Books,
}

impl Run {
    pub(super) async fn begin() -> Self {
        let app = TestApp::at_pace(&ROLES, INTERVAL).await;
        app.sandbox.jobrad().add_offers(40);
        let tenant = app.tenant("acme");
        let mut ids = Vec::new();
        for (provider, _) in PROVIDERS {
            ids.push(connect(&tenant, connection(&app.sandbox, provider)).await);
        }
        let denmark = connect(&tenant, in_denmark(&app)).await;
        let accounts: [String; 4] = ids.try_into().unwrap();
        let uuid = |id: &String| id.parse::<AccountId>().unwrap().as_uuid();
        let mut providers: BTreeMap<_, _> = accounts.iter().map(uuid).zip(0..).collect();
        providers.insert(uuid(&denmark), 2);
        Self {
            start: app.clock.now(),
            app,
            accounts,
            providers,
            down: None,
            back_since: None,
            unawaited: None,
            crowd: Vec::new(),
            work_since: None,
            books: Books::default(),
        }
    }

    pub(super) fn tenant(&self) -> Tenant<'_> {
        self.app.tenant("acme")
    }

    /// Lets the time go by until then.
    pub(super) async fn until(&mut self, end: Timestamp) {
        loop {
            let cursors = self.at_rest().await;
            let awaited = cursors.iter().filter(|it| self.is_awaited(it));
            let next = awaited.map(|it| instant(it.next_attempt_at)).min().unwrap();
            let next = next.min(end);
            if self.down.is_some() {
                let others = cursors
                    .iter()
                    .map(|it| (self.providers[&it.account_id], it));
                let others = others.filter(|(of, _)| self.down != Some(*of));
                self.books.note_delays(others, next);
            }
            self.app
                .advance((next - self.app.clock.now()).to_std().unwrap());
            // Nobody asks for them, and a month has millions.
            self.app.statements();
            if next == end {
                self.at_rest().await;
                return;
            }
        }
    }

    /// Waits until nothing is due and nobody is at work, and returns how all lists stand.
    pub(super) async fn at_rest(&self) -> Vec<Model> {
        let now = self.app.clock.now();
        eventually("the end of the rounds", async || {
            let cursors = self.cursors().await;
            let rests = |it: &Model| it.leased_until.is_none() && instant(it.next_attempt_at) > now;
            let all_rest = cursors.iter().all(|it| !self.is_awaited(it) || rests(it));
            all_rest.then_some(cursors)
        })
        .await
    }

    async fn cursors(&self) -> Vec<Model> {
        let scheduled = Entity::find().filter(Column::NextAttemptAt.lt(i64::MAX));
        scheduled.all(self.app.app().db.read()).await.unwrap()
    }

    fn is_awaited(&self, cursor: &Model) -> bool {
        self.unawaited != Some(self.providers[&cursor.account_id])
    }

    pub(super) async fn let_happen(&mut self, happening: Happening) {
        match happening {
            Happening::Traffic(number) => self.traffic(number).await,
            Happening::WorkBegins => self.begin_work(),
            Happening::WorkEnds => self.end_work(),
            Happening::GoesDown(provider) => {
                self.down = Some(provider);
                self.spoil(provider, status(500), None);
            }
            Happening::ComesBack => {
                let provider = self.down.take();
                self.back_since = provider.map(|it| (it, self.app.clock.now()));
                self.app.sandbox.clear_faults();
            }
            Happening::Hangs => {
                // JobRad counts nothing, so that the clocks may move on.
                self.unawaited = Some(0);
                self.spoil(0, sandbox::FaultKind::Hang, Some(1));
            }
            Happening::IsNotAwaited => self.unawaited = None,
            Happening::Insistence => self.insist().await,
            Happening::Restart => {
                self.books.restarts += 1;
                self.app.restart(&ROLES).await;
            }
        }
    }

    /// Whether a provider may still be left alone because it was down.
    pub(super) fn was_down(&self, provider: usize) -> bool {
        let recently = |since: Timestamp| self.app.clock.now() - since < LONGEST_PAUSE;
        let back = self
            .back_since
            .is_some_and(|(it, since)| it == provider && recently(since));
        back || self.down == Some(provider)
    }

    fn spoil(&self, provider: usize, kind: sandbox::FaultKind, times: Option<u32>) {
        let (_, path) = PROVIDERS[provider];
        let fault = sandbox::Fault::on(path, kind);
        self.app.sandbox.inject(sandbox::Fault { times, ..fault });
    }

    fn begin_work(&mut self) {
        let leasecloud = self.app.sandbox.leasecloud();
        if self.crowd.is_empty() {
            let add = |_| leasecloud.add_order("SE", sandbox::NewLeasecloudOrder::default());
            self.crowd = (0..CROWD).map(|it| add(it).unwrap()).collect();
        }
        for order in &self.crowd {
            leasecloud.unlist_order(order, false).unwrap();
        }
        self.work_since = Some(self.app.clock.now());
    }

    fn end_work(&mut self) {
        let leasecloud = self.app.sandbox.leasecloud();
        let since = self.work_since.take().unwrap();
        let window = TimeDelta::minutes(5);
        let mut begin = since + window;
        let mut allowed = Vec::new();
        while begin + window <= self.app.clock.now() {
            allowed.push(leasecloud.allowed_between(begin, begin + window));
            begin += window;
        }
        self.books.stretches.push(allowed);
        for order in &self.crowd {
            leasecloud.unlist_order(order, true).unwrap();
        }
    }
}

fn status(code: u16) -> sandbox::FaultKind {
    sandbox::FaultKind::Status {
        code,
        retry_after: None,
    }
}

async fn connect(tenant: &Tenant<'_>, input: Value) -> String {
    let payload = tenant.try_connect(input).await;
    assert_eq!(payload["userErrors"], json!([]));
    payload["account"]["id"].as_str().unwrap().to_owned()
}

/// The same provider in another market, which counts with the first.
fn in_denmark(app: &TestApp) -> Value {
    let mut input = connection(&app.sandbox, "LEASECLOUD");
    let key = app.sandbox.leasecloud_key("DK");
    input["credentials"]["leasecloud"] = json!({ "apiKey": key, "market": "DK" });
    input
}

pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_timestamp_micros(micros).unwrap()
}
