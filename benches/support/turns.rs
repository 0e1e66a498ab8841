//! Taking turns: what is compared runs in turn, several times, and the median counts.
//!
//! The machine is not always the same, and so it is the same for all. Must not know what runs.

use anyhow::Context;

/// Runs each in turn, so many times, and returns each one's median by what is measured of it.
pub(crate) async fn medians<S, T>(
    subjects: &[S],
    times: usize,
    run: impl AsyncFn(&S) -> anyhow::Result<T>,
    measure: impl Fn(&T) -> f64,
) -> anyhow::Result<Vec<T>> {
    let mut outcomes: Vec<Vec<T>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..times {
        for (subject, outcomes) in subjects.iter().zip(&mut outcomes) {
            outcomes.push(run(subject).await?);
        }
    }
    let median = |mut it: Vec<T>| {
        it.sort_by(|a, b| measure(a).total_cmp(&measure(b)));
        let middle = it.len() / 2;
        it.into_iter().nth(middle).context("nothing was run")
    };
    outcomes.into_iter().map(median).collect()
}
