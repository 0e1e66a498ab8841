//! The conformance kit: every connector is put through the same questions, against its sandbox.
//!
//! A case is a function that gets a fresh [`World`]. [`CASES`] says which capabilities it shows to
//! work; a connector that claims one without a case, or that has no sandbox, fails here.

mod autoleap;
mod changing;
mod failing;
mod leasecloud;
mod leasing_automation;
mod reading;
mod tokens;
mod world;

use std::{collections::HashSet, pin::Pin};

use leasegraph::{
    domain::capability::{
        EntityKind::{self, Category, Offer, Order, Vehicle},
        Operation::{self, Cancel, Create, Get, History, List, Update},
        Support,
    },
    providers::{NewOffer, ProviderError},
};

use self::world::World;

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A question that every connector is asked.
struct Case {
    name: &'static str,
    shows: &'static [(EntityKind, Operation)],
    run: fn(World) -> Running,
}

macro_rules! cases {
    ($($module:ident::$name:ident $(shows $($entity:ident $operation:ident),+)?;)+) => {
        const CASES: &[Case] = &[$(Case {
            name: concat!(stringify!($module), "::", stringify!($name)),
            shows: &[$($(($entity, $operation)),+)?],
            run: |world| Box::pin($module::$name(world)),
        }),+];
    };
}

cases! {
    reading::pages_are_read_to_the_end shows Offer List;
    reading::every_documented_status_is_known shows Order List, Vehicle List;
    reading::an_unknown_status_is_kept;
    reading::a_bad_record_is_put_aside;
    reading::only_what_changed_is_listed;
    reading::no_row_is_lost_while_pages_are_read;
    reading::one_offer_is_read_as_it_is_listed shows Offer Get, Order Get, Vehicle Get;
    reading::what_is_not_there_is_not_found;
    reading::the_past_is_read_page_by_page shows Offer History;
    reading::categories_have_parents_and_names shows Category List;
    reading::an_employee_has_categories_of_their_own;
    tokens::a_hundred_callers_need_one_token;
    tokens::a_hundred_callers_learn_of_one_refusal;
    tokens::a_token_that_expires_between_pages_is_replaced;
    tokens::a_revoked_token_is_replaced_once;
    tokens::a_token_server_may_fail_once;
    tokens::wrong_credentials_are_told_apart;
    tokens::an_account_that_was_forgotten_needs_a_new_token;
    tokens::a_token_server_that_talks_nonsense_is_not_believed;
    failing::a_burst_of_failures_is_survived;
    failing::a_lasting_failure_ends_the_call;
    failing::patience_is_limited;
    failing::every_retry_after_is_understood;
    failing::what_is_not_json_moves_nothing;
    failing::a_body_without_an_end_is_not_held;
    failing::a_token_goes_to_no_other_host;
    failing::a_redirect_on_the_same_host_is_followed;
    failing::a_looping_list_is_noticed;
    failing::nobody_listens;
    failing::forbidden_addresses_are_not_dialled;
    changing::an_offer_is_created shows Offer Create;
    changing::a_refusal_names_the_fields;
    changing::a_lost_answer_is_ambiguous_and_nothing_is_sent_twice;
    changing::what_surely_was_not_done_is_not_ambiguous;
    changing::a_token_that_expired_does_not_spoil_a_change;
    changing::an_offer_is_changed_when_its_provider_is_done_with_it shows Offer Update;
    changing::an_offer_is_cancelled_unless_it_is_over shows Offer Cancel;
}

#[tokio::test]
async fn every_connector_answers_every_question() {
    let mut failed = Vec::new();
    for key in world::connectors() {
        for case in CASES {
            let world = World::of(key).await;
            let world = world.unwrap_or_else(|| panic!("{key} has no sandbox"));
            if tokio::spawn((case.run)(world)).await.is_err() {
                failed.push(format!("{key}: {}", case.name));
            }
        }
    }
    assert_eq!(failed, [""; 0]);
}

#[tokio::test]
async fn a_capability_is_shown_by_a_case() {
    let shown: HashSet<_> = CASES.iter().flat_map(|it| it.shows).collect();
    let mut unshown = Vec::new();
    for key in world::connectors() {
        let world = World::of(key).await.unwrap();
        for it in world.provider().capabilities() {
            let claimed = matches!(it.support, Support::Native | Support::Derived);
            if claimed && !shown.contains(&(it.entity, it.operation)) {
                unshown.push(format!("{key}: {:?} {:?}", it.entity, it.operation));
            }
        }
    }
    assert_eq!(unshown, [""; 0]);
}

#[tokio::test]
async fn what_is_said_to_be_unsupported_is_and_nothing_else() {
    for key in world::connectors() {
        let world = World::of(key).await.unwrap();
        for it in world.provider().capabilities() {
            let Some(answer) = ask(&world, it.entity, it.operation).await else {
                continue;
            };
            let unsupported = matches!(answer, Err(ProviderError::Unsupported(_)));
            let claimed = it.support == Support::Native;
            assert_eq!(unsupported, !claimed, "{key}: {it:?}");
        }
    }
}

/// Makes the call that an operation is done by, if there is one; with an id that nothing has.
async fn ask(
    world: &World,
    entity: EntityKind,
    operation: Operation,
) -> Option<Result<(), ProviderError>> {
    let (provider, access) = (world.provider(), &world.access);
    let offer: NewOffer = world::new_offer("A-1");
    let nobody = world::UNKNOWN_ID;
    let answer = match (entity, operation) {
        (Offer, List) => world.page(1).await.map(|_| ()),
        (Offer, Get) => world.offer(nobody).await.map(|_| ()),
        (Offer, Create) => provider.create_offer(access, &offer).await.map(|_| ()),
        (Offer, Update) => provider.update_offer(access, nobody, &offer.terms).await,
        (Offer, Cancel) => {
            let cancellation = leasegraph::providers::Cancellation::default();
            provider.cancel_offer(access, nobody, cancellation).await
        }
        (Offer, History) => {
            let range = world::range(1, 10);
            let history = provider.offer_history(access, nobody, range).await;
            history.map(|_| ())
        }
        (Category, List) => provider.list_categories(access).await.map(|_| ()),
        _ => return None,
    };
    Some(answer)
}
