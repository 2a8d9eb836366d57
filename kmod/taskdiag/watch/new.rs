// SPDX-License-Identifier: GPL-2.0-only

//! `watch-new`: makes a watch, replaces one, or adds to one.

use super::{
    rules,
    table::{Name, Owner, Table, Watch},
    Space, Watches,
};
use crate::{
    sys::{Config, Trigger, View},
    taskdiag::{WatchMode, WatchNewRequest, WatchNtf},
    values::{listed, padded},
};
use genl::WeakNet;
use kernel::prelude::*;
use kernel::sync::{atomic::Relaxed, Arc};

/// What is to be done with the watch of a name.
#[derive(Clone, Copy)]
enum Change {
    /// Put one there, in the place of the one of this number, if any.
    Put(Option<u32>),
    /// Add processes to the one of this number.
    Append(u32),
}

/// Makes a watch or changes one, and tells who listens.
pub(crate) fn new(space: &Space, net: WeakNet, req: &WatchNewRequest<'_>) -> Result {
    let text = req.require(WatchNewRequest::NAME)?;
    if text.bytes().is_empty() {
        return Err(req.reject(WatchNewRequest::NAME, EINVAL, c"a watch has a name"));
    }
    if !req.net().is_of_current_user() {
        req.extack()
            .text(c"the network namespace is that of another user namespace than yours");
        return Err(EPERM);
    }
    let name: Name = padded(text.bytes());
    let pids = listed(|| req.pid())?;
    if pids.is_empty() && req.filter().is_none() {
        return Err(req.missing(WatchNewRequest::PID));
    }
    space.used.store(true, Relaxed);
    let replaced = space
        .watches
        .with(|table| match change(table, &name, req)? {
            Change::Append(id) => {
                append(table, id, &pids, req)?;
                tell(table, id, req).map(|()| None)
            }
            Change::Put(old) => {
                if old.is_none() && table.len() >= Config::watches_max() {
                    let text = c"the network namespace has as many watches as it may";
                    return Err(req.reject(WatchNewRequest::NAME, ENOSPC, text));
                }
                let watch = make(&space.watches, name, net, &pids, req)?;
                let id = watch.id;
                table.put(watch)?;
                let old = old.and_then(|old| table.take(old));
                tell(table, id, req).map(|()| old)
            }
        })?;
    // Not under the lock: it may take a while.
    drop(replaced);
    Ok(())
}

/// What the request wants of the watch that there is, or is not.
fn change(table: &Table, name: &Name, req: &WatchNewRequest<'_>) -> Result<Change> {
    let mode = req.mode().unwrap_or(WatchMode::CREATE | WatchMode::EXCL);
    let ways = [WatchMode::EXCL, WatchMode::REPLACE, WatchMode::APPEND];
    let mut chosen = ways.iter().filter(|way| mode.contains(**way));
    if chosen.next().is_some() && chosen.next().is_some() {
        let text = c"of excl, replace and append, one at most";
        return Err(req.reject(WatchNewRequest::MODE, EINVAL, text));
    }
    let Some(old) = table.named(name) else {
        if mode.contains(WatchMode::CREATE) {
            return Ok(Change::Put(None));
        }
        let text = c"there is no watch of this name, and mode does not say create";
        return Err(req.reject(WatchNewRequest::NAME, ENOENT, text));
    };
    if !mode.contains(WatchMode::REPLACE) && !mode.contains(WatchMode::APPEND) {
        let text = c"there is a watch of this name";
        return Err(req.reject(WatchNewRequest::NAME, EEXIST, text));
    }
    if old.is_of_another(req.socket().as_ref()) {
        let text = c"the watch is that of a socket that is open";
        return Err(req.reject(WatchNewRequest::NAME, EBUSY, text));
    }
    if mode.contains(WatchMode::REPLACE) {
        Ok(Change::Put(Some(old.id)))
    } else {
        Ok(Change::Append(old.id))
    }
}

/// Whether the request says more of a watch than its processes.
fn changes_more(req: &WatchNewRequest<'_>) -> bool {
    req.on().is_some()
        || req.oneshot()
        || req.persist()
        || req.rss_threshold().is_some()
        || req.cpu_threshold().is_some()
        || req.interval_ms().is_some()
        || req.filter().is_some()
}

/// Adds processes to a watch.
fn append(table: &mut Table, id: u32, pids: &[u32], req: &WatchNewRequest<'_>) -> Result {
    if changes_more(req) {
        let text = c"append adds processes and changes nothing else";
        return Err(req.reject(WatchNewRequest::MODE, EINVAL, text));
    }
    let watch = table.get_mut(id).ok_or(ENOENT)?;
    if watch.rules.filters {
        let text = c"a watch with a filter has no processes of its own";
        return Err(req.reject(WatchNewRequest::MODE, EINVAL, text));
    }
    add(&watch.trigger, pids, req)
}

/// Makes a watch as the request describes it.
fn make(
    home: &Arc<Watches>,
    name: Name,
    net: WeakNet,
    pids: &[u32],
    req: &WatchNewRequest<'_>,
) -> Result<Watch> {
    let socket = req.socket().ok_or(ENOTCONN)?;
    let on = req.require(WatchNewRequest::ON)?;
    let rules = rules::of(on, req)?;
    let view = View::new(req.opener(), None)?;
    let bounded = !req.capable(kernel::uapi::CAP_SYS_ADMIN);
    let trigger = Trigger::new(home.clone(), &rules, view, bounded).map_err(|error| {
        let text = match error {
            EMFILE => c"a user without CAP_SYS_ADMIN has at most 512 watches",
            ENFILE => c"users without CAP_SYS_ADMIN have at most 4096 watches together",
            ENOSPC => {
                let text = c"there are at most 64 watches with a filter";
                return req.reject(WatchNewRequest::FILTER, ENOSPC, text);
            }
            _ => return error,
        };
        req.reject(WatchNewRequest::NAME, ENOSPC, text)
    })?;
    add(&trigger, pids, req)?;
    Ok(Watch {
        id: rules.id,
        name,
        on,
        rules,
        oneshot: req.oneshot(),
        persist: req.persist(),
        owner: Some(Owner {
            socket,
            portid: req.portid(),
        }),
        fired: 0,
        lost: 0,
        net,
        trigger,
    })
}

/// Adds processes to a trigger.
fn add(trigger: &Trigger, pids: &[u32], req: &WatchNewRequest<'_>) -> Result {
    trigger.add(pids).map_err(|error| {
        let (error, text) = match error {
            ESRCH => {
                let text = c"no process with one of these pids that lives and that you may see";
                (ESRCH, text)
            }
            EPERM => {
                let text = c"how one of these processes ends is not for you to know";
                (EPERM, text)
            }
            ENOSPC => (ENOSPC, c"a watch has at most 1024 processes"),
            EMFILE => {
                let text = c"watches of a user without CAP_SYS_ADMIN have at most 8192 processes";
                (ENOSPC, text)
            }
            ENFILE => {
                let text =
                    c"watches of all users without CAP_SYS_ADMIN have at most 32768 processes";
                (ENOSPC, text)
            }
            _ => return error,
        };
        req.reject(WatchNewRequest::PID, error, text)
    })
}

/// Tells who listens, and the sender if it wants to hear, what a watch is now.
fn tell(table: &mut Table, id: u32, req: &WatchNewRequest<'_>) -> Result {
    let watch = table.get_mut(id).ok_or(ENOENT)?;
    let pids = watch.trigger.pids(None)?;
    req.notify::<WatchNtf>(|m| {
        watch.tell(&pids, false, m);
        Ok(())
    })
}
