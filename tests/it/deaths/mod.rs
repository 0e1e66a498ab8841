//! A service that is killed again and again while it works, at random moments and at named ones: nothing
//! is lost, nothing is invented, nothing comes twice but what was in flight, and everything in order.
//!
//! The suite kills it a few times; `scripts/deaths` kills it two hundred times over each database.
//! Between `load`, which changes the providers' records, and `oracle`, which judges what came of it,
//! nobody knows what the service does.

mod collect;
mod evidence;
mod load;
mod oracle;
mod oracle_is_not_blind;
mod plan;
mod receiver;
mod rest;
mod world;

use self::{
    oracle::{Line, judge},
    plan::plan,
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the lines are what a long run is for")]
async fn whatever_kills_the_service_nothing_is_lost_invented_or_out_of_order() {
    let variable = |name| std::env::var(name).ok();
    let seed = variable("SEED").map_or_else(rand::random, |it| it.parse().unwrap());
    println!("SEED={seed}");
    let deaths = plan(seed, variable("KILLS").map(|it| it.parse().unwrap()));
    let mut world = World::begin(seed).await;
    for (count, death) in (1..).zip(&deaths) {
        world.die(death).await;
        if count % 20 == 0 {
            println!("{count} of {} kills", deaths.len());
        }
    }
    let evidence = world.come_to_rest().await;
    let lines = judge(&evidence);
    for Line { is_kept, text } in &lines {
        println!("{} {text}", if *is_kept { "ok    " } else { "BROKEN" });
    }
    let broken = lines.iter().filter(|it| !it.is_kept).count();
    assert_eq!(
        broken,
        0,
        "broken with SEED={seed}; the log is {}",
        world.keep_log()
    );
}
