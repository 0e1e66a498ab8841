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
    /// How long a submitted offer stays `pending`, in virtual time.
    pub processing_seconds: u64,
    /// Lets the world move by itself: about every that many real seconds one offer takes a
    /// documented step, or a new one appears. The number of offers stays in the hundreds.
    pub step_seconds: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: ClockMode::Stopped(first_day()),
            seed: 1,
            offers: 40,
            token_lifetime_seconds: 3600,
            processing_seconds: assumed::PROCESSING_SECONDS,
            step_seconds: None,
        }
    }
}

/// The moment at which a stopped clock starts: 1 December 2030, noon, as in the providers' samples.
fn first_day() -> DateTime<Utc> {
    DateTime::from_timestamp(1_922_356_800, 0).unwrap_or_default()
}
