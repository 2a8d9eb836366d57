// SPDX-License-Identifier: MIT OR Apache-2.0

//! Room on disk: said before the work begins, as compilers and linkers die of a full disk in words of their own.

use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use crate::Env;

const GIB: u64 = 1 << 30;
/// What all commands together write to `target` where nothing is built yet.
const TARGET: u64 = 6 * GIB;
/// What the toolchain root, the stock kernel and the modules take in an empty cache.
const CACHE: u64 = 5 * GIB;
/// What is to be left where all is built.
const WARM: u64 = GIB;

/// A directory that much is written to.
struct Place {
    dir: PathBuf,
    need: u64,
    elsewhere: &'static str,
}

/// A line for each place that has less room than the work may take.
pub(crate) fn scarce(env: &Env) -> Vec<String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| env.checkout.join("target"), PathBuf::from);
    let cache = env.cache.root();
    let need = |built: &Path, cold| if built.exists() { WARM } else { cold };
    let places = [
        Place {
            need: need(&target.join("x86_64-unknown-linux-gnu"), TARGET),
            dir: target,
            elsewhere: "CARGO_TARGET_DIR",
        },
        Place {
            need: need(&cache.join("kernel"), CACHE),
            dir: cache.to_owned(),
            elsewhere: "XDG_CACHE_HOME",
        },
    ];
    places.iter().filter_map(Place::scarce).collect()
}

impl Place {
    fn scarce(&self) -> Option<String> {
        let free = free(&self.dir)?;
        (free < self.need).then(|| {
            format!(
                "disk: {:.1} GiB are free for {}, where up to {:.0} GiB may be written: make room, \
                 or set {} to a directory that has more",
                free as f64 / GIB as f64,
                self.dir.display(),
                self.need as f64 / GIB as f64,
                self.elsewhere
            )
        })
    }
}

/// What is free to this user where the directory is, or will be.
fn free(dir: &Path) -> Option<u64> {
    let there = dir.ancestors().find(|dir| dir.exists())?;
    let stat = statvfs(there).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_room_names_what_moves_it() {
        let place = |need| Place {
            dir: std::env::temp_dir().join("not/yet/there"),
            need,
            elsewhere: "CARGO_TARGET_DIR",
        };
        assert_eq!(place(0).scarce(), None);
        let line = place(u64::MAX).scarce().expect("no disk has as much");
        assert!(line.contains("set CARGO_TARGET_DIR"), "{line}");
        assert!(line.contains("not/yet/there"), "{line}");
    }
}
