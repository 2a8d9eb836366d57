// SPDX-License-Identifier: GPL-2.0-only

//! When a watch fires, as a request says it.

use crate::{
    sys::{Filter, Rules},
    taskdiag::{WatchGetReply, WatchNewRequest, WatchOnFlags},
};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

/// How often memory and processor time are looked at where nobody says, in milliseconds.
const INTERVAL: u32 = 1000;

/// The number of the last watch that was made.
static LAST: Atomic<u32> = Atomic::new(0);

/// Whether what is waited for is found out by looking at the processes again and again.
fn needs_looks(on: WatchOnFlags) -> bool {
    on.contains(WatchOnFlags::RSS_OVER) || on.contains(WatchOnFlags::CPU_OVER)
}

/// What processes a watch is for that names none; none for one that does.
fn filter_of(on: WatchOnFlags, req: &WatchNewRequest<'_>) -> Result<Option<Filter>> {
    let Some(filter) = req.filter() else {
        return Ok(None);
    };
    let refuse = |error, text| Err(req.reject(WatchNewRequest::FILTER, error, text));
    if req.pid().next().is_some() {
        return refuse(EINVAL, c"a watch has processes or a filter, not both");
    }
    if needs_looks(on) {
        return refuse(
            EINVAL,
            c"rss-over and cpu-over are of processes that pid names",
        );
    }
    // Its firings would go to a group that takes less than it takes to make it.
    if req.persist() {
        let text = c"a watch with a filter goes with the socket that made it";
        return Err(req.reject(WatchNewRequest::PERSIST, EINVAL, text));
    }
    if !req.capable(kernel::uapi::CAP_SYS_ADMIN) {
        return refuse(
            EPERM,
            c"a filter takes CAP_SYS_ADMIN: all that exec and end pay for it",
        );
    }
    Ok(Some(Filter::of_watch(&filter)))
}

/// The rules of a new watch that waits for `on`.
pub(crate) fn of(on: WatchOnFlags, req: &WatchNewRequest<'_>) -> Result<Rules> {
    if on.is_empty() {
        return Err(req.reject(WatchNewRequest::ON, EINVAL, c"a watch waits for something"));
    }
    let (rss, cpu) = (req.rss_threshold(), req.cpu_threshold());
    match (on.contains(WatchOnFlags::RSS_OVER), rss) {
        (true, None) => return Err(req.missing(WatchNewRequest::RSS_THRESHOLD)),
        (false, Some(_)) => {
            let text = c"goes with rss-over, which on does not say";
            return Err(req.reject(WatchNewRequest::RSS_THRESHOLD, EINVAL, text));
        }
        _ => {}
    }
    match (on.contains(WatchOnFlags::CPU_OVER), cpu) {
        (true, None) => return Err(req.missing(WatchNewRequest::CPU_THRESHOLD)),
        (false, Some(_)) => {
            let text = c"goes with cpu-over, which on does not say";
            return Err(req.reject(WatchNewRequest::CPU_THRESHOLD, EINVAL, text));
        }
        _ => {}
    }
    if req.interval_ms().is_some() && !needs_looks(on) {
        let text = c"goes with rss-over and cpu-over, neither of which on says";
        return Err(req.reject(WatchNewRequest::INTERVAL_MS, EINVAL, text));
    }
    let filter = filter_of(on, req)?;
    Ok(Rules {
        id: LAST.fetch_add(1, Relaxed).wrapping_add(1),
        on: on.bits(),
        rss: rss.unwrap_or(0),
        cpu: cpu.unwrap_or(0),
        interval: req.interval_ms().unwrap_or(INTERVAL),
        filters: filter.is_some(),
        filter: filter.unwrap_or(Filter::any()),
    })
}

/// Tells the thresholds and the filter of the rules of a watch that waits for `on`.
pub(crate) fn tell(on: WatchOnFlags, rules: &Rules, m: &mut WatchGetReply<'_>) {
    if on.contains(WatchOnFlags::RSS_OVER) {
        m.rss_threshold(rules.rss);
    }
    if on.contains(WatchOnFlags::CPU_OVER) {
        m.cpu_threshold(rules.cpu);
    }
    if needs_looks(on) {
        m.interval_ms(rules.interval);
    }
    if rules.filters {
        m.filter(|m| rules.filter.tell(m));
    }
}
