//! What happens when. Everything follows from the number of hours, so that two runs are the same.
//!
//! Four hours have each of it at least once, which is why the suite runs four.

use chrono::TimeDelta;

const MINUTES_PER_DAY: u32 = 24 * 60;

/// So many restarts there are in thirty days. A short run has a few, too.
const RESTARTS_OF_A_MONTH: u32 = 20;
const FEWEST_RESTARTS: u32 = 3;

/// So long before the end the world comes to rest. A record that has not changed for weeks is asked
/// about every quarter of an hour.
const REST: u32 = 30;

/// What can happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Happening {
    /// People ask and make offers, records change at the providers. It is the so-manyth time.
    Traffic(usize),
    /// Thousands of lively orders are listed at LeaseCloud.
    WorkBegins,
    /// They no longer are.
    WorkEnds,
    /// A provider answers everything with 500. The number is its place in `PROVIDERS`.
    GoesDown(usize),
    ComesBack,
    /// A request hangs, and nobody waits for its list.
    Hangs,
    IsNotAwaited,
    /// Somebody wants everything of an account to be read, again and again.
    Insistence,
    Restart,
}

/// What happens in so many hours, in order, each with the time since the start.
pub(super) fn plan(hours: u32) -> Vec<(TimeDelta, Happening)> {
    let end = hours * 60 - REST;
    let traffic = (1..).map(|it| (it * 10, Happening::Traffic(it as usize)));
    let mut all: Vec<_> = traffic.take_while(|(minute, _)| *minute <= end).collect();
    for day in 0..=end / MINUTES_PER_DAY {
        let of_day = of_a_day(day as usize).into_iter();
        let of_day = of_day.map(|(minute, it)| (day * MINUTES_PER_DAY + minute, it));
        all.extend(of_day.filter(|(minute, _)| *minute <= end));
    }
    all.extend(restarts(hours * 60).map(|minute| (minute, Happening::Restart)));
    all.sort_by_key(|(minute, _)| *minute);
    let after = |minute: u32| TimeDelta::minutes(minute.into());
    all.into_iter().map(|(at, it)| (after(at), it)).collect()
}

/// What happens in a day beside the traffic, with its minutes. A provider is down twice, another one
/// each time.
fn of_a_day(day: usize) -> [(u32, Happening); 9] {
    // LeaseCloud first: its limit is the hardest to keep.
    const DOWN: [usize; 4] = [2, 0, 3, 1];
    let down = |turn: usize| Happening::GoesDown(DOWN[(2 * day + turn) % DOWN.len()]);
    [
        (30, Happening::WorkBegins),
        // Half an hour, after the five minutes of the first window.
        (65, Happening::WorkEnds),
        (90, down(0)),
        (150, Happening::ComesBack),
        (165, Happening::Insistence),
        (180, Happening::Hangs),
        (185, Happening::IsNotAwaited),
        (420, down(1)),
        (480, Happening::ComesBack),
    ]
}

/// Restarts in equal distances, moved to where they are most likely to hurt: every other one into
/// the time of work, the others into the hour in which a provider is down.
fn restarts(minutes: u32) -> impl Iterator<Item = u32> {
    let count = (minutes * RESTARTS_OF_A_MONTH / (30 * MINUTES_PER_DAY)).max(FEWEST_RESTARTS);
    let distance = minutes / count;
    (0..count).map(move |it| {
        let minute = if it % 2 == 0 { 40 } else { 820 };
        it * distance + (minute + it) % distance
    })
}
