//! Days of all four providers in virtual time, with people, changes, faults and restarts: nobody's
//! limit is exceeded, and what may be used is used.
//!
//! The suite lets four hours go by; `scripts/month` lets thirty days go by and prints the report. The
//! plan has half an hour of work a day, which is what `LeaseCloud`'s limit is there for: more lively
//! orders than it allows to look at every minute.

mod books;
mod plan;
mod run;
mod traffic;

use chrono::TimeDelta;

use self::{
    books::Line,
    plan::{Happening, plan},
    run::Run,
};

/// Without `VIRTUAL_DAYS`.
const HOURS: u32 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the report is what a long run is for")]
async fn no_limit_is_exceeded_and_what_may_be_used_is_used() {
    let days = std::env::var("VIRTUAL_DAYS").ok();
    let hours = days.map_or(HOURS, |it| it.parse::<u32>().unwrap() * 24);
    let mut run = Run::begin().await;
    for (after, happening) in plan(hours) {
        run.until(run.start + after).await;
        run.let_happen(happening).await;
        if let Happening::WorkEnds = happening {
            let windows = run.books.stretches.last();
            println!(
                "hour {}: requests in each window {windows:?}",
                after.num_hours()
            );
            print(&run.limits());
        }
    }
    run.until(run.start + TimeDelta::hours(hours.into())).await;

    let lines = run.judge().await;
    println!(
        "{hours} virtual hours, {} restarts, {} questions answered, {} refused by ourselves",
        run.books.restarts, run.books.answered, run.books.refused
    );
    print(&lines);
    assert!(lines.iter().all(|it| it.is_kept));
}

#[expect(clippy::print_stdout, reason = "the report is what a long run is for")]
fn print(lines: &[Line]) {
    for line in lines {
        let verdict = if line.is_kept { "ok    " } else { "BROKEN" };
        println!("{verdict} {}", line.text);
    }
}
