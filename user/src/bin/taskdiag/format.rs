// SPDX-License-Identifier: MIT OR Apache-2.0
//! Times and states as people read them.

use genlkit::generated::taskdiag::State;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use nix::time::{ClockId, clock_gettime};

/// Turns times since boot into the time of day.
#[derive(Debug)]
pub(crate) struct Clock {
    now: Zoned,
    boot: Timestamp,
}

impl Clock {
    /// Reads the clocks, and the time zone.
    pub(crate) fn now() -> Self {
        let now = Timestamp::now();
        // Without a clock of boot time, times read as if the system had just started.
        let since_boot = clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(SignedDuration::ZERO, |t| {
            SignedDuration::new(t.tv_sec(), i32::try_from(t.tv_nsec()).unwrap_or(0))
        });
        let boot = now.checked_sub(since_boot).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            now: now.to_zoned(TimeZone::system()),
            boot,
        }
    }

    fn at(&self, nanos: u64) -> Zoned {
        let since_boot = SignedDuration::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX));
        let time = self.boot.checked_add(since_boot).unwrap_or(Timestamp::MAX);
        time.to_zoned(self.now.time_zone().clone())
    }

    /// When a task started: `14:05` today, `Mar07` this year, else `2024`.
    pub(crate) fn start(&self, nanos: u64) -> String {
        let time = self.at(nanos);
        let format = match () {
            () if time.date() == self.now.date() => "%H:%M",
            () if time.year() == self.now.year() => "%b%d",
            () => "%Y",
        };
        time.strftime(format).to_string()
    }

    /// When an event happened: `14:05:59.123456`.
    pub(crate) fn event(&self, nanos: u64) -> String {
        self.at(nanos).strftime("%H:%M:%S.%6f").to_string()
    }
}

/// Processor time as `ps` prints it: `[DD-]HH:MM:SS`.
pub(crate) fn cpu_time(nanos: u64) -> String {
    let seconds = nanos / 1_000_000_000;
    let (minutes, hours, days) = (seconds / 60 % 60, seconds / 3600 % 24, seconds / 86400);
    let days = if days == 0 {
        String::new()
    } else {
        format!("{days}-")
    };
    format!("{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// The letter that `ps` and /proc use for a state.
pub(crate) fn state_letter(state: State) -> char {
    match state {
        State::RUNNING => 'R',
        State::SLEEPING => 'S',
        State::DISK_SLEEP => 'D',
        State::STOPPED => 'T',
        State::TRACING_STOP => 't',
        State::DEAD => 'X',
        State::ZOMBIE => 'Z',
        State::PARKED => 'P',
        State::IDLE => 'I',
        _ => '?',
    }
}

/// A number, or a dash where it is absent.
pub(crate) fn or_dash(number: Option<u32>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_shows_days_only_where_there_are_any() {
        assert_eq!(cpu_time(0), "00:00:00");
        assert_eq!(cpu_time(3_723_999_999_999), "01:02:03");
        assert_eq!(cpu_time(90_061 * 1_000_000_000), "1-01:01:01");
    }
}
