// SPDX-License-Identifier: MIT OR Apache-2.0
//! What people write on the command line for numbers: users, sizes, times, states, cgroups.

use crate::format::state_letter;
use crate::users;
use genlkit::generated::taskdiag::{State, StateFlags};
use jiff::SignedDuration;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

/// A user's name, or a number.
pub(crate) fn user(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(uid) => Ok(uid),
        Err(_) => users::uid(text).ok_or_else(|| "no user has this name".to_owned()),
    }
}

/// A cgroup's number, or its directory, whose inode number that is.
pub(crate) fn cgroup(text: &str) -> Result<u64, String> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let root = Path::new("/sys/fs/cgroup");
    let found = std::fs::metadata(text)
        .or_else(|_| std::fs::metadata(root.join(text.trim_start_matches('/'))));
    match found {
        Ok(found) if found.is_dir() => Ok(found.ino()),
        Ok(_) => Err("a cgroup is a directory".to_owned()),
        Err(error) => Err(format!("neither here nor in {}: {error}", root.display())),
    }
}

/// Bytes: `4096`, `100M`, `1.5G`; units are powers of 1024.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wrong = || "a number, with K, M, G or T behind it or not".to_owned();
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[number.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(1 << unit).ok_or_else(wrong);
    }
    let parts: f64 = number.parse().map_err(|_| wrong())?;
    match parts.is_finite() && parts >= 0.0 {
        true => Ok((parts * (1_u64 << unit) as f64) as u64),
        false => Err(wrong()),
    }
}

/// A time span: `250ms`, `2m 30s`; a number alone is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string());
    }
    let span: SignedDuration = text
        .parse()
        .map_err(|_| "a time such as 250ms, 1.5s or 2m 30s".to_owned())?;
    Duration::try_from(span).map_err(|error| error.to_string())
}

/// The longest that anybody waits between two looks; clocks do not go on for ever.
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long to wait between two looks: a time span that is not nothing.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("more than nothing".to_owned()),
        interval if interval > YEAR => Err("a year at most".to_owned()),
        interval => Ok(interval),
    }
}

/// A time span in nanoseconds.
pub(crate) fn nanos(text: &str) -> Result<u64, String> {
    u64::try_from(duration(text)?.as_nanos()).map_err(|error| error.to_string())
}

/// A time span in milliseconds.
pub(crate) fn millis(text: &str) -> Result<u32, String> {
    u32::try_from(duration(text)?.as_millis()).map_err(|error| error.to_string())
}

/// Processor time in thousandths of one processor: `50%`, `250%`.
pub(crate) fn permille(text: &str) -> Result<u32, String> {
    let percent: f64 = text
        .trim_end_matches('%')
        .parse()
        .map_err(|_| "a percentage of one processor, such as 50% or 250%".to_owned())?;
    match (percent * 10.0).round() {
        thousandths if (1.0..=4e9).contains(&thousandths) => Ok(thousandths as u32),
        _ => Err("at least 0.1%".to_owned()),
    }
}

/// States by their letters, with or without commas between.
pub(crate) fn states(text: &str) -> Result<StateFlags, String> {
    let mut states = StateFlags::empty();
    for letter in text.chars().filter(|&c| c != ',') {
        let number = (0..=State::IDLE.0)
            .find(|&number| state_letter(State(number)).chars().eq([letter]))
            .ok_or_else(|| format!("{letter}: R, S, D, T, t, X, Z, P and I are known"))?;
        states |= StateFlags::from_bits_retain(1 << number);
    }
    match states.is_empty() {
        true => Err("R, S, D, T, t, X, Z, P, I".to_owned()),
        false => Ok(states),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_take_units_and_fractions() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("100M"), Ok(100 << 20));
        assert_eq!(size("1.5GiB"), Ok(3 << 29));
        for wrong in ["", "M", "1X", "-1", "99999999999T", "nan", "inf"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_take_units_and_seconds_alone() {
        assert_eq!(duration("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2m 30s"), Ok(Duration::from_secs(150)));
        assert!(duration("soon").is_err() && duration("-1s").is_err());
        assert!(interval("0").is_err());
        // No clock tells when that is over.
        assert!(interval("1e19").is_err());
    }

    #[test]
    fn states_are_letters() {
        let expected = StateFlags::RUNNING | StateFlags::ZOMBIE;
        assert_eq!(states("R,Z"), Ok(expected));
        assert_eq!(states("ZR"), Ok(expected));
        assert!(states("Q").is_err() && states("").is_err());
    }

    #[test]
    fn a_percentage_is_of_one_processor() {
        assert_eq!(permille("250%"), Ok(2500));
        assert_eq!(permille("0.1"), Ok(1));
        assert!(permille("0").is_err() && permille("much").is_err());
    }
}
