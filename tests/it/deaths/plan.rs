//! When the service dies, in which order. All of it follows from a seed.

use std::{fmt, time::Duration};

use leasegraph::death::Moment;
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

/// How often it dies in the suite, beside the named moments.
const FEW: usize = 6;

/// One in so many deaths of a long run is a given named moment.
const NAMED_EVERY: usize = 60;

/// One in so many others comes before the service is up.
const STARTING_EVERY: u32 = 5;

/// A way to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// So long after the start of the process, ready or not.
    Starting(Duration),
    /// So long after it was seen to work.
    Working(Duration),
    /// When a receiver has all of a request and has answered nothing: so many requests later.
    RequestSent(u32),
    /// At a named moment, the n-th time that it comes.
    At(Moment, u32),
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting(after) => write!(f, "{} ms after the start", after.as_millis()),
            Self::Working(after) => write!(f, "{} ms into its work", after.as_millis()),
            Self::RequestSent(nth) => write!(f, "request-sent:{nth}"),
            Self::At(moment, nth) => write!(f, "{}:{nth}", moment.name()),
        }
    }
}

/// The deaths of a run: `kills`, or a few, with each named moment among them.
pub(super) fn plan(seed: u64, kills: Option<usize>) -> Vec<Death> {
    let mut rng = StdRng::seed_from_u64(seed);
    let rounds = kills.map_or(1, |it| it.div_ceil(NAMED_EVERY));
    let mut deaths = Vec::new();
    for _ in 0..rounds {
        deaths.push(Death::RequestSent(rng.random_range(1..=6)));
        for moment in moments() {
            deaths.push(Death::At(moment, rng.random_range(1..=most_passes(moment))));
        }
    }
    let all = kills.unwrap_or(deaths.len() + FEW);
    while deaths.len() < all {
        deaths.push(at_random(&mut rng));
    }
    deaths.truncate(all);
    deaths.shuffle(&mut rng);
    deaths
}

fn at_random(rng: &mut StdRng) -> Death {
    if rng.random_ratio(1, STARTING_EVERY) {
        return Death::Starting(Duration::from_millis(rng.random_range(0..250)));
    }
    Death::Working(Duration::from_millis(rng.random_range(0..400)))
}

/// The moments that come while the service works. The schema changes, and keys are made, before.
fn moments() -> impl Iterator<Item = Moment> {
    let comes = |it: &Moment| !matches!(it, Moment::Migration | Moment::KeyRotation);
    let is_possible = cfg!(feature = "named-deaths");
    Moment::ALL
        .into_iter()
        .filter(move |it| is_possible && comes(it))
}

/// How often a moment comes soon, at least.
const fn most_passes(moment: Moment) -> u32 {
    match moment {
        Moment::RetryScheduled => 1,
        Moment::Drain => 3,
        Moment::BeforeCommit | Moment::AfterCommit => 12,
        _ => 4,
    }
}

#[test]
fn a_run_follows_from_its_seed_and_has_each_moment_in_it() {
    assert_eq!(plan(7, Some(200)), plan(7, Some(200)));
    assert_ne!(plan(7, Some(200)), plan(8, Some(200)));
    assert_eq!(plan(7, Some(200)).len(), 200);
    assert_eq!(plan(7, Some(3)).len(), 3);
    for deaths in [plan(7, None), plan(7, Some(200))] {
        for moment in moments() {
            let is_it = |it: &Death| matches!(it, Death::At(at, _) if *at == moment);
            assert!(deaths.iter().any(is_it), "{}", moment.name());
        }
    }
}
