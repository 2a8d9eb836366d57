// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading the attributes of a known set, fast: they mostly come in the order of their numbers.

use super::{Attr, Attrs, Bitfield32, Bytes, FromAttr, Malformed, Nest, Number, Numbers, Reason};
use super::{Repeated, Str, TypeValue, after, align};
use crate::request::{Decode, Fields};
use crate::schema::AttrSet;
use core::mem;

/// Reads the attributes of a message or nest into the fields of a view.
///
/// Asked for each attribute of the set in turn, it hands over the one that comes next if it is
/// that, and does nothing otherwise. A sender that writes in the order of the set is read in one
/// turn, without a look-up; any other order takes more turns. What nobody asks for is skipped.
///
/// Nothing fails at once: after the first defect there is nothing more to read, and
/// [`Reader::finish`] tells.
///
/// ```
/// use genlkit::schema::{Attr, AttrSet};
/// use genlkit::wire::{Builder, Reader};
///
/// static SET: AttrSet = AttrSet {
///     name: "thing",
///     attrs: &[Attr::string(1, "name"), Attr::u32(2, "id")],
/// };
///
/// let mut buffer = [0; 64];
/// let mut builder = Builder::new(&mut buffer);
/// builder.u32(2, 1000);
/// builder.str(1, b"init");
///
/// let (mut name, mut id) = (None, None::<u32>);
/// let mut attrs = Reader::new(builder.finish()?, &SET);
/// while attrs.more() {
///     attrs.str(1, &mut name);
///     attrs.u32(2, &mut id);
/// }
/// attrs.finish()?;
/// assert_eq!((name.unwrap().as_bytes(), id), (&b"init"[..], Some(1000)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A `PLAIN` one takes attributes only as kernels of today write them: padded, nests marked as such,
/// and without other flags. What a whole message or nest needs is then little; [`read_fields`] begins
/// with it, and goes on with one that takes all that is right.
#[derive(Debug)]
pub struct Reader<'b, const PLAIN: bool = false> {
    rest: &'b [u8],
    /// What `rest` was long when the turn began.
    turn: usize,
    defect: Option<Malformed>,
    set: &'static AttrSet,
}

/// An attribute's header as one number, as it lies in memory.
#[inline(always)]
const fn head(len: u16, number: u16) -> u32 {
    let ([l0, l1], [n0, n1]) = (len.to_ne_bytes(), number.to_ne_bytes());
    u32::from_ne_bytes([l0, l1, n0, n1])
}

/// The bits of a header that are not flags.
const NO_FLAGS: u32 = head(0xffff, 0x3fff);

/// The bits of a header that are the attribute's number, and flags.
const NUMBER: u32 = head(0, 0xffff);

/// A header's flag that says that the attribute is a nest.
const NESTED: u16 = linux_raw_sys::netlink::NLA_F_NESTED as u16;

/// The largest view, in bytes, that is filled in the function that asks for it.
///
/// One that another function fills is moved where it is wanted. For a small view that costs more than
/// decoding it does (`cargo xtask bench user --task call`), presumably as fields that were just written
/// are read several at once; for a large one, less than having its decoder everywhere.
const SMALL: usize = 128;

/// Reads what a set's attributes decode to: once over what is as kernels write it, which mostly is
/// all, and then whatever is left, in any order.
///
/// # Errors
/// The first defect.
#[inline(always)]
pub fn read_fields<'b, T: Fields<'b>>(to: &mut T, attributes: &'b [u8]) -> Result<(), Malformed> {
    match size_of::<T>() {
        ..=SMALL => read_here(to, attributes),
        _ => read_apart(to, attributes),
    }
}

#[inline]
fn read_apart<'b, T: Fields<'b>>(to: &mut T, attributes: &'b [u8]) -> Result<(), Malformed> {
    read_here(to, attributes)
}

#[inline(always)]
fn read_here<'b, T: Fields<'b>>(to: &mut T, attributes: &'b [u8]) -> Result<(), Malformed> {
    let mut attrs = Reader::<true>::starting(attributes, T::SET);
    to.ask(&mut attrs);
    if attrs.rest.len() < Attr::HEADER_LEN {
        return attrs.finish();
    }
    if size_of::<T>() > SMALL {
        return read_others(to, attrs.rest);
    }
    let (whole, result) = read_others_of(mem::take(to), attrs.rest);
    *to = whole;
    result
}

/// Reads what is left of a small view. It is handed over and back, so that where nothing is left, which
/// mostly is so, its fields can stay in registers.
#[cold]
#[inline(never)]
fn read_others_of<'b, T: Fields<'b>>(mut view: T, left: &'b [u8]) -> (T, Result<(), Malformed>) {
    let result = read_others(&mut view, left);
    (view, result)
}

/// Reads what is left; there is no defect yet, which would have left nothing.
///
/// Apart, and given no more than it needs, so that the other keeps nothing in memory for its sake.
#[cold]
#[inline(never)]
fn read_others<'b, T: Fields<'b>>(to: &mut T, left: &'b [u8]) -> Result<(), Malformed> {
    let mut attrs = Reader::new(left, T::SET);
    while attrs.more() {
        to.ask(&mut attrs);
    }
    attrs.finish()
}

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $from:ident;)*) => { $(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name<T: From<$type>>(&mut self, number: u16, field: &mut Option<T>) {
            if let Some(bytes) = self.take(number) {
                *field = Some(<$type>::$from(bytes).into());
            }
        }
    )* };
}

// Everything is inlined, so that a view's fields are read without this struct ever being in
// memory: that is worth a factor of three.
impl<'b> Reader<'b> {
    /// Starts at the first attribute; `set` tells a length that cannot be from an attribute that
    /// nobody knows.
    #[inline(always)]
    pub fn new(attributes: &'b [u8], set: &'static AttrSet) -> Self {
        Self::starting(attributes, set)
    }
}

impl<'b, const PLAIN: bool> Reader<'b, PLAIN> {
    /// The bits of a header that count.
    const COUNT: u32 = if PLAIN {
        head(0xffff, 0xffff)
    } else {
        NO_FLAGS
    };

    #[inline(always)]
    fn starting(attributes: &'b [u8], set: &'static AttrSet) -> Self {
        Self {
            rest: attributes,
            turn: usize::MAX,
            defect: None,
            set,
        }
    }

    /// Begins a turn: whether there is anything left to ask for.
    #[inline(always)]
    pub fn more(&mut self) -> bool {
        if self.rest.len() == self.turn {
            match skip(self.rest, self.set) {
                Ok(rest) => self.rest = rest,
                Err(defect) => self.fail(defect),
            }
        }
        self.turn = self.rest.len();
        // Fewer bytes at the end than a header are ignored.
        self.turn >= Attr::HEADER_LEN
    }

    /// Tells whether all was well.
    ///
    /// # Errors
    /// The first defect.
    #[inline(always)]
    pub fn finish(self) -> Result<(), Malformed> {
        match self.defect {
            Some(defect) => Err(defect),
            None => Ok(()),
        }
    }

    scalars! {
        /// Reads an unsigned byte, if it comes next.
        u8: u8, from_ne_bytes;
        /// Reads an unsigned 16-bit number, if it comes next.
        u16: u16, from_ne_bytes;
        /// Reads an unsigned 32-bit number, if it comes next.
        u32: u32, from_ne_bytes;
        /// Reads an unsigned 64-bit number, if it comes next.
        u64: u64, from_ne_bytes;
        /// Reads a signed byte, if it comes next.
        s8: i8, from_ne_bytes;
        /// Reads a signed 16-bit number, if it comes next.
        s16: i16, from_ne_bytes;
        /// Reads a signed 32-bit number, if it comes next.
        s32: i32, from_ne_bytes;
        /// Reads a signed 64-bit number, if it comes next.
        s64: i64, from_ne_bytes;
        /// Reads a big-endian unsigned 16-bit number, if it comes next.
        u16_be: u16, from_be_bytes;
        /// Reads a big-endian unsigned 32-bit number, if it comes next.
        u32_be: u32, from_be_bytes;
        /// Reads a big-endian unsigned 64-bit number, if it comes next.
        u64_be: u64, from_be_bytes;
        /// Reads a big-endian signed 16-bit number, if it comes next.
        s16_be: i16, from_be_bytes;
        /// Reads a big-endian signed 32-bit number, if it comes next.
        s32_be: i32, from_be_bytes;
        /// Reads a big-endian signed 64-bit number, if it comes next.
        s64_be: i64, from_be_bytes;
        /// Reads a little-endian unsigned 16-bit number, if it comes next.
        u16_le: u16, from_le_bytes;
        /// Reads a little-endian unsigned 32-bit number, if it comes next.
        u32_le: u32, from_le_bytes;
        /// Reads a little-endian unsigned 64-bit number, if it comes next.
        u64_le: u64, from_le_bytes;
        /// Reads a little-endian signed 16-bit number, if it comes next.
        s16_le: i16, from_le_bytes;
        /// Reads a little-endian signed 32-bit number, if it comes next.
        s32_le: i32, from_le_bytes;
        /// Reads a little-endian signed 64-bit number, if it comes next.
        s64_le: i64, from_le_bytes;
    }

    /// Reads an unsigned number of 4 or 8 bytes, if it comes next.
    #[inline(always)]
    pub fn uint<T: From<u64>>(&mut self, number: u16, field: &mut Option<T>) {
        if let Some(bytes) = self.take(number) {
            *field = Some(u64::from(u32::from_ne_bytes(bytes)).into());
        } else if let Some(bytes) = self.take(number) {
            *field = Some(u64::from_ne_bytes(bytes).into());
        }
    }

    /// Reads a signed number of 4 or 8 bytes, if it comes next.
    #[inline(always)]
    pub fn sint<T: From<i64>>(&mut self, number: u16, field: &mut Option<T>) {
        if let Some(bytes) = self.take(number) {
            *field = Some(i64::from(i32::from_ne_bytes(bytes)).into());
        } else if let Some(bytes) = self.take(number) {
            *field = Some(i64::from_ne_bytes(bytes).into());
        }
    }

    /// Reads an attribute that says something by being there, if it comes next.
    #[inline(always)]
    pub fn flag(&mut self, number: u16, field: &mut bool) {
        if let Some([]) = self.take(number) {
            *field = true;
        }
    }

    /// Reads a string, if it comes next.
    #[inline(always)]
    pub fn str(&mut self, number: u16, field: &mut Option<Str<'b>>) {
        if let Some(payload) = self.take_any(number) {
            *field = Some(Str::until_nul(payload));
        }
    }

    /// Reads bytes, if they come next.
    #[inline(always)]
    pub fn bytes(&mut self, number: u16, field: &mut Option<Bytes<'b>>) {
        if let Some(payload) = self.take_any(number) {
            *field = Some(Bytes(payload));
        }
    }

    /// Reads bits with a mask of those that count, if they come next.
    #[inline(always)]
    pub fn bitfield32(&mut self, number: u16, field: &mut Option<Bitfield32>) {
        if let Some(bytes) = self.take(number) {
            *field = Some(Bitfield32::from_bytes(bytes));
        }
    }

    /// Reads a nest, if it comes next.
    #[inline(always)]
    pub fn nest<T: Decode<'b>>(&mut self, number: u16, field: &mut Option<T>) {
        if let Some(payload) = self.take_nest(number)
            && let Err(defect) = field.insert(T::default()).read(payload)
        {
            self.fail(defect);
        }
    }

    /// Notes the attributes of a number that can come more than once, as many as come next.
    #[inline(always)]
    pub fn repeated<T: FromAttr<'b>>(&mut self, number: u16, field: &mut Repeated<'b, T>) {
        loop {
            let from = Attrs::new(self.rest);
            // Each may be a nest or not.
            if self
                .take_any(number)
                .or_else(|| self.take_nest(number))
                .is_none()
            {
                return;
            }
            field.push(number, from);
        }
    }

    /// Notes the elements of an attribute that holds a numbered array, if it comes next.
    #[inline(always)]
    pub fn array<T: FromAttr<'b>>(&mut self, number: u16, field: &mut Repeated<'b, T>) {
        if let Some(payload) = self.take_nest(number) {
            *field = Repeated::array(payload);
        }
    }

    /// The same of a family that does not mark its nests as such.
    #[inline(always)]
    pub fn unmarked_array<T: FromAttr<'b>>(&mut self, number: u16, field: &mut Repeated<'b, T>) {
        if let Some(payload) = self.take_any(number) {
            *field = Repeated::array(payload);
        }
    }

    /// Reads a nest of a set that can hold itself, if it comes next.
    #[inline(always)]
    pub fn deep<T: Decode<'b>>(&mut self, number: u16, field: &mut Option<Nest<'b, T>>) {
        if let Some(payload) = self.take_nest(number) {
            *field = self.noted(Nest::new(payload));
        }
    }

    /// Reads numbers without headers, if they come next.
    #[inline(always)]
    pub fn numbers<T: Number>(&mut self, number: u16, field: &mut Option<Numbers<'b, T>>) {
        if let Some(payload) = self.take_any(number) {
            *field = self.noted(Numbers::new(number, payload));
        }
    }

    /// Reads a nest inside nests whose numbers mean `names`, if it comes next.
    pub fn type_value<T: Decode<'b>, const LEVELS: usize>(
        &mut self,
        number: u16,
        names: [&'static str; LEVELS],
        field: &mut Option<TypeValue<T, LEVELS>>,
    ) {
        if let Some(payload) = self.take_nest(number) {
            *field = self.noted(TypeValue::new(payload, names));
        }
    }

    /// What was decoded; notes a defect.
    #[inline(always)]
    fn noted<T>(&mut self, decoded: Result<T, Malformed>) -> Option<T> {
        decoded.map_err(|defect| self.fail(defect)).ok()
    }

    /// Takes the payload of attribute `number`, if that comes next and is that long.
    ///
    /// One look at the length left serves the header, which is compared as one number, and the
    /// payload. One that is longer than what is left is left to [`skip`].
    #[inline(always)]
    fn take<const N: usize>(&mut self, number: u16) -> Option<[u8; N]> {
        let len = Attr::HEADER_LEN + N;
        let attr = self.rest.get(..if PLAIN { align(len) } else { len })?;
        let (&header, payload) = attr.split_first_chunk()?;
        if u32::from_ne_bytes(header) & Self::COUNT != head(len as u16, number) {
            return None;
        }
        self.rest = after(self.rest, len);
        payload.get(..N)?.try_into().ok()
    }

    /// Takes the payload of attribute `number`, if that comes next.
    #[inline(always)]
    fn take_any(&mut self, number: u16) -> Option<&'b [u8]> {
        let next = u32::from_ne_bytes(*self.rest.first_chunk()?) & Self::COUNT;
        if next & NUMBER != head(0, number) {
            return None;
        }
        let [l0, l1, ..] = next.to_ne_bytes();
        let len = usize::from(u16::from_ne_bytes([l0, l1]));
        let (payload, rest) = if PLAIN {
            let (attr, rest) = self.rest.split_at_checked(align(len))?;
            (attr.get(Attr::HEADER_LEN..len)?, rest)
        } else {
            let payload = self.rest.get(Attr::HEADER_LEN..len)?;
            // The last one may lack the bytes that it would be padded with.
            (payload, after(self.rest, len))
        };
        self.rest = rest;
        Some(payload)
    }

    /// Takes the payload of nest `number`, if that comes next. Old families do not mark theirs.
    #[inline(always)]
    fn take_nest(&mut self, number: u16) -> Option<&'b [u8]> {
        self.take_any(if PLAIN { number | NESTED } else { number })
    }

    #[inline(always)]
    fn fail(&mut self, defect: Malformed) {
        self.defect = Some(defect);
        self.rest = &[];
    }
}

/// Skips the first attribute, which nobody has asked for: because the set does not have it, or
/// because its length is not what it must be.
#[cold]
#[inline(never)]
fn skip<'b>(attributes: &'b [u8], set: &AttrSet) -> Result<&'b [u8], Malformed> {
    let mut attrs = Attrs::new(attributes);
    if let Some(attr) = attrs.next().transpose()? {
        let known = set.attrs.iter().find(|known| known.number == attr.number());
        let len = attr.payload().len();
        if let Some(expected) = known.and_then(|known| known.len.defect(len)) {
            let reason = Reason::PayloadLength {
                attr: attr.number(),
                len,
                expected,
            };
            // At the header, because of a payload of no bytes nothing could be found.
            return Err(Malformed::new(attributes, reason));
        }
    }
    Ok(attrs.rest())
}
