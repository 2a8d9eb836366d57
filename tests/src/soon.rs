// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events that come before long.

use crate::pace::seconds;
use genlkit::{
    client::{Event, Events},
    request::Notification,
    transport::Transport,
};
use std::time::Instant;

/// What comes next.
///
/// # Panics
///
/// If nothing does within ten seconds, or an error.
pub fn next<'e, N: Notification, T: Transport>(
    events: &'e mut Events<'_, N, T>,
) -> Event<N::At<'e>> {
    let deadline = Instant::now() + seconds(10);
    let event = events.next_until(deadline).expect("no error");
    event.expect("an event")
}
