// SPDX-License-Identifier: GPL-2.0-only

//! The module's second family, written by hand: it has what no spec of the `genetlink` schema can
//! have, bitfield32 and strings that need no NUL, and arrays of what the kernel's own generator
//! does not take.

use genl::{Be, Bitfield32, Entry, ItemArray, Key, NoAttrs, Text, Uint, Unterminated, Writer};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

/// The family.
pub(crate) enum Family {}

impl genl::Interface for Family {
    const NAME: &'static CStr = c"genltest-old";
    const VERSION: u8 = 2;
    const GROUPS: &'static [genl::MulticastGroup] = &[];
}

/// The family's handler: switches, each on or off.
pub(crate) struct Old(Atomic<u32>);

impl genl::Serve<Old> for Family {
    type Net = ();
    type Socket = ();

    const OPS: &'static [genl::SplitOp<Old>] = &[
        genl::SplitOp::of_do::<Switch>(),
        genl::SplitOp::of_do::<Reset>(),
        genl::SplitOp::of_do::<Lists>(),
    ];
    const WATCHES_SOCKETS: bool = false;

    fn init(_: &'static ThisModule) -> impl PinInit<Old, Error> {
        Ok(Old(Atomic::new(0)))
    }

    fn bind(_: &Old, _: usize) {}

    fn unbind(_: &Old, _: usize) {}

    fn released(_: &Old, _: &genl::Net, _: u32) {}
}

/// The switches that there are.
const ALL: u32 = 0xf;

/// What a request for [`Switch`] may hold.
pub(crate) enum SwitchPolicy {}

impl genl::Policy for SwitchPolicy {
    const ENTRIES: &'static [Entry] = &[
        Entry::REJECT,
        // 1: switches
        Entry::bitfield32(ALL),
        // 2: label
        Entry::of::<Unterminated>().max_len(8),
        // 3: count
        Entry::of::<u32>(),
    ];
}

const SWITCHES: Key<SwitchPolicy, Bitfield32> = Key::new(1);
const LABEL: Key<SwitchPolicy, Unterminated> = Key::new(2);
const COUNT: Key<SwitchPolicy, u32> = Key::new(3);

/// In replies only: a nest of as many numbers as `count` says.
const NUMBERS: u16 = 4;

/// Sets the switches that are selected; replies all, the label, and as many numbers as are asked
/// for.
pub(crate) enum Switch {}

impl genl::Op for Switch {
    type Family = Family;
    type Policy = SwitchPolicy;

    const CMD: u8 = 1;
    const PERM: genl::Perm = genl::Perm::Any;
}

impl genl::Do<Old> for Switch {
    fn call(old: &Old, req: genl::Request<'_, Self>) -> Result {
        let set = req.get(SWITCHES).unwrap_or_default();
        // Two at once may lose one's: this is a test's.
        let value = old.0.load(Relaxed) & !set.selector | set.value;
        old.0.store(value, Relaxed);
        let (label, count) = (req.get(LABEL), req.get(COUNT));
        req.reply::<SwitchReply<'_>>(|SwitchReply(to)| {
            let selector = ALL;
            to.bitfield32(SWITCHES.id(), Bitfield32 { value, selector });
            if let Some(label) = label {
                to.bytes(LABEL.id(), label);
            }
            if let Some(count) = count {
                to.number_list::<u32>(NUMBERS, 0..count);
            }
            Ok(())
        })
        .map(drop)
    }
}

/// A reply to [`Switch`].
pub(crate) struct SwitchReply<'w>(Writer<'w>);

impl genl::Builder for SwitchReply<'_> {
    type At<'w> = SwitchReply<'w>;

    const ROOM: usize = genl::total_size(size_of::<Bitfield32>());

    fn at(writer: Writer<'_>) -> SwitchReply<'_> {
        SwitchReply(writer)
    }
}

/// Sets all switches to off.
pub(crate) enum Reset {}

impl genl::Op for Reset {
    type Family = Family;
    type Policy = NoAttrs;

    const CMD: u8 = 2;
    const PERM: genl::Perm = genl::Perm::Admin;
}

impl genl::Do<Old> for Reset {
    fn call(old: &Old, _: genl::Request<'_, Self>) -> Result {
        old.0.store(0, Relaxed);
        Ok(())
    }
}

/// What a request for [`Lists`] may hold.
pub(crate) enum ListsPolicy {}

impl genl::Policy for ListsPolicy {
    const ENTRIES: &'static [Entry] = &[
        Entry::REJECT,
        // 1: ports
        Entry::of::<ItemArray<Be<u16>>>(),
        // 2: longs
        Entry::of::<ItemArray<i64>>(),
        // 3: either
        Entry::of::<ItemArray<Uint>>(),
        // 4: names
        Entry::of::<ItemArray<CStr>>(),
    ];
}

const PORTS: Key<ListsPolicy, ItemArray<Be<u16>>> = Key::new(1);
const LONGS: Key<ListsPolicy, ItemArray<i64>> = Key::new(2);
const EITHER: Key<ListsPolicy, ItemArray<Uint>> = Key::new(3);
const NAMES: Key<ListsPolicy, ItemArray<CStr>> = Key::new(4);

/// Returns arrays as they were understood; numbers of either size as numbers of 8 bytes.
pub(crate) enum Lists {}

impl genl::Op for Lists {
    type Family = Family;
    type Policy = ListsPolicy;

    const CMD: u8 = 3;
    const PERM: genl::Perm = genl::Perm::Any;
}

impl genl::Do<Old> for Lists {
    fn call(_: &Old, req: genl::Request<'_, Self>) -> Result {
        let ports = req.get(PORTS).transpose()?;
        let longs = req.get(LONGS).transpose()?;
        let either = req.get(EITHER).transpose()?;
        let names = req.get(NAMES).transpose()?;
        req.reply::<ListsReply<'_>>(|ListsReply(to)| {
            if let Some(ports) = ports.clone() {
                to.number_list::<Be<u16>>(PORTS.id(), ports);
            }
            if let Some(longs) = longs.clone() {
                to.number_list::<i64>(LONGS.id(), longs);
            }
            if let Some(either) = either.clone() {
                to.number_list::<u64>(EITHER.id(), either);
            }
            if let Some(names) = names.clone() {
                to.string_list(NAMES.id(), names.map(Text::bytes));
            }
            Ok(())
        })
        .map(drop)
    }
}

/// A reply to [`Lists`].
pub(crate) struct ListsReply<'w>(Writer<'w>);

impl genl::Builder for ListsReply<'_> {
    type At<'w> = ListsReply<'w>;

    const ROOM: usize = 0;

    fn at(writer: Writer<'_>) -> ListsReply<'_> {
        ListsReply(writer)
    }
}
