//! What the operating system says about processes: the time they took and the memory they hold.
//!
//! Apart, because it is Linux's `/proc` and nothing else. Must not start or end any process.

use std::{fs, time::Duration};

use anyhow::Context;

/// The unit of times in `/proc`. Linux has had it at a hundredth of a second since it is told to
/// programs at all.
const TICK: Duration = Duration::from_millis(10);

/// How long processors have worked for these processes, the system's part included.
pub(crate) fn worked(processes: &[u32]) -> anyhow::Result<Duration> {
    let mut ticks = 0;
    for process in processes {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name of the program is in brackets and may hold anything.
        let (_, fields) = stat.rsplit_once(") ").context("an unknown /proc")?;
        for field in fields.split(' ').skip(11).take(2) {
            ticks += field.parse::<u32>()?;
        }
    }
    Ok(TICK * ticks)
}

/// What a process holds in memory, in MiB: now, and at most since [`forget_peak`].
pub(crate) struct Memory {
    pub(crate) now: f64,
    pub(crate) peak: f64,
}

pub(crate) fn memory(process: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let of = |label: &str| -> anyhow::Result<f64> {
        let line = status.lines().find_map(|it| it.strip_prefix(label));
        let size = line.and_then(|it| it.trim().strip_suffix(" kB"));
        Ok(f64::from(size.context("an unknown /proc")?.parse::<u32>()?) / 1024.0)
    };
    Ok(Memory {
        now: of("VmRSS:")?,
        peak: of("VmHWM:")?,
    })
}

/// From now on the peak is counted anew.
pub(crate) fn forget_peak(process: u32) -> anyhow::Result<()> {
    // The number is how `proc(5)` asks for it.
    fs::write(format!("/proc/{process}/clear_refs"), "5").context("the peak cannot be reset")
}
