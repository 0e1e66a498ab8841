//! All providers together: what is done to each of them alike. Adding one is a line in each function
//! here.

use std::sync::Arc;

use axum::Router;
use tokio::sync::watch;

use crate::{
    autoleap::{self, Autoleap},
    jobrad::{self, Jobrad},
    leasecloud::{self, Leasecloud},
    leasing_automation::{self, LeasingAutomation},
    options::Options,
    world::World,
};

/// Every provider of one world. Clones are the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Providers {
    pub(crate) jobrad: Arc<Jobrad>,
    pub(crate) leasing_automation: Arc<LeasingAutomation>,
    pub(crate) leasecloud: Arc<Leasecloud>,
    pub(crate) autoleap: Arc<Autoleap>,
}

impl Providers {
    pub(crate) fn new(world: &Arc<World>, options: &Options) -> Self {
        let world = || Arc::clone(world);
        let jobrad = Arc::new(Jobrad::new(world(), options));
        Self {
            leasing_automation: Arc::new(LeasingAutomation::new(
                world(),
                Arc::clone(&jobrad),
                options,
            )),
            leasecloud: Arc::new(Leasecloud::new(world(), options)),
            autoleap: Arc::new(Autoleap::new(world(), options)),
            jobrad,
        }
    }

    pub(crate) fn routes(&self) -> Router {
        jobrad::routes(&self.jobrad)
            .merge(leasing_automation::routes(&self.leasing_automation))
            .merge(leasecloud::routes(&self.leasecloud))
            .merge(autoleap::routes(&self.autoleap))
    }

    /// Lets everything happen that is due. Nothing at `AutoLeap` falls due by time alone.
    pub(crate) fn settle(&self) {
        self.jobrad.settle();
        self.leasing_automation.settle();
        self.leasecloud.settle();
    }

    /// Lets each take a step about every so many seconds, until the sandbox stops.
    pub(crate) fn move_by_themselves(&self, seconds: f64, stopped: &watch::Receiver<bool>) {
        let stopped = || stopped.clone();
        jobrad::move_by_itself(Arc::clone(&self.jobrad), seconds, stopped());
        let leasing_automation = Arc::clone(&self.leasing_automation);
        leasing_automation::move_by_itself(leasing_automation, seconds, stopped());
        leasecloud::move_by_itself(Arc::clone(&self.leasecloud), seconds, stopped());
        autoleap::move_by_itself(Arc::clone(&self.autoleap), seconds, stopped());
    }
}
