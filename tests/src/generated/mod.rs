// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed messages of the test-only family, as `genlkit::generated` has them of the others.

pub mod genltest;
