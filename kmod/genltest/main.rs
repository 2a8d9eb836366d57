// SPDX-License-Identifier: GPL-2.0-only

//! Answers what tests ask for: the family `genltest` has one of everything.
//!
//! Here the family's handler comes together; what belongs together has a file. The module has two
//! more families, `genltest-old` and `genltest-lax`.

use kernel::prelude::*;

mod array;
mod bulk;
mod check;
mod echo;
mod entry;
mod fault;
mod few;
#[path = "../generated/genltest.rs"]
pub mod genltest;
#[path = "../generated/genltest_lax.rs"]
pub mod genltest_lax;
mod guard;
mod lax;
mod mine;
mod note;
mod obj;
mod old;
mod open;
mod shape;
mod space;
mod state;
mod tick;

use genl::{Home, Net, Sent};
use genltest::*;
use lax::Lax;
use old::Old;

/// The family's handler.
pub struct Genltest;

genl::module_genl_family! {
    families: [genltest: Genltest, old: Old, genltest_lax: Lax],
    name: "genltest",
    authors: ["The genlkit authors"],
    description: "Answers what tests of generic netlink ask for",
    license: "GPL",
}

impl Handler for Genltest {
    type FaultDump = fault::Faults;
    type EntryDump = entry::Walk;
    type ObjGetDump = obj::dump::Walk;
    type StateDump = state::Once;
    type UnsAdminDump = state::Portid;
    type GuardHeld<'h> = guard::Guard<'h>;
    type Net = space::Space;
    type Socket = mine::Mine;

    const WATCHES_SOCKETS: bool = true;

    fn init(_: &'static ThisModule) -> impl PinInit<Self, Error> {
        Ok(Self)
    }

    fn echo(&self, req: EchoRequest<'_>) -> Result<Sent> {
        echo::echo(&req)
    }

    fn scalar(&self, req: ScalarRequest<'_>) -> Result<Sent> {
        echo::scalar(&req)
    }

    fn check(&self, req: CheckRequest<'_>) -> Result {
        check::check(&req)
    }

    fn shape(&self, req: ShapeRequest<'_>) -> Result<Sent> {
        shape::shape(&req)
    }

    fn fault(&self, req: FaultRequest<'_>) -> Result {
        fault::fault(&req)
    }

    fn fault_start(&self, req: FaultDumpRequest<'_>) -> Result<fault::Faults> {
        fault::Faults::start(&req, self.net_state(req.net())?.open())
    }

    fn fault_dump(faults: &mut fault::Faults, out: &mut FaultEntries<'_>) -> Result {
        faults.part(out)
    }

    fn bulk(&self, req: BulkRequest<'_>) -> Result<Sent> {
        bulk::bulk(&req)
    }

    fn entry_start(&self, req: EntryDumpRequest<'_>) -> Result<entry::Walk> {
        Ok(entry::Walk::start(&req, self.net_state(req.net())?.open()))
    }

    fn entry_dump(walk: &mut entry::Walk, out: &mut EntryEntries<'_>) -> Result {
        walk.part(out)
    }

    fn obj_new(&self, req: ObjNewRequest<'_>) -> Result {
        obj::new::new(self.net_state(req.net())?, &req)
    }

    fn obj_get(&self, req: ObjGetRequest<'_>) -> Result<Sent> {
        obj::get(self.net_state(req.net())?, &req)
    }

    fn obj_get_start(&self, req: ObjGetDumpRequest<'_>) -> Result<obj::dump::Walk> {
        let space = self.net_state(req.net())?;
        Ok(obj::dump::Walk::start(space, &req))
    }

    fn obj_get_dump(walk: &mut obj::dump::Walk, out: &mut ObjGetEntries<'_>) -> Result {
        walk.part(out)
    }

    fn obj_del(&self, req: ObjDelRequest<'_>) -> Result {
        obj::del(self.net_state(req.net())?, &req)
    }

    fn state(&self, req: StateRequest<'_>) -> Result<Sent> {
        state::state(self.net_state(req.net())?, &req)
    }

    fn state_start(&self, req: StateDumpRequest<'_>) -> Result<state::Once> {
        Ok(state::Once::start(self.net_state(req.net())?))
    }

    fn state_dump(once: &mut state::Once, out: &mut StateEntries<'_>) -> Result {
        once.part(out)
    }

    fn tick(&self, req: TickRequest<'_>) -> Result<Sent> {
        tick::tick(&req)
    }

    fn admin(&self, req: AdminRequest<'_>) -> Result<Sent> {
        let portid = req.portid();
        req.reply(|reply| {
            reply.portid(portid);
            Ok(())
        })
    }

    fn uns_admin(&self, req: UnsAdminRequest<'_>) -> Result<Sent> {
        let portid = req.portid();
        req.reply(|reply| {
            reply.portid(portid);
            Ok(())
        })
    }

    fn uns_admin_start(&self, req: UnsAdminDumpRequest<'_>) -> Result<state::Portid> {
        let open = self.net_state(req.net())?.open();
        Ok(state::Portid::start(req.portid(), open))
    }

    fn uns_admin_dump(portid: &mut state::Portid, out: &mut UnsAdminEntries<'_>) -> Result {
        portid.part(out)
    }

    fn gated(&self, req: GatedRequest<'_>) -> Result<Sent> {
        let portid = req.portid();
        req.reply(|reply| {
            reply.portid(portid);
            Ok(())
        })
    }

    fn array(&self, req: ArrayRequest<'_>) -> Result<Sent> {
        array::array(&req)
    }

    fn mine(&self, req: MineRequest<'_>) -> Result<Sent> {
        mine::mine(self.socket_state(&req)?, &req)
    }

    fn note(&self, req: NoteRequest<'_>) -> Result {
        note::note(&req)
    }

    fn guard_pre<'h>(&'h self, req: &GuardRequest<'h>) -> Result<guard::Guard<'h>> {
        guard::Guard::new(self.net_state(req.net())?, req)
    }

    fn guard(&self, req: GuardRequest<'_>, held: &mut guard::Guard<'_>) -> Result<Sent> {
        held.call(&req)
    }

    fn released(&self, net: &Net, portid: u32) {
        if let Ok(space) = self.net_state(net) {
            obj::released(space, net, portid);
        }
    }
}
