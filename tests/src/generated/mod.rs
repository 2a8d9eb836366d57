// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages of the families that only tests load, as `genlkit::generated` has them of the
//! others.

pub mod genltest;
pub mod genltest_lax;
pub mod tally;
