// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the host and guest test suites share.

#[cfg(feature = "guest")]
pub mod access_point;
pub mod child;
#[cfg(any(test, feature = "guest"))]
pub mod compare;
pub mod failing;
pub mod fault;
#[cfg(feature = "guest")]
pub mod fuzz;
pub mod generated;
#[cfg(feature = "guest")]
pub mod genlkit;
#[cfg(feature = "guest")]
pub mod genltest;
pub mod listener;
pub mod module;
pub mod multicast_router;
#[cfg(feature = "guest")]
pub mod netns;
pub mod pace;
pub mod page;
#[cfg(feature = "guest")]
pub mod peer;
#[cfg(any(test, feature = "guest"))]
pub mod program;
#[cfg(feature = "guest")]
pub mod radios;
pub mod raw;
pub mod ring;
#[cfg(feature = "guest")]
pub mod screen;
pub mod soon;
pub mod storm;
pub mod tasks;
pub mod tcp_info;
pub mod users;
pub mod watcher;
