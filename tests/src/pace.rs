// SPDX-License-Identifier: MIT OR Apache-2.0

//! How long tests wait, and how long they go on.

use std::{env, time::Duration};

/// How many times longer than on the stock kernel everything may take (`GENLKIT_PATIENCE`).
pub fn patience() -> u32 {
    let told = env::var("GENLKIT_PATIENCE").ok();
    told.and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// So many seconds of the stock kernel's.
pub fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into()) * patience()
}

/// `long` in a long run (`GENLKIT_LONG`, set by `cargo xtask test --long`), else `short`.
pub fn times<N>(short: N, long: N) -> N {
    if env::var_os("GENLKIT_LONG").is_some() {
        long
    } else {
        short
    }
}
