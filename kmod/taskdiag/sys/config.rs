// SPDX-License-Identifier: GPL-2.0-only

//! What an administrator has set.

use super::bindings;
use crate::taskdiag::{Hidepid, Sensitive};
use genl::Enum;

/// The settings. Those that decide what a view may tell are read once, when it is made.
pub(crate) struct Config;

impl Config {
    /// Who is told sensitive groups.
    pub(crate) fn sensitive() -> Sensitive {
        // SAFETY: Reads a byte.
        let raw = unsafe { bindings::td_config_sensitive() };
        Sensitive::from_raw(raw.into()).unwrap_or(Sensitive::Admin)
    }

    /// Sets who is told sensitive groups, for views to come.
    pub(crate) fn set_sensitive(to: Sensitive) {
        // SAFETY: Writes a byte.
        unsafe { bindings::td_config_set_sensitive(to as u8) };
    }

    /// By what it is decided which tasks may be seen.
    pub(crate) fn hidepid() -> Hidepid {
        // SAFETY: Reads a byte.
        let raw = unsafe { bindings::td_config_hidepid() };
        Hidepid::from_raw(raw.into()).unwrap_or(Hidepid::Own)
    }

    /// Sets by what it is decided which tasks may be seen, for views to come.
    pub(crate) fn set_hidepid(to: Hidepid) {
        // SAFETY: Writes a byte.
        unsafe { bindings::td_config_set_hidepid(to as u8) };
    }

    /// How many watches a network namespace may have.
    pub(crate) fn watches_max() -> u32 {
        // SAFETY: Reads a word.
        unsafe { bindings::td_config_watches_max() }
    }

    /// Sets how many watches a network namespace may have; those that there are stay.
    pub(crate) fn set_watches_max(to: u32) {
        // SAFETY: Writes a word.
        unsafe { bindings::td_config_set_watches_max(to) };
    }
}
