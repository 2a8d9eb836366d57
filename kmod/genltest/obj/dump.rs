// SPDX-License-Identifier: GPL-2.0-only

//! A dump of objects, which tells when they change meanwhile.

use crate::{
    genltest::{Colour, ObjGetDumpRequest, ObjGetEntries},
    open::Open,
    space::{Objects, Space},
};
use kernel::prelude::*;
use kernel::sync::Arc;

/// Where a dump is.
pub struct Walk {
    objects: Arc<Objects>,
    /// The number from which objects were not sent yet.
    next: u32,
    colour: Option<Colour>,
    per_part: u32,
    _open: Open,
}

impl Walk {
    /// Before the first object.
    pub(crate) fn start(space: &Space, req: &ObjGetDumpRequest<'_>) -> Self {
        Self {
            objects: space.objects().clone(),
            next: 0,
            colour: req.colour(),
            per_part: req.per_part().unwrap_or(u32::MAX),
            _open: space.open(),
        }
    }

    /// Sends the objects of one part.
    pub(crate) fn part(&mut self, out: &mut ObjGetEntries<'_>) -> Result {
        if self.colour.is_some() {
            out.filtered();
        }
        let objects = self.objects.clone();
        objects.with(|table| {
            let generation = table.generation();
            out.generation(generation);
            let mut left = self.per_part;
            while let Some(object) = table.first_from(self.next) {
                if self.colour.is_none_or(|colour| colour == object.colour) {
                    if left == 0 {
                        // What says that there is more to come.
                        return Err(EMSGSIZE);
                    }
                    out.entry(|entry| {
                        object.tell(generation, entry);
                        Ok(())
                    })?;
                    left = left.wrapping_sub(1);
                }
                match object.id.checked_add(1) {
                    Some(next) => self.next = next,
                    None => break,
                }
            }
            Ok(())
        })
    }
}
