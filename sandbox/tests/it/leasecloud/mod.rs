//! LeaseCloud, as a partner sees it and as the control changes it.

mod changing;
mod control;
mod creating;
mod faults;
mod ledger;
mod limit;
mod listing;
mod markets;
mod motion;
mod partner;
mod refusing;
mod scale;
mod support;
mod triggering;
