// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables of a family: lists whose entries are read when they are asked for.

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};
use std::slice;
use std::sync::OnceLock;

/// What a [`Table`] can have. The name is stored first, so that it is found without the rest.
pub trait Named: Default + Serialize + Deserialize<'static> {
    /// The name in the spec.
    fn name(&self) -> &str;

    /// Whether its numbers are such as a spec can have, where they are reckoned with.
    fn is_sound(&self) -> bool {
        true
    }
}

/// A list of a family's parts, in the order of the spec.
///
/// Of a family that was [stored](super::Family::from_stored), a part is read when it is first asked
/// for. One that cannot be read, which nobody stores but who means harm, is an empty one.
pub struct Table<T>(Vec<Entry<T>>);

struct Entry<T> {
    /// What was stored of it; empty where it was made.
    stored: &'static [u8],
    made: OnceLock<Box<T>>,
}

/// The parts of a [`Table`].
pub struct Iter<'t, T>(slice::Iter<'t, Entry<T>>);

impl<T> Entry<T> {
    fn made(part: T) -> Self {
        Self {
            stored: &[],
            made: OnceLock::from(Box::new(part)),
        }
    }
}

impl<T: Named> Entry<T> {
    fn get(&self) -> &T {
        let read = || {
            let read: Option<T> = postcard::from_bytes(self.stored).ok();
            read.filter(T::is_sound).unwrap_or_default()
        };
        self.made.get_or_init(|| Box::new(read()))
    }

    fn is_named(&self, name: &str) -> bool {
        match self.made.get() {
            Some(made) => made.name() == name,
            None => postcard::take_from_bytes(self.stored)
                .is_ok_and(|(stored, _): (&[u8], _)| stored == name.as_bytes()),
        }
    }
}

impl<T: Named> Table<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The part at that place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index).map(Entry::get)
    }

    /// The first part.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.get(0)
    }

    /// All parts.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self.0.iter())
    }

    /// Where the first part of that name is; no part is read for it.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|entry| entry.is_named(name))
    }

    /// The first part of that name; no other is read for it.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&T> {
        let entry = self.0.iter().find(|entry| entry.is_named(name));
        entry.map(Entry::get)
    }

    /// Adds a part at the end.
    pub fn push(&mut self, part: T) {
        self.0.push(Entry::made(part));
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(parts: I) -> Self {
        Self(parts.into_iter().map(Entry::made).collect())
    }
}

impl<T: Named> Index<usize> for Table<T> {
    type Output = T;

    fn index(&self, index: usize) -> &T {
        self.0[index].get()
    }
}

impl<T: Named> IndexMut<usize> for Table<T> {
    fn index_mut(&mut self, index: usize) -> &mut T {
        let entry = &mut self.0[index];
        entry.get();
        entry.made.get_mut().expect("it was just made")
    }
}

impl<'t, T: Named> IntoIterator for &'t Table<T> {
    type Item = &'t T;
    type IntoIter = Iter<'t, T>;

    fn into_iter(self) -> Iter<'t, T> {
        self.iter()
    }
}

impl<'t, T: Named> Iterator for Iter<'t, T> {
    type Item = &'t T;

    fn next(&mut self) -> Option<&'t T> {
        self.0.next().map(Entry::get)
    }

    fn nth(&mut self, n: usize) -> Option<&'t T> {
        self.0.nth(n).map(Entry::get)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T: Named> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(Entry::get)
    }
}

impl<T: Named> ExactSizeIterator for Iter<'_, T> {}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Clone> Clone for Table<T> {
    fn clone(&self) -> Self {
        let entries = self.0.iter().map(|entry| Entry {
            stored: entry.stored,
            made: entry.made.clone(),
        });
        Self(entries.collect())
    }
}

impl<T: Named + PartialEq> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<T: Named + Eq> Eq for Table<T> {}

impl<T: Named + fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: Named> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Stored))
    }
}

/// A part as bytes, whose length is told before them.
struct Stored<'t, T>(&'t T);

impl<T: Serialize> Serialize for Stored<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = postcard::to_allocvec(self.0).map_err(ser::Error::custom)?;
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de: 'static, T: Named> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Read(PhantomData))
    }
}

struct Read<T>(PhantomData<T>);

impl<'de: 'static, T: Named> Visitor<'de> for Read<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of stored parts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Table<T>, A::Error> {
        // How many there are is only believed as far as they come.
        let mut entries = Vec::with_capacity(parts.size_hint().unwrap_or(0).min(1024));
        while let Some(stored) = parts.next_element::<&'de [u8]>()? {
            let made = OnceLock::new();
            entries.push(Entry { stored, made });
        }
        Ok(Table(entries))
    }
}
