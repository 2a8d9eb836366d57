// SPDX-License-Identifier: GPL-2.0-only

//! Making and changing an object.

use super::table::Object;
use crate::{
    few::Few,
    genltest::{Mode, ObjNewRequest, ObjNtf},
    space::Space,
};
use kernel::prelude::*;

/// Makes, replaces or extends an object, and tells who listens.
pub(crate) fn new(space: &Space, req: &ObjNewRequest<'_>) -> Result {
    let id = req.require(ObjNewRequest::ID)?;
    let mode = req.mode().unwrap_or(Mode::CREATE | Mode::EXCL);
    let (object, generation) = space.objects().with(|table| {
        let object = match table.get(id) {
            Some(old) => existing(*old, mode, req)?,
            None => absent(id, mode, req)?,
        };
        table.put(object)?;
        Ok::<_, Error>((object, table.generation()))
    })?;
    req.notify::<ObjNtf>(|ntf| {
        object.tell(generation, ntf);
        Ok(())
    })
}

/// What becomes of an object that exists.
fn existing(old: Object, mode: Mode, req: &ObjNewRequest<'_>) -> Result<Object> {
    if mode.contains(Mode::EXCL) {
        let text = c"an object of this number exists";
        return Err(req.reject(ObjNewRequest::ID, EEXIST, text));
    }
    if mode.contains(Mode::REPLACE) {
        return described(Object::new(old.id), req);
    }
    let mut object = old;
    if !mode.contains(Mode::APPEND) && req.has(ObjNewRequest::VALUES) {
        object.values = Few::new(0);
    }
    described(object, req)
}

/// What is made where there is no object.
fn absent(id: u32, mode: Mode, req: &ObjNewRequest<'_>) -> Result<Object> {
    if !mode.contains(Mode::CREATE) {
        let text = c"no object of this number, and mode does not say create";
        return Err(req.reject(ObjNewRequest::ID, ENOENT, text));
    }
    described(Object::new(id), req)
}

/// The object with what the request says of it.
fn described(mut object: Object, req: &ObjNewRequest<'_>) -> Result<Object> {
    if let Some(name) = req.name() {
        object.name = Few::new(0);
        for byte in name.bytes() {
            object.name.push(*byte)?;
        }
    }
    if let Some(colour) = req.colour() {
        object.colour = colour;
    }
    for value in req.values() {
        object.values.push(value).map_err(|error| {
            req.reject(
                ObjNewRequest::VALUES,
                error,
                c"an object has at most 16 values",
            )
        })?;
    }
    if req.bound() {
        object.bound = Some(req.portid());
    }
    Ok(object)
}
