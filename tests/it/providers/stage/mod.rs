//! A provider's side as the cases need it. What each provider calls these things is in its own file,
//! and nowhere else in the kit.

mod autoleap;
mod jobrad;
mod leasecloud;
mod leasing_automation;

use async_trait::async_trait;
use leasegraph::{
    domain::provider::ProviderKey,
    providers::{Access, Credentials, Observation, Provider, ProviderError},
};
use sandbox::Sandbox;
use serde_json::Value;
use url::Url;

use super::subject::Subject;

/// A change that a case asks for. What is created goes by the dealer's own number; the others name a
/// record by its id.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    Create(&'a str),
    DryRun,
    Update(&'a str),
    Cancel(&'a str),
    Archive(&'a str),
}

/// Records of one kind at one provider. There are none at first.
///
/// A case only asks for what goes with a capability of the connector, so the rest has defaults that
/// end the case.
#[async_trait]
pub(super) trait Stage: Send + Sync {
    /// The account that the records belong to.
    fn access(&self) -> Access;

    /// Credentials of the right form that nobody was given.
    fn wrong_credentials(&self) -> Credentials;

    /// Has everything of the account asked for somewhere else, its tokens too.
    fn aim(&self, access: &mut Access, url: &Url) {
        access.base_url = url.clone();
    }

    /// Which of the account's lists the records are in.
    fn scope(&self) -> &'static str {
        ""
    }

    /// Where the records are asked for, below the sandbox's root.
    fn api(&self) -> &'static str;

    /// Where tokens come from, if they expire.
    fn tokens(&self) -> Option<&'static str> {
        None
    }

    /// Adds that many records, in several statuses if there are some, and returns their ids.
    fn add(&self, count: usize) -> Vec<String>;

    /// Adds a record that may be changed, and returns its id.
    fn add_changeable(&self) -> String {
        self.add(1).remove(0)
    }

    /// All ids, oldest first.
    fn ids(&self) -> Vec<String>;

    /// An id of the right form that no record has.
    fn unknown_id(&self) -> &'static str {
        "999999"
    }

    /// Puts a record into a status, in the provider's words and even in none of them.
    fn say(&self, record: &Observation, word: &str);

    /// Words that a record can be put into one after the other.
    fn words(&self) -> &'static [&'static str];

    /// The word after which the provider lets nothing be changed, if there is one.
    fn last_word(&self) -> Option<&'static str> {
        None
    }

    /// Shows this instead of a record.
    fn serve(&self, _id: &str, _json: &Value) {
        unreachable!("there is no list to show it in");
    }

    /// Has lists show changes only so much later.
    fn set_index_lag(&self, _seconds: u32) {
        unreachable!("there is no list of changes");
    }

    fn revoke_tokens(&self) {
        unreachable!("no token expires");
    }

    /// Makes a change of a kind that the connector says it can make.
    async fn change(
        &self,
        provider: &dyn Provider,
        access: &Access,
        change: Change<'_>,
    ) -> Result<(), ProviderError>;
}

/// A connector that has no sandbox does not get past this.
pub(super) fn of(subject: &Subject, sandbox: &Sandbox) -> Box<dyn Stage> {
    match subject.provider {
        ProviderKey::Jobrad => Box::new(jobrad::Jobrad(sandbox.clone())),
        ProviderKey::LeasingAutomation => {
            Box::new(leasing_automation::LeasingAutomation(sandbox.clone()))
        }
        ProviderKey::Leasecloud => Box::new(leasecloud::Leasecloud::new(sandbox)),
        ProviderKey::Autoleap => Box::new(autoleap::Autoleap::new(sandbox, subject.listed)),
    }
}
