//! What the operating system says of a process: processor time and memory.

use std::fs;
use std::time::Duration;

use anyhow::Context as _;

/// Linux reports times of processes in hundredths of a second, on every architecture (`USER_HZ`).
const MILLIS_PER_TICK: u64 = 10;

/// Processor time of a process and all its threads so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    pub user: Duration,
    pub system: Duration,
}

impl Cpu {
    /// # Errors
    /// There is no such process.
    pub fn of(process: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The second field is the program's name in brackets, and may hold blanks.
        let (_, fields) = stat.rsplit_once(')').context("/proc/PID/stat has no name")?;
        let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
        let mut next = || anyhow::Ok(ticks.next().context("/proc/PID/stat is short")??);
        let (user, system) = (next()?, next()?);
        let time = |ticks: u64| Duration::from_millis(ticks.saturating_mul(MILLIS_PER_TICK));
        Ok(Self { user: time(user), system: time(system) })
    }

    pub fn since(self, earlier: Self) -> Self {
        Self { user: self.user - earlier.user, system: self.system - earlier.system }
    }

    pub fn total(self) -> Duration {
        self.user + self.system
    }
}

/// Resident memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    pub now: u64,
    pub peak: u64,
}

impl Memory {
    /// # Errors
    /// There is no such process.
    pub fn of(process: u32) -> anyhow::Result<Self> {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
            let kilobytes = line.split_whitespace().next().context("an empty line")?;
            anyhow::Ok(kilobytes.parse::<u64>()? * 1024)
        };
        Ok(Self { now: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }
}
