// SPDX-License-Identifier: GPL-2.0-only

//! `config-get` and `config-set`: what an administrator can set.

use crate::{
    sys::{Config, Source},
    taskdiag::{ConfigGetRequest, ConfigSetRequest},
};
use kernel::prelude::*;

/// Tells all settings.
pub(crate) fn get(source: &Source, req: &ConfigGetRequest<'_>) -> Result<genl::Sent> {
    req.reply(|m| {
        m.ring_size(source.size())
            .sensitive(Config::sensitive())
            .hidepid(Config::hidepid())
            .watches_max(Config::watches_max());
        Ok(())
    })
}

/// Sets what the request says: all of it, or nothing.
pub(crate) fn set(source: &Source, req: &ConfigSetRequest<'_>) -> Result {
    // First what can fail.
    if let Some(size) = req.ring_size() {
        source.resize(size).map_err(|error| {
            let text = c"no memory for a ring of this size";
            req.reject(ConfigSetRequest::RING_SIZE, error, text)
        })?;
    }
    if let Some(sensitive) = req.sensitive() {
        Config::set_sensitive(sensitive);
    }
    if let Some(hidepid) = req.hidepid() {
        Config::set_hidepid(hidepid);
    }
    if let Some(most) = req.watches_max() {
        Config::set_watches_max(most);
    }
    Ok(())
}
