//! What sockets cost: memory for each of ten thousand that listen, and how long an event takes from
//! its commit to the first and to the last of them.
//!
//! The clients are a process of their own, which is this program again, so that the memory that is
//! counted is the service's. `BENCH_SOCKETS` asks for fewer; each side needs a file for each. SQLite
//! alone: what is measured begins where the database ends. `scripts/bench` runs this.

mod clients;
mod server;
#[path = "../support/table.rs"]
mod table;

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::Context;

use self::{server::Server, table::Table};

/// As in the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many sockets there are, if `BENCH_SOCKETS` says nothing else.
const SOCKETS: usize = 10_000;

/// How many events are told, one after the other.
const EVENTS: i64 = 5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, role, address, token, start, count] = arguments.as_slice()
        && role == clients::ROLE
    {
        return clients::run((address, token, start), count.parse()?, EVENTS).await;
    }
    measure(sockets()?).await
}

fn sockets() -> anyhow::Result<usize> {
    #[expect(
        clippy::disallowed_methods,
        reason = "benchmarks have no settings of their own"
    )]
    let asked = std::env::var("BENCH_SOCKETS");
    asked.map_or(Ok(SOCKETS), |it| Ok(it.parse()?))
}

async fn measure(sockets: usize) -> anyhow::Result<()> {
    let server = Server::start().await?;
    // What the first socket needs is needed once.
    let mut warm = Clients::start(&server, 10)?;
    warm.line()?;
    let before = resident_kib()?;
    let mut clients = Clients::start(&server, sockets)?;
    anyhow::ensure!(clients.line()? == "listening", "the clients failed");
    let each = (resident_kib()? - before) / f64::from(u32::try_from(sockets)?);

    let mut table = Table::new(&["sockets", "KiB each", "first ms", "last ms"]);
    for number in 1..=EVENTS {
        let committed = server.tell(number).await?;
        let line = clients.line()?;
        let (first, last) = line.split_once(' ').context("no two times")?;
        let since = |at: &str| -> anyhow::Result<String> {
            let micros: i64 = at.parse()?;
            let elapsed = f64::from(i32::try_from(micros - committed)?) / 1000.0;
            Ok(format!("{elapsed:.1}"))
        };
        let cells = [
            sockets.to_string(),
            format!("{each:.1}"),
            since(first)?,
            since(last)?,
        ];
        table.row(&format!("SQLite: event {number}"), cells);
    }
    drop((warm, clients));
    server.stop().await;
    table.print()
}

/// What this process has in memory.
fn resident_kib() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.and_then(|it| it.trim().strip_suffix("kB"));
    Ok(kib.context("no VmRSS in /proc")?.trim().parse()?)
}

/// A process with clients, which ends with this.
struct Clients {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Clients {
    fn start(server: &Server, count: usize) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([clients::ROLE, &server.address, &server.token, &server.start])
            .arg(count.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().context("no output")?;
        let output = BufReader::new(output).lines();
        Ok(Self { process, output })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        // The service goes on in other threads meanwhile.
        let line = tokio::task::block_in_place(|| self.output.next());
        line.context("the clients have ended")?.map_err(Into::into)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
