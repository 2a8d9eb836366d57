// SPDX-License-Identifier: GPL-2.0-only

//! `event-follow` and `event-unfollow`: events that match, sent to the socket that asks.

use crate::{
    events::Hub,
    followers::{Filter, Follower},
    sys::{self, Owner, Source},
    taskdiag::{EventFollowRequest, EventTypeFlags, EventUnfollowRequest},
};
use kernel::prelude::*;

/// `CAP_SYS_ADMIN`.
const ADMIN: u32 = kernel::uapi::CAP_SYS_ADMIN;

/// Whose tasks the sender may be told of, `None` for all. `EPERM` where of none.
fn judge(req: &EventFollowRequest<'_>) -> Result<Option<Owner>> {
    let refuse = |text| {
        req.extack().text(text);
        EPERM
    };
    if !req.net().is_init_owned() {
        let text = c"events are not told in a network namespace of another user namespace";
        return Err(refuse(text));
    }
    if !sys::in_initial_pid_ns() {
        return Err(refuse(c"events are told in the initial pid namespace only"));
    }
    if req.capable(ADMIN) {
        return Ok(None);
    }
    let own = sys::own(req.opener()).ok_or_else(|| {
        refuse(c"another user has opened the socket, and one lacks CAP_SYS_ADMIN")
    })?;
    Ok(Some(own))
}

/// Has the sender's socket told what it asks for, instead of what it was.
pub(crate) fn follow(hub: &Hub, source: &Source, req: &EventFollowRequest<'_>) -> Result {
    let own = judge(req)?;
    let kinds = req.types().unwrap_or(EventTypeFlags::all());
    if kinds.is_empty() {
        let text = c"at least one type, or none said for all";
        return Err(req.reject(EventFollowRequest::TYPES, EINVAL, text));
    }
    let filter = match req.filter() {
        Some(filter) => Filter::new(&filter)?,
        None => Filter::default(),
    };
    let socket = req.socket().ok_or(ENOTCONN)?;
    let follower = Follower::new(kinds, own, filter);
    hub.follow(source, socket, follower).inspect_err(|&error| {
        if error == ENOSPC {
            let text = c"too many sockets follow events: 16 of a user, 896 of all users";
            req.extack().text(text);
        }
    })
}

/// Has the sender's socket told nothing any more.
pub(crate) fn unfollow(hub: &Hub, source: &Source, req: &EventUnfollowRequest<'_>) -> Result {
    let socket = req.socket().ok_or(ENOTCONN)?;
    if hub.unfollow(source, &socket) {
        return Ok(());
    }
    req.extack().text(c"this socket follows no events");
    Err(ENOENT)
}
