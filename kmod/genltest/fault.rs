// SPDX-License-Identifier: GPL-2.0-only

//! Errors of every kind.

use crate::{
    genltest::{
        FaultDoPolicy, FaultDumpRequest, FaultEntries, FaultInnerAttrs, FaultRequest, FaultText,
    },
    open::Open,
};
use genl::{Attrs, Extack};
use kernel::prelude::*;

/// Fails as it is told.
pub(crate) fn fault(req: &FaultRequest<'_>) -> Result {
    let errno = req.errno().unwrap_or(0);
    say(req.extack(), req.text(), errno);
    // Two attributes have the names of methods that the request has too.
    let attrs = req.attrs();
    attrs.blame(FaultRequest::BLAME);
    if let Some(number) = req.missing_() {
        miss(&attrs, number)?;
    }
    if let Some(inner) = req.missing_inner() {
        if inner.blame_().is_some() {
            (*inner).blame(FaultInnerAttrs::BLAME);
        } else {
            inner.missing(FaultInnerAttrs::DEMANDED);
        }
    }
    if let Some(cookie) = req.cookie() {
        req.extack().cookie(&cookie.to_ne_bytes());
    }
    outcome(errno)
}

/// Says that an attribute is missing, by its number.
fn miss(attrs: &Attrs<'_, FaultDoPolicy>, number: u32) -> Result {
    match number {
        1 => attrs.missing(FaultRequest::ERRNO),
        2 => attrs.missing(FaultRequest::TEXT),
        3 => attrs.missing(FaultRequest::BLAME),
        4 => attrs.missing(FaultRequest::MISSING),
        5 => attrs.missing(FaultRequest::MISSING_INNER),
        6 => attrs.missing(FaultRequest::COOKIE),
        _ => {
            let text = c"the operation has no attribute of this number";
            return Err(attrs.reject(FaultRequest::MISSING, EINVAL, text));
        }
    };
    Ok(())
}

fn say(extack: Extack<'_>, text: Option<FaultText>, errno: u32) {
    match text {
        None | Some(FaultText::None) => {}
        Some(FaultText::Fixed) => {
            extack.text(c"as it was asked for");
        }
        Some(FaultText::Formatted) => {
            extack.format(format_args!("errno {errno}, as it was asked for"));
        }
        Some(FaultText::Long) => {
            extack.format(format_args!("{errno:0>100}"));
        }
    }
}

pub(crate) fn outcome(errno: u32) -> Result {
    match i32::try_from(errno) {
        Ok(0) => Ok(()),
        Ok(errno) => Err(Error::from_errno(errno.wrapping_neg())),
        Err(_) => Err(EINVAL),
    }
}

/// A dump that fails.
pub struct Faults {
    next: u32,
    at: u32,
    errno: u32,
    text: Option<FaultText>,
    _open: Open,
}

impl Faults {
    /// Fails at once where no entry is asked for.
    pub(crate) fn start(req: &FaultDumpRequest<'_>, open: Open) -> Result<Self> {
        let errno = req.errno().unwrap_or(0);
        let Some(at) = req.at() else {
            say(req.extack(), req.text(), errno);
            outcome(errno)?;
            return Err(req.missing(FaultDumpRequest::AT));
        };
        Ok(Self {
            next: 0,
            at,
            errno,
            text: req.text(),
            _open: open,
        })
    }

    /// Sends entries up to the failure, then fails.
    pub(crate) fn part(&mut self, out: &mut FaultEntries<'_>) -> Result {
        while self.next < self.at {
            out.entry(|entry| {
                entry.index(self.next);
                Ok(())
            })?;
            self.next = self.next.wrapping_add(1);
        }
        say(out.extack(), self.text, self.errno);
        outcome(self.errno)
    }
}
