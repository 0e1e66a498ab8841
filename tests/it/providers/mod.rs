//! The conformance kit: every connector is put through the same questions, against its sandbox.
//!
//! A case is a function that gets a fresh [`World`], and says what it needs of a connector and which
//! operations it shows to work. What a connector says it can do decides which cases apply to it:
//! `docs/conformance.md` is the table of that. What is asked of one connector alone is in its folder.

mod autoleap;
mod changing;
mod failing;
mod jobrad;
mod leasecloud;
mod leasing_automation;
mod reading;
mod report;
mod samples;
mod stage;
mod subject;
mod tables;
mod tokens;
mod unsupported;
mod world;

use std::pin::Pin;

use leasegraph::domain::{
    capability::Operation::{self, Archive, Cancel, Create, DryRun, Get, History, List, Update},
    provider::ProviderKey,
};

use self::{
    subject::{
        Needs::{
            self, ById, Changes, Derived, EndOf, ExpiringTokens, ExpiringTokensOf, List as AList,
            Native, Records, Whole,
        },
        Subject,
    },
    world::World,
};

type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A question that is asked of every connector that has what it needs.
struct Case {
    theme: &'static str,
    name: &'static str,
    needs: Needs,
    shows: &'static [Operation],
    run: fn(World) -> Running,
}

macro_rules! cases {
    ($($theme:ident::$name:ident of $needs:expr $(=> $($operation:ident),+)?;)+) => {
        const CASES: &[Case] = &[$(Case {
            theme: stringify!($theme),
            name: stringify!($name),
            needs: $needs,
            shows: &[$($($operation),+)?],
            run: |world| Box::pin($theme::$name(world)),
        }),+];
    };
}

cases! {
    reading::pages_are_read_to_the_end of AList => List;
    reading::records_of_one_moment_are_all_listed of Changes;
    reading::only_what_changed_is_listed of Changes;
    reading::what_the_index_shows_late_is_listed_then of Changes;
    reading::no_row_is_lost_while_pages_are_read of AList;
    reading::the_provider_tells_the_time of AList;
    reading::records_are_matched_by_id of ById;
    reading::an_unknown_status_is_kept of Records;
    reading::a_bad_record_is_put_aside of AList;
    reading::a_record_is_read_as_it_is_listed of Native(Get) => Get;
    reading::what_is_not_there_is_not_found of Native(Get);
    reading::the_past_is_read_page_by_page of Native(History) => History;
    reading::what_is_ordered_is_an_order_and_a_vehicle of Derived => List, Get;
    reading::categories_have_names_and_parents of Whole => List;
    tokens::a_hundred_callers_need_one_token of ExpiringTokens;
    tokens::a_hundred_callers_learn_of_one_refusal of ExpiringTokens;
    tokens::a_token_that_expires_between_pages_is_replaced of ExpiringTokens;
    tokens::a_revoked_token_is_replaced_once of ExpiringTokens;
    tokens::a_token_server_may_fail_once of ExpiringTokens;
    tokens::an_account_that_was_forgotten_needs_a_new_token of ExpiringTokens;
    tokens::a_token_server_that_talks_nonsense_is_not_believed of ExpiringTokens;
    tokens::wrong_credentials_are_told_apart of Records;
    failing::a_burst_of_failures_is_survived of Records;
    failing::a_lasting_failure_ends_the_call of Records;
    failing::patience_is_limited of Records;
    failing::every_retry_after_is_understood of Records;
    failing::what_is_not_the_answer_moves_nothing of Records;
    failing::a_body_without_an_end_is_not_held of Records;
    failing::a_token_goes_to_no_other_host of Records;
    failing::a_redirect_on_the_same_host_is_followed of Records;
    failing::nobody_listens of Records;
    failing::forbidden_addresses_are_not_dialled of Records;
    changing::what_is_created_is_there of Native(Create) => Create;
    changing::the_same_number_may_be_used_twice of Native(Create);
    changing::a_lost_answer_is_ambiguous_and_nothing_is_sent_twice of Native(Create);
    changing::what_surely_was_not_done_is_not_ambiguous of Native(Create);
    changing::an_expired_token_does_not_spoil_a_change of ExpiringTokensOf(Create);
    changing::a_dry_run_leaves_no_trace of Native(DryRun) => DryRun;
    changing::an_update_is_seen of Native(Update) => Update;
    changing::what_is_over_is_not_updated of EndOf(Update);
    changing::what_is_cancelled_is_final of Native(Cancel) => Cancel;
    changing::what_is_over_is_not_cancelled of EndOf(Cancel);
    changing::what_is_archived_is_inactive of Native(Archive) => Archive;
}

/// Puts a connector through the cases of one theme that apply to it.
async fn ask(provider: ProviderKey, theme: &str) {
    let mut failed = Vec::new();
    for subject in Subject::all() {
        if subject.provider != provider {
            continue;
        }
        for case in CASES.iter().filter(|it| it.theme == theme) {
            let world = World::of(&subject).await;
            if world.lacks(case.needs).is_none() && tokio::spawn((case.run)(world)).await.is_err() {
                failed.push(format!("{}: {}", subject.name(), case.name));
            }
        }
    }
    assert_eq!(failed, [""; 0]);
}

/// A test for each connector and theme. The connectors are named after their slugs.
macro_rules! conformance {
    ($($slug:ident: $key:ident),+) => {
        /// Those that are put through the questions.
        const CONNECTORS: &[ProviderKey] = &[$(ProviderKey::$key),+];

        mod conformance {
            $(mod $slug {
                use crate::providers::{ProviderKey, ask};

                #[tokio::test]
                async fn reads() {
                    ask(ProviderKey::$key, "reading").await;
                }

                #[tokio::test]
                async fn has_tokens() {
                    ask(ProviderKey::$key, "tokens").await;
                }

                #[tokio::test]
                async fn survives_failures() {
                    ask(ProviderKey::$key, "failing").await;
                }

                #[tokio::test]
                async fn makes_changes() {
                    ask(ProviderKey::$key, "changing").await;
                }
            })+
        }
    };
}

conformance! {
    jobrad: Jobrad,
    leasing_automation: LeasingAutomation,
    leasecloud: Leasecloud,
    autoleap: Autoleap
}
