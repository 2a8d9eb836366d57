// SPDX-License-Identifier: GPL-2.0-only

//! Who asks, and what is told to them of tasks.

use super::{bindings, query::Query, Task};
use crate::taskdiag::Group;
use core::{mem::ManuallyDrop, ptr::NonNull, slice};
use kernel::{cred::Credential, error::to_result, prelude::*};

/// The most tasks that are told of at once.
pub(crate) const BATCH: usize = bindings::TD_BATCH as usize;

/// The bytes of varying length that go with tasks.
#[derive(Clone, Copy)]
pub(crate) struct Text<'t>(&'t [u8]);

impl<'t> Text<'t> {
    /// The bytes of a span.
    #[inline(always)]
    pub(crate) fn of(self, span: &bindings::td_span) -> &'t [u8] {
        let rest = self.0.get(span.at as usize..).unwrap_or(&[]);
        rest.get(..span.len as usize).unwrap_or(&[])
    }
}

/// Where what is told of tasks goes.
///
/// # Invariants
///
/// The pointer owns a room.
pub(crate) struct Room(NonNull<bindings::td_room>);

// SAFETY: A room is memory that any thread may use and free.
unsafe impl Send for Room {}

impl Room {
    /// For batches of tasks, of each of which these groups are told.
    pub(crate) fn for_dump(groups: Group) -> Result<Self> {
        Self::new(groups, BATCH as u32, false)
    }

    /// For one task, of which these groups are told.
    fn for_one(groups: Group) -> Result<Self> {
        Self::new(groups, 1, true)
    }

    fn new(groups: Group, tasks: u32, paths: bool) -> Result<Self> {
        // SAFETY: Allocates memory.
        let room = unsafe { bindings::td_room_new(groups.bits(), tasks, paths) };
        // INVARIANT: A new room is ours.
        NonNull::new(room).map(Self).ok_or(ENOMEM)
    }

    /// The most text that a task can have of which these groups are told, without paths, in bytes.
    pub(crate) fn text_of_one(groups: Group) -> u32 {
        // SAFETY: Computes a number.
        unsafe { bindings::td_text_max(groups.bits(), 1, false) }
    }

    #[inline(always)]
    fn raw(&self) -> &bindings::td_room {
        // SAFETY: By the invariant.
        unsafe { self.0.as_ref() }
    }

    /// The first `n` tasks, or all there is room for.
    #[inline(always)]
    fn tasks(&self, n: u32) -> &[Task] {
        let raw = self.raw();
        // SAFETY: There are as many tasks as the room says, zeroed or filled, which nobody changes
        // while the room is borrowed.
        unsafe { slice::from_raw_parts(raw.tasks, n.min(raw.max) as usize) }
    }

    /// The bytes that go with the tasks last told of.
    #[inline(always)]
    pub(crate) fn text(&self) -> Text<'_> {
        let raw = self.raw();
        // SAFETY: As above; a room without text has a pointer that is not null, for no bytes.
        Text(unsafe { slice::from_raw_parts(raw.text, raw.text_max as usize) })
    }

    /// The first task.
    pub(crate) fn task(&self) -> Option<&Task> {
        self.tasks(1).first()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the room is ours.
        unsafe { bindings::td_room_free(self.0.as_ptr()) };
    }
}

/// Who asks, as it was when they asked: what may be told to them, and in which namespaces' ids.
///
/// # Invariants
///
/// The pointer owns a view, which nobody changes.
pub(crate) struct View(NonNull<bindings::td_view>);

// SAFETY: A view holds counted references, which any thread may read and drop.
unsafe impl Send for View {}

impl View {
    /// A view of the current task, which asks through a socket that `opener` opened.
    ///
    /// Both must be allowed what is told. What may be seen is decided by the procfs of `procfs_fd`,
    /// which `EBADF` or `EINVAL` is about, or by the one at /proc. To be called while the request
    /// is handled.
    pub(crate) fn new(opener: &Credential, procfs_fd: Option<i32>) -> Result<Self> {
        let mut view = core::ptr::null_mut();
        // SAFETY: The credentials are valid; the function takes its own reference.
        to_result(unsafe {
            bindings::td_view_new(opener.as_ptr(), procfs_fd.unwrap_or(-1), &mut view)
        })?;
        // INVARIANT: A new view is ours.
        NonNull::new(view).map(Self).ok_or(ENOMEM)
    }

    pub(super) fn as_raw(&self) -> *const bindings::td_view {
        self.0.as_ptr()
    }

    /// Gives the view to who frees it.
    pub(super) fn into_raw(self) -> NonNull<bindings::td_view> {
        ManuallyDrop::new(self).0
    }

    /// # Safety
    ///
    /// The pointer must be what `into_raw` has returned, and nobody else's.
    pub(super) unsafe fn from_raw(view: NonNull<bindings::td_view>) -> Self {
        // INVARIANT: By the safety requirement.
        Self(view)
    }

    /// Tells of the task with this pid, if there is one that the view may know of, with paths as
    /// the current task sees them. May sleep.
    pub(crate) fn get(&self, pid: u32, groups: Group) -> Result<Option<Room>> {
        let room = Room::for_one(groups)?;
        // SAFETY: By the invariants, the view and the room are valid; the room is for paths, too.
        let found =
            unsafe { bindings::td_task_get(self.0.as_ptr(), pid, groups.bits(), room.0.as_ptr()) };
        Ok(found.then_some(room))
    }

    /// Tells of the next tasks from pid `next` on, at most `most`, and moves `next` behind them.
    /// May sleep.
    #[inline(always)]
    pub(crate) fn batch<'t>(
        &self,
        query: &Query,
        next: &mut u32,
        room: &'t mut Room,
        most: usize,
    ) -> (&'t [Task], Text<'t>) {
        // SAFETY: By the invariants, all are valid; the room is borrowed mutably.
        let n = unsafe {
            bindings::td_task_batch(
                self.0.as_ptr(),
                query.raw(),
                next,
                room.0.as_ptr(),
                most as u32,
            )
        };
        (room.tasks(n), room.text())
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: By the invariant, the view is ours.
        unsafe { bindings::td_view_free(self.0.as_ptr()) };
    }
}
