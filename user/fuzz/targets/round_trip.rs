// SPDX-License-Identifier: MIT OR Apache-2.0
//! `cargo +nightly fuzz run round_trip`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| genlkit_fuzz::round_trip(bytes));
