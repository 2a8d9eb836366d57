// SPDX-License-Identifier: GPL-2.0-only

//! Objects that live in a network namespace.

pub(crate) mod dump;
pub(crate) mod new;
pub(crate) mod table;

use crate::{
    genltest::{ObjDelNtf, ObjDelRequest, ObjGetRequest},
    space::Space,
    Genltest,
};
use genl::{Batch, Gfp, Net, Sent};
use kernel::prelude::*;

/// Tells of one object.
pub(crate) fn get(space: &Space, req: &ObjGetRequest<'_>) -> Result<Sent> {
    let id = req.require(ObjGetRequest::ID)?;
    let found = space
        .objects()
        .with(|table| table.get(id).map(|object| (*object, table.generation())));
    let (object, generation) =
        found.ok_or_else(|| req.reject(ObjGetRequest::ID, ENOENT, c"no object of this number"))?;
    req.reply(|reply| {
        object.tell(generation, reply);
        Ok(())
    })
}

/// Removes an object, and tells who listens.
pub(crate) fn del(space: &Space, req: &ObjDelRequest<'_>) -> Result {
    let id = req.require(ObjDelRequest::ID)?;
    let found = space
        .objects()
        .with(|table| table.take(id).map(|object| (object, table.generation())));
    let (object, generation) =
        found.ok_or_else(|| req.reject(ObjDelRequest::ID, ENOENT, c"no object of this number"))?;
    req.notify::<ObjDelNtf>(|ntf| {
        object.tell(generation, ntf);
        Ok(())
    })
}

/// Removes what goes with a socket that was closed, and tells who listens.
pub(crate) fn released(space: &Space, net: &Net, portid: u32) {
    while let Some((object, generation)) = space.objects().with(|table| {
        let mine = |object: &&table::Object| object.bound == Some(portid);
        let id = table.all().find(mine)?.id;
        table.take(id).map(|object| (object, table.generation()))
    }) {
        let batch = Batch::<Genltest, ObjDelNtf>::one(Gfp::Kernel, |ntf| {
            object.tell(generation, ntf);
            Ok(())
        });
        // Who listens can find out by asking.
        let _ = batch.and_then(|batch| batch.multicast(net));
    }
}
