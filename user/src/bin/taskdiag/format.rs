// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times and states as people read them.

use crate::columns::print::Cell;
use genlkit::generated::taskdiag::State;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use nix::time::{ClockId, clock_gettime};
use std::collections::HashMap;

/// Turns times since boot into the time of day.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Zoned,
    boot: Timestamp,
    /// What start times print as, by the minute: most tasks share a few.
    starts: HashMap<i64, String>,
}

impl Clock {
    /// Reads the clocks, and the time zone.
    pub(crate) fn now() -> Self {
        let now = Timestamp::now();
        let since_boot = SignedDuration::from_nanos(i64::try_from(since_boot()).unwrap_or(0));
        let boot = now.checked_sub(since_boot).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            now: now.to_zoned(TimeZone::system()),
            boot,
            starts: HashMap::new(),
        }
    }

    fn timestamp(&self, nanos: u64) -> Timestamp {
        let since_boot = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        self.boot.checked_add(since_boot).unwrap_or(Timestamp::MAX)
    }

    fn zoned(&self, time: Timestamp) -> Zoned {
        time.to_zoned(self.now.time_zone().clone())
    }

    /// When a task started: `14:05` today, `Mar07` this year, else `2024`.
    pub(crate) fn start(&mut self, nanos: u64) -> &str {
        let time = self.timestamp(nanos);
        let (now, zone) = (&self.now, self.now.time_zone());
        self.starts.entry(time.as_second() / 60).or_insert_with(|| {
            let time = time.to_zoned(zone.clone());
            let format = match () {
                () if time.date() == now.date() => "%H:%M",
                () if time.year() == now.year() => "%b%d",
                () => "%Y",
            };
            time.strftime(format).to_string()
        })
    }

    /// When an event happened: `14:05:59.123456`.
    pub(crate) fn event(&self, nanos: u64) -> String {
        let time = self.zoned(self.timestamp(nanos));
        time.strftime("%H:%M:%S.%6f").to_string()
    }

    /// The whole of a point in time: `2026-03-07 14:05:59`.
    pub(crate) fn date(&self, nanos: u64) -> String {
        let time = self.zoned(self.timestamp(nanos));
        time.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// Nanoseconds since boot; 0, as if the system had just started, without a clock of that.
pub(crate) fn since_boot() -> u64 {
    let time = clock_gettime(ClockId::CLOCK_BOOTTIME).ok();
    let nanos = time.and_then(|time| {
        let seconds = u64::try_from(time.tv_sec()).ok()?;
        seconds
            .checked_mul(1_000_000_000)?
            .checked_add(u64::try_from(time.tv_nsec()).ok()?)
    });
    nanos.unwrap_or(0)
}

/// Prints processor time as `ps` does: `[DD-]HH:MM:SS`.
pub(crate) fn cpu_time(nanos: u64, cell: &mut Cell<'_>) {
    let seconds = nanos / 1_000_000_000;
    let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, seconds / 86400);
    if days > 0 {
        cell.number(days);
        cell.text("-");
    }
    cell.two_digits(hours);
    cell.text(":");
    cell.two_digits(minutes);
    cell.text(":");
    cell.two_digits(seconds % 60);
}

/// A time span in the unit that suits it: `8.5 ms`, `3.200 s`.
pub(crate) fn span(nanos: u64) -> String {
    match nanos {
        0..1_000_000 => format!("{:.1} us", nanos as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        _ => format!("{:.3} s", nanos as f64 / 1e9),
    }
}

/// A number of bytes in the unit that suits it.
pub(crate) fn size(bytes: u64) -> String {
    let mut text = Vec::new();
    Cell::new(&mut text).size(bytes);
    String::from_utf8_lossy(&text).into_owned()
}

/// The letter that `ps` and /proc use for a state.
pub(crate) fn state_letter(state: State) -> &'static str {
    match state {
        State::RUNNING => "R",
        State::SLEEPING => "S",
        State::DISK_SLEEP => "D",
        State::STOPPED => "T",
        State::TRACING_STOP => "t",
        State::DEAD => "X",
        State::ZOMBIE => "Z",
        State::PARKED => "P",
        State::IDLE => "I",
        _ => "?",
    }
}

/// How a task ended, from its wait status: `status 0`, `signal 9 (SIGKILL)`.
pub(crate) fn exit_code(status: i32) -> String {
    match status & 0x7f {
        0 => format!("status {}", (status >> 8) & 0xff),
        signal => {
            let name = nix::sys::signal::Signal::try_from(signal);
            let name = name.map_or_else(|_| String::new(), |name| format!(" ({name})"));
            let core = if status & 0x80 == 0 {
                ""
            } else {
                ", core dumped"
            };
            format!("signal {signal}{name}{core}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_shows_days_only_where_there_are_any() {
        let printed = |nanos| {
            let mut text = Vec::new();
            cpu_time(nanos, &mut Cell::new(&mut text));
            String::from_utf8(text).expect("UTF-8")
        };
        assert_eq!(printed(0), "00:00:00");
        assert_eq!(printed(3_723_999_999_999), "01:02:03");
        assert_eq!(printed(90_061 * 1_000_000_000), "1-01:01:01");
    }

    #[test]
    fn an_end_says_status_or_signal() {
        assert_eq!(exit_code(3 << 8), "status 3");
        assert_eq!(exit_code(9), "signal 9 (SIGKILL)");
        assert_eq!(exit_code(11 | 0x80), "signal 11 (SIGSEGV), core dumped");
        assert_eq!(exit_code(64), "signal 64");
    }
}
