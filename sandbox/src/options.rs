//! What a sandbox is started with. The defaults suit a test: time stands where it is put, nothing
//! moves by itself, and the small world is the same on every run.

use chrono::{DateTime, Utc};

use crate::{clock::ClockMode, jobrad::assumed};

/// How a sandbox behaves.
#[derive(Debug, Clone)]
pub struct Options {
    pub clock: ClockMode,
    /// The same seed gives the same offers, identifiers and steps.
    pub seed: u64,
    /// How many offers the seeded dealer has at the start. None at all is fine.
    pub offers: usize,
    /// How long an access token is good for, in virtual time.
    pub token_lifetime_seconds: u64,
    /// How long a submitted offer stays `pending`, or `created` at Leasing Automation, in virtual
    /// time.
    pub processing_seconds: u64,
    /// Whether an offer that Leasing Automation takes for `jobrad` really goes to `JobRad`.
    pub leasing_automation_forwards: bool,
    /// How many orders `LeaseCloud`'s seeded partners have at the start, half of them in Sweden.
    pub leasecloud_orders: usize,
    /// Whether `LeaseCloud` is the real thing, where a `statusTrigger` is refused.
    pub leasecloud_live: bool,
    /// How long it takes until a `statusTrigger` works, in virtual time. 0 is until the next read.
    pub leasecloud_trigger_seconds: u64,
    /// Lets the world move by itself: about every that many real seconds one offer takes a
    /// documented step, or a new one appears. The number of offers stays in the hundreds.
    pub step_seconds: Option<f64>,
    /// How many vehicles the two companies of the seeded AutoLeap partner have together.
    pub autoleap_vehicles: usize,
    /// How many repair orders they have together.
    pub autoleap_orders: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: ClockMode::Stopped(first_day()),
            seed: 1,
            offers: 40,
            token_lifetime_seconds: 3600,
            processing_seconds: assumed::PROCESSING_SECONDS,
            leasing_automation_forwards: true,
            leasecloud_orders: 30,
            leasecloud_live: false,
            leasecloud_trigger_seconds: 0,
            step_seconds: None,
            autoleap_vehicles: 20,
            autoleap_orders: 20,
        }
    }
}

/// The moment at which a stopped clock starts: 1 December 2030, noon, as in the providers' samples.
fn first_day() -> DateTime<Utc> {
    DateTime::from_timestamp(1_922_356_800, 0).unwrap_or_default()
}
