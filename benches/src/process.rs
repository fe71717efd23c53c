//! What this process cost so far, as Linux counts it.

use crate::hand::Failed;
use std::fs::read_to_string;

/// CPU time in milliseconds: it is counted in hundredths of a second.
///
/// # Errors
/// Where there is no `/proc`.
pub fn cpu_ms() -> Result<u64, Failed> {
    let stat = read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).map(|field| field.parse().unwrap_or(0)).sum();
    Ok(ticks * 10)
}

/// Memory in bytes: a line of `/proc/self/status`, such as `VmHWM`.
///
/// # Errors
/// Where there is no such line.
pub fn memory(line: &str) -> Result<usize, Failed> {
    let status = read_to_string("/proc/self/status")?;
    let line = status.lines().find(|given| given.starts_with(line)).ok_or("no such line")?;
    let kilobytes: usize = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kilobytes * 1024)
}
