// SPDX-License-Identifier: GPL-2.0-only

//! A table of objects by number.

use crate::{
    few::Few,
    genltest::{Colour, ObjGetReply, NAME_MAX},
};
use kernel::prelude::*;
use kernel::rbtree::RBTree;

/// How many values an object can have.
const VALUES_MAX: usize = 16;

/// An object.
#[derive(Clone, Copy)]
pub(crate) struct Object {
    pub(crate) id: u32,
    pub(crate) name: Few<u8, { NAME_MAX as usize }>,
    pub(crate) colour: Colour,
    pub(crate) values: Few<u32, VALUES_MAX>,
    /// The socket that it goes with.
    pub(crate) bound: Option<u32>,
}

impl Object {
    /// An object as it is when nothing is said about it.
    pub(crate) fn new(id: u32) -> Self {
        Self {
            id,
            name: Few::new(0),
            colour: Colour::Red,
            values: Few::new(0),
            bound: None,
        }
    }

    /// Tells about the object.
    #[inline]
    pub(crate) fn tell(&self, generation: u32, to: &mut ObjGetReply<'_>) {
        to.id(self.id).colour(self.colour).generation(generation);
        if self.bound.is_some() {
            to.bound();
        }
        to.name(self.name.as_slice());
        for value in self.values.as_slice() {
            to.values(*value);
        }
    }
}

/// Objects by number.
pub(crate) struct Table {
    all: RBTree<u32, Object>,
    len: u32,
    generation: u32,
}

impl Table {
    /// No objects.
    pub(crate) fn new() -> Self {
        Self {
            all: RBTree::new(),
            len: 0,
            generation: 1,
        }
    }

    /// How many objects there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// How often the table has changed, never 0.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    fn changed(&mut self) {
        self.generation = self.generation.wrapping_add(1).max(1);
    }

    /// All objects, by number.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.all.values()
    }

    /// The object of a number.
    pub(crate) fn get(&self, id: u32) -> Option<&Object> {
        self.all.get(&id)
    }

    /// The first object from a number on.
    pub(crate) fn first_from(&self, id: u32) -> Option<Object> {
        Some(*self.all.cursor_lower_bound(&id)?.current().1)
    }

    /// Puts an object in, in the place of one of the same number, if any.
    pub(crate) fn put(&mut self, object: Object) -> Result {
        let old = self
            .all
            .try_create_and_insert(object.id, object, GFP_KERNEL)?;
        if old.is_none() {
            self.len = self.len.wrapping_add(1);
        }
        self.changed();
        Ok(())
    }

    /// Takes an object out.
    pub(crate) fn take(&mut self, id: u32) -> Option<Object> {
        let object = self.all.remove(&id)?;
        self.len = self.len.wrapping_sub(1);
        self.changed();
        Some(object)
    }
}
