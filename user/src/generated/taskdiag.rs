// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from spec/taskdiag.yaml by `cargo xtask codegen`: edit that, not this.
//! Lists the tasks of the caller's pid namespace, typed and permission-aware, and tells
//! subscribers of their life: fork, exec, exit.

use crate::request::{self, Decode, Do, Dump, Request};
use crate::schema::{Attr, AttrSet, Family, Kind, Name, Op};
use crate::view::{View, Visitor, impl_enum, impl_flags, impl_view};
use crate::wire::{Builder, Bytes, Malformed, Reader, Str};

/// The family.
pub static FAMILY: Family = Family {
    name: uapi::TASKDIAG_FAMILY_NAME,
    version: uapi::TASKDIAG_FAMILY_VERSION,
    header_len: 0,
    ops: &[&PING, &TASK_GET, &TASK_NTF],
    groups: &[uapi::TASKDIAG_MCGRP_EVENTS],
};

/// Operation `ping`: Echoes a payload and tells the module's version.
pub static PING: Op = Op {
    family: &FAMILY,
    name: "ping",
    cmd: uapi::TASKDIAG_CMD_PING,
    attrs: &PING_ATTRS,
};

/// Operation `task-get`: Tells about one task (do), or about every process of the caller's pid
/// namespace that the caller may see (dump). A process alive throughout a dump appears exactly
/// once.
pub static TASK_GET: Op = Op {
    family: &FAMILY,
    name: "task-get",
    cmd: uapi::TASKDIAG_CMD_TASK_GET,
    attrs: &TASK_ATTRS,
};

/// Notification `task-ntf`: A task was created, replaced its program, or ended.
pub static TASK_NTF: Op = Op {
    family: &FAMILY,
    name: "task-ntf",
    cmd: uapi::TASKDIAG_CMD_TASK_NTF,
    attrs: &EVENT_ATTRS,
};

/// Attribute set `ping`.
pub static PING_ATTRS: AttrSet = AttrSet {
    name: "ping",
    attrs: &[
        Attr::any(uapi::TASKDIAG_A_PING_PAYLOAD, "payload", Kind::Binary),
        Attr::any(uapi::TASKDIAG_A_PING_VERSION, "version", Kind::String),
        Attr::fixed(uapi::TASKDIAG_A_PING_ABI, "abi", Kind::Unsigned, 4),
    ],
};

/// Attribute set `task`.
pub static TASK_ATTRS: AttrSet = AttrSet {
    name: "task",
    attrs: &[
        Attr::fixed(uapi::TASKDIAG_A_TASK_PID, "pid", Kind::Unsigned, 4),
        Attr::fixed(
            uapi::TASKDIAG_A_TASK_GROUPS,
            "groups",
            Kind::Flags(&GROUP),
            4,
        ),
        Attr::fixed(uapi::TASKDIAG_A_TASK_TGID, "tgid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_TASK_PPID, "ppid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_TASK_PGID, "pgid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_TASK_SID, "sid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_TASK_STATE, "state", Kind::Enum(&STATE), 1),
        Attr::any(uapi::TASKDIAG_A_TASK_COMM, "comm", Kind::String),
        Attr::either(
            uapi::TASKDIAG_A_TASK_START_TIME,
            "start-time",
            Kind::Unsigned,
        ),
        Attr::fixed(
            uapi::TASKDIAG_A_TASK_NTHREADS,
            "nthreads",
            Kind::Unsigned,
            4,
        ),
        Attr::fixed(uapi::TASKDIAG_A_TASK_FLAGS, "flags", Kind::Hex, 4),
        Attr::fixed(
            uapi::TASKDIAG_A_TASK_EXIT_CODE,
            "exit-code",
            Kind::Signed,
            4,
        ),
        Attr::any(uapi::TASKDIAG_A_TASK_CRED, "cred", Kind::Nest(&CRED_ATTRS)),
        Attr::any(uapi::TASKDIAG_A_TASK_CPU, "cpu", Kind::Nest(&CPU_ATTRS)),
        Attr::fixed(
            uapi::TASKDIAG_A_TASK_OMITTED,
            "omitted",
            Kind::Flags(&GROUP),
            4,
        ),
    ],
};

/// Attribute set `cred`.
pub static CRED_ATTRS: AttrSet = AttrSet {
    name: "cred",
    attrs: &[
        Attr::fixed(uapi::TASKDIAG_A_CRED_UID, "uid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_GID, "gid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_EUID, "euid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_EGID, "egid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_SUID, "suid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_SGID, "sgid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_FSUID, "fsuid", Kind::Unsigned, 4),
        Attr::fixed(uapi::TASKDIAG_A_CRED_FSGID, "fsgid", Kind::Unsigned, 4),
        Attr::either(uapi::TASKDIAG_A_CRED_CAP_EFF, "cap-eff", Kind::Hex),
        Attr::either(uapi::TASKDIAG_A_CRED_CAP_PRM, "cap-prm", Kind::Hex),
        Attr::either(uapi::TASKDIAG_A_CRED_CAP_INH, "cap-inh", Kind::Hex),
    ],
};

/// Attribute set `cpu`.
pub static CPU_ATTRS: AttrSet = AttrSet {
    name: "cpu",
    attrs: &[
        Attr::either(uapi::TASKDIAG_A_CPU_UTIME, "utime", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_STIME, "stime", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_RUNTIME, "runtime", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_MINFLT, "minflt", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_MAJFLT, "majflt", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_NVCSW, "nvcsw", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_CPU_NIVCSW, "nivcsw", Kind::Unsigned),
    ],
};

/// Attribute set `event`.
pub static EVENT_ATTRS: AttrSet = AttrSet {
    name: "event",
    attrs: &[
        Attr::fixed(
            uapi::TASKDIAG_A_EVENT_TYPE,
            "type",
            Kind::Enum(&EVENT_TYPE),
            1,
        ),
        Attr::either(uapi::TASKDIAG_A_EVENT_SEQ, "seq", Kind::Unsigned),
        Attr::either(uapi::TASKDIAG_A_EVENT_TIME, "time", Kind::Unsigned),
        Attr::fixed(uapi::TASKDIAG_A_EVENT_CPU, "cpu", Kind::Unsigned, 4),
        Attr::any(uapi::TASKDIAG_A_EVENT_TASK, "task", Kind::Nest(&TASK_ATTRS)),
        Attr::any(
            uapi::TASKDIAG_A_EVENT_PARENT,
            "parent",
            Kind::Nest(&TASK_ATTRS),
        ),
        Attr::either(uapi::TASKDIAG_A_EVENT_LOST, "lost", Kind::Unsigned),
    ],
};

static GROUP: [Name; 3] = [
    Name {
        value: 1,
        name: "base",
        doc: "The task's own attributes, from tgid to exit-code.",
    },
    Name {
        value: 2,
        name: "cred",
        doc: "User and group ids and capabilities.",
    },
    Name {
        value: 4,
        name: "cpu",
        doc: "Processor time, page faults and context switches.",
    },
];

static STATE: [Name; 9] = [
    Name {
        value: 0,
        name: "running",
        doc: "Running or ready to run (R).",
    },
    Name {
        value: 1,
        name: "sleeping",
        doc: "In an interruptible sleep (S).",
    },
    Name {
        value: 2,
        name: "disk-sleep",
        doc: "In an uninterruptible sleep (D).",
    },
    Name {
        value: 3,
        name: "stopped",
        doc: "Stopped by a signal (T).",
    },
    Name {
        value: 4,
        name: "tracing-stop",
        doc: "Stopped by a tracer (t).",
    },
    Name {
        value: 5,
        name: "dead",
        doc: "Exiting, and soon gone (X).",
    },
    Name {
        value: 6,
        name: "zombie",
        doc: "Exited, and not yet waited for (Z).",
    },
    Name {
        value: 7,
        name: "parked",
        doc: "A parked kernel thread (P).",
    },
    Name {
        value: 8,
        name: "idle",
        doc: "An idle kernel thread (I).",
    },
];

static EVENT_TYPE: [Name; 3] = [
    Name {
        value: 0,
        name: "fork",
        doc: "The task was created; parent is the task that created it.",
    },
    Name {
        value: 1,
        name: "exec",
        doc: "The task replaced its program.",
    },
    Name {
        value: 2,
        name: "exit",
        doc: "The task ended; exit-code tells how.",
    },
];

bitflags::bitflags! {
    /// Groups of task attributes that a request can ask for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Group: u32 {
        /// The task's own attributes, from tgid to exit-code.
        const BASE = 1;
        /// User and group ids and capabilities.
        const CRED = 2;
        /// Processor time, page faults and context switches.
        const CPU = 4;
        // Newer kernels may know more.
        const _ = !0;
    }
}

impl_flags!(Group, GROUP);

/// What a task is doing, as the letter in /proc/PID/stat tells it.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State(pub u32);

impl State {
    /// Running or ready to run (R).
    pub const RUNNING: Self = Self(0);
    /// In an interruptible sleep (S).
    pub const SLEEPING: Self = Self(1);
    /// In an uninterruptible sleep (D).
    pub const DISK_SLEEP: Self = Self(2);
    /// Stopped by a signal (T).
    pub const STOPPED: Self = Self(3);
    /// Stopped by a tracer (t).
    pub const TRACING_STOP: Self = Self(4);
    /// Exiting, and soon gone (X).
    pub const DEAD: Self = Self(5);
    /// Exited, and not yet waited for (Z).
    pub const ZOMBIE: Self = Self(6);
    /// A parked kernel thread (P).
    pub const PARKED: Self = Self(7);
    /// An idle kernel thread (I).
    pub const IDLE: Self = Self(8);
}

impl_enum!(State, STATE);

/// What happened to a task.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventType(pub u32);

impl EventType {
    /// The task was created; parent is the task that created it.
    pub const FORK: Self = Self(0);
    /// The task replaced its program.
    pub const EXEC: Self = Self(1);
    /// The task ended; exit-code tells how.
    pub const EXIT: Self = Self(2);
}

impl_enum!(EventType, EVENT_TYPE);

/// A request for `ping`: Echoes a payload and tells the module's version.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PingRequest<'a> {
    /// Bytes that come back as they were sent.
    pub payload: Option<Bytes<'a>>,
}

impl<'a> PingRequest<'a> {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that come back as they were sent.
    pub fn payload<T: AsRef<[u8]> + ?Sized>(mut self, value: &'a T) -> Self {
        self.payload = Some(Bytes(value.as_ref()));
        self
    }
}

impl Request for PingRequest<'_> {
    type Reply<'b> = Ping<'b>;

    const OP: &'static Op = &PING;

    fn encode(&self, to: &mut Builder<'_>) {
        if let Some(value) = self.payload {
            to.attr(uapi::TASKDIAG_A_PING_PAYLOAD, &value);
        }
    }
}

impl Do for PingRequest<'_> {}

/// A request for `task-get`: Tells about one task (do), or about every process of the caller's
/// pid namespace that the caller may see (dump). A process alive throughout a dump appears exactly
/// once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TaskGetRequest {
    /// The task's own id (a thread's id, where it is a thread).
    pub pid: Option<u32>,
    /// In a request, the groups of attributes to send; base alone when absent.
    pub groups: Option<Group>,
}

impl TaskGetRequest {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The task's own id (a thread's id, where it is a thread).
    pub fn pid(mut self, value: u32) -> Self {
        self.pid = Some(value);
        self
    }

    /// In a request, the groups of attributes to send; base alone when absent.
    pub fn groups(mut self, value: Group) -> Self {
        self.groups = Some(value);
        self
    }
}

impl Request for TaskGetRequest {
    type Reply<'b> = Task<'b>;

    const OP: &'static Op = &TASK_GET;

    fn encode(&self, to: &mut Builder<'_>) {
        if let Some(value) = self.pid {
            to.u32(uapi::TASKDIAG_A_TASK_PID, value);
        }
        if let Some(value) = self.groups {
            to.u32(uapi::TASKDIAG_A_TASK_GROUPS, value.bits());
        }
    }
}

impl Do for TaskGetRequest {}

/// A request for the dump of `task-get`: Tells about one task (do), or about every process of the
/// caller's pid namespace that the caller may see (dump). A process alive throughout a dump
/// appears exactly once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TaskGetDump {
    /// In a request, the groups of attributes to send; base alone when absent.
    pub groups: Option<Group>,
}

impl TaskGetDump {
    /// A request without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// In a request, the groups of attributes to send; base alone when absent.
    pub fn groups(mut self, value: Group) -> Self {
        self.groups = Some(value);
        self
    }
}

impl Request for TaskGetDump {
    type Reply<'b> = Task<'b>;

    const OP: &'static Op = &TASK_GET;

    fn encode(&self, to: &mut Builder<'_>) {
        if let Some(value) = self.groups {
            to.u32(uapi::TASKDIAG_A_TASK_GROUPS, value.bits());
        }
    }
}

impl Dump for TaskGetDump {}

/// The health check and what it answers.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Ping<'b> {
    /// Bytes that come back as they were sent.
    pub payload: Option<Bytes<'b>>,
    /// The module's version, as in its MODULE_VERSION.
    pub version: Option<Str<'b>>,
    /// The highest version of this interface that the module speaks.
    pub abi: Option<u32>,
}

impl<'b> Decode<'b> for Ping<'b> {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &PING_ATTRS);
        while attrs.more() {
            attrs.bytes(uapi::TASKDIAG_A_PING_PAYLOAD, &mut self.payload);
            attrs.str(uapi::TASKDIAG_A_PING_VERSION, &mut self.version);
            attrs.u32(uapi::TASKDIAG_A_PING_ABI, &mut self.abi);
        }
        attrs.finish()
    }
}

impl View for Ping<'_> {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("payload", self.payload)?;
        visitor.attr("version", self.version)?;
        visitor.attr("abi", self.abi)
    }
}

/// One task, with ids as the caller's pid and user namespaces see them, and what a request for
/// tasks says (an operation's requests and replies share one set).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Task<'b> {
    /// The task's own id (a thread's id, where it is a thread).
    pub pid: Option<u32>,
    /// The id of the process, which is its first thread's id.
    pub tgid: Option<u32>,
    /// The parent process's id, 0 where the caller's pid namespace does not know it.
    pub ppid: Option<u32>,
    /// The process group's id, 0 where the caller's pid namespace does not know it.
    pub pgid: Option<u32>,
    /// The session's id, 0 where the caller's pid namespace does not know it.
    pub sid: Option<u32>,
    /// What the task is doing.
    pub state: Option<State>,
    /// The command name that the task carries; may hold any bytes but NUL.
    pub comm: Option<Str<'b>>,
    /// Nanoseconds from boot (CLOCK_BOOTTIME) to the task's start. Together with pid it
    /// identifies a task.
    pub start_time: Option<u64>,
    /// Threads in the process.
    pub nthreads: Option<u32>,
    /// The kernel's PF_ flags of the task, as field 9 of /proc/PID/stat.
    pub flags: Option<u32>,
    /// The wait status of a task that ended (exit status << 8, or the signal), present on
    /// zombies and exit events.
    pub exit_code: Option<i32>,
    /// The cred group.
    pub cred: Option<Cred>,
    /// The cpu group.
    pub cpu: Option<Cpu>,
    /// Groups that were asked for and are not here, because they are denied or would block.
    pub omitted: Option<Group>,
}

impl<'b> Decode<'b> for Task<'b> {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &TASK_ATTRS);
        while attrs.more() {
            attrs.u32(uapi::TASKDIAG_A_TASK_PID, &mut self.pid);
            attrs.u32(uapi::TASKDIAG_A_TASK_TGID, &mut self.tgid);
            attrs.u32(uapi::TASKDIAG_A_TASK_PPID, &mut self.ppid);
            attrs.u32(uapi::TASKDIAG_A_TASK_PGID, &mut self.pgid);
            attrs.u32(uapi::TASKDIAG_A_TASK_SID, &mut self.sid);
            attrs.u8(uapi::TASKDIAG_A_TASK_STATE, &mut self.state);
            attrs.str(uapi::TASKDIAG_A_TASK_COMM, &mut self.comm);
            attrs.uint(uapi::TASKDIAG_A_TASK_START_TIME, &mut self.start_time);
            attrs.u32(uapi::TASKDIAG_A_TASK_NTHREADS, &mut self.nthreads);
            attrs.u32(uapi::TASKDIAG_A_TASK_FLAGS, &mut self.flags);
            attrs.s32(uapi::TASKDIAG_A_TASK_EXIT_CODE, &mut self.exit_code);
            attrs.nest(uapi::TASKDIAG_A_TASK_CRED, &mut self.cred);
            attrs.nest(uapi::TASKDIAG_A_TASK_CPU, &mut self.cpu);
            attrs.u32(uapi::TASKDIAG_A_TASK_OMITTED, &mut self.omitted);
        }
        attrs.finish()
    }
}

impl View for Task<'_> {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("pid", self.pid)?;
        visitor.attr("tgid", self.tgid)?;
        visitor.attr("ppid", self.ppid)?;
        visitor.attr("pgid", self.pgid)?;
        visitor.attr("sid", self.sid)?;
        visitor.attr("state", self.state)?;
        visitor.attr("comm", self.comm)?;
        visitor.attr("start-time", self.start_time)?;
        visitor.attr("nthreads", self.nthreads)?;
        visitor.attr("flags", self.flags)?;
        visitor.attr("exit-code", self.exit_code)?;
        visitor.attr("cred", self.cred)?;
        visitor.attr("cpu", self.cpu)?;
        visitor.attr("omitted", self.omitted)
    }
}

/// Whom a task acts for. Ids are those of the caller's user namespace.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Cred {
    /// Real user id.
    pub uid: Option<u32>,
    /// Real group id.
    pub gid: Option<u32>,
    /// Effective user id.
    pub euid: Option<u32>,
    /// Effective group id.
    pub egid: Option<u32>,
    /// Saved user id.
    pub suid: Option<u32>,
    /// Saved group id.
    pub sgid: Option<u32>,
    /// User id for file access.
    pub fsuid: Option<u32>,
    /// Group id for file access.
    pub fsgid: Option<u32>,
    /// Effective capabilities, a bit each.
    pub cap_eff: Option<u64>,
    /// Permitted capabilities, a bit each.
    pub cap_prm: Option<u64>,
    /// Inheritable capabilities, a bit each.
    pub cap_inh: Option<u64>,
}

impl<'b> Decode<'b> for Cred {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &CRED_ATTRS);
        while attrs.more() {
            attrs.u32(uapi::TASKDIAG_A_CRED_UID, &mut self.uid);
            attrs.u32(uapi::TASKDIAG_A_CRED_GID, &mut self.gid);
            attrs.u32(uapi::TASKDIAG_A_CRED_EUID, &mut self.euid);
            attrs.u32(uapi::TASKDIAG_A_CRED_EGID, &mut self.egid);
            attrs.u32(uapi::TASKDIAG_A_CRED_SUID, &mut self.suid);
            attrs.u32(uapi::TASKDIAG_A_CRED_SGID, &mut self.sgid);
            attrs.u32(uapi::TASKDIAG_A_CRED_FSUID, &mut self.fsuid);
            attrs.u32(uapi::TASKDIAG_A_CRED_FSGID, &mut self.fsgid);
            attrs.uint(uapi::TASKDIAG_A_CRED_CAP_EFF, &mut self.cap_eff);
            attrs.uint(uapi::TASKDIAG_A_CRED_CAP_PRM, &mut self.cap_prm);
            attrs.uint(uapi::TASKDIAG_A_CRED_CAP_INH, &mut self.cap_inh);
        }
        attrs.finish()
    }
}

impl View for Cred {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("uid", self.uid)?;
        visitor.attr("gid", self.gid)?;
        visitor.attr("euid", self.euid)?;
        visitor.attr("egid", self.egid)?;
        visitor.attr("suid", self.suid)?;
        visitor.attr("sgid", self.sgid)?;
        visitor.attr("fsuid", self.fsuid)?;
        visitor.attr("fsgid", self.fsgid)?;
        visitor.attr("cap-eff", self.cap_eff)?;
        visitor.attr("cap-prm", self.cap_prm)?;
        visitor.attr("cap-inh", self.cap_inh)
    }
}

/// What a task has used. On a process's entry the figures are of all its threads, ended
/// ones too.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Cpu {
    /// Nanoseconds in user mode.
    pub utime: Option<u64>,
    /// Nanoseconds in kernel mode.
    pub stime: Option<u64>,
    /// Nanoseconds on a processor, as the scheduler counts them.
    pub runtime: Option<u64>,
    /// Page faults that needed no I/O.
    pub minflt: Option<u64>,
    /// Page faults that needed I/O.
    pub majflt: Option<u64>,
    /// Voluntary context switches.
    pub nvcsw: Option<u64>,
    /// Involuntary context switches.
    pub nivcsw: Option<u64>,
}

impl<'b> Decode<'b> for Cpu {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &CPU_ATTRS);
        while attrs.more() {
            attrs.uint(uapi::TASKDIAG_A_CPU_UTIME, &mut self.utime);
            attrs.uint(uapi::TASKDIAG_A_CPU_STIME, &mut self.stime);
            attrs.uint(uapi::TASKDIAG_A_CPU_RUNTIME, &mut self.runtime);
            attrs.uint(uapi::TASKDIAG_A_CPU_MINFLT, &mut self.minflt);
            attrs.uint(uapi::TASKDIAG_A_CPU_MAJFLT, &mut self.majflt);
            attrs.uint(uapi::TASKDIAG_A_CPU_NVCSW, &mut self.nvcsw);
            attrs.uint(uapi::TASKDIAG_A_CPU_NIVCSW, &mut self.nivcsw);
        }
        attrs.finish()
    }
}

impl View for Cpu {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("utime", self.utime)?;
        visitor.attr("stime", self.stime)?;
        visitor.attr("runtime", self.runtime)?;
        visitor.attr("minflt", self.minflt)?;
        visitor.attr("majflt", self.majflt)?;
        visitor.attr("nvcsw", self.nvcsw)?;
        visitor.attr("nivcsw", self.nivcsw)
    }
}

/// What an event tells of a task.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EventTask<'b> {
    /// The task's own id (a thread's id, where it is a thread).
    pub pid: Option<u32>,
    /// The id of the process, which is its first thread's id.
    pub tgid: Option<u32>,
    /// The parent process's id, 0 where the caller's pid namespace does not know it.
    pub ppid: Option<u32>,
    /// The command name that the task carries; may hold any bytes but NUL.
    pub comm: Option<Str<'b>>,
    /// Nanoseconds from boot (CLOCK_BOOTTIME) to the task's start. Together with pid it
    /// identifies a task.
    pub start_time: Option<u64>,
    /// The wait status of a task that ended (exit status << 8, or the signal), present on
    /// zombies and exit events.
    pub exit_code: Option<i32>,
}

impl<'b> Decode<'b> for EventTask<'b> {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &TASK_ATTRS);
        while attrs.more() {
            attrs.u32(uapi::TASKDIAG_A_TASK_PID, &mut self.pid);
            attrs.u32(uapi::TASKDIAG_A_TASK_TGID, &mut self.tgid);
            attrs.u32(uapi::TASKDIAG_A_TASK_PPID, &mut self.ppid);
            attrs.str(uapi::TASKDIAG_A_TASK_COMM, &mut self.comm);
            attrs.uint(uapi::TASKDIAG_A_TASK_START_TIME, &mut self.start_time);
            attrs.s32(uapi::TASKDIAG_A_TASK_EXIT_CODE, &mut self.exit_code);
        }
        attrs.finish()
    }
}

impl View for EventTask<'_> {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("pid", self.pid)?;
        visitor.attr("tgid", self.tgid)?;
        visitor.attr("ppid", self.ppid)?;
        visitor.attr("comm", self.comm)?;
        visitor.attr("start-time", self.start_time)?;
        visitor.attr("exit-code", self.exit_code)
    }
}

/// Something that happened to a task.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Event<'b> {
    /// What happened.
    pub r#type: Option<EventType>,
    /// Counts events of all types from 1 without a gap but those that lost tells of.
    pub seq: Option<u64>,
    /// Nanoseconds since boot (CLOCK_BOOTTIME).
    pub time: Option<u64>,
    /// The processor that it happened on.
    pub cpu: Option<u32>,
    /// The task, with ids of the initial pid namespace.
    pub task: Option<EventTask<'b>>,
    /// On fork, the task that forked.
    pub parent: Option<EventTask<'b>>,
    /// Events lost in the module since the last one sent; absent when none.
    pub lost: Option<u64>,
}

impl<'b> Decode<'b> for Event<'b> {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &EVENT_ATTRS);
        while attrs.more() {
            attrs.u8(uapi::TASKDIAG_A_EVENT_TYPE, &mut self.r#type);
            attrs.uint(uapi::TASKDIAG_A_EVENT_SEQ, &mut self.seq);
            attrs.uint(uapi::TASKDIAG_A_EVENT_TIME, &mut self.time);
            attrs.u32(uapi::TASKDIAG_A_EVENT_CPU, &mut self.cpu);
            attrs.nest(uapi::TASKDIAG_A_EVENT_TASK, &mut self.task);
            attrs.nest(uapi::TASKDIAG_A_EVENT_PARENT, &mut self.parent);
            attrs.uint(uapi::TASKDIAG_A_EVENT_LOST, &mut self.lost);
        }
        attrs.finish()
    }
}

impl View for Event<'_> {
    fn visit<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        visitor.attr("type", self.r#type)?;
        visitor.attr("seq", self.seq)?;
        visitor.attr("time", self.time)?;
        visitor.attr("cpu", self.cpu)?;
        visitor.attr("task", self.task)?;
        visitor.attr("parent", self.parent)?;
        visitor.attr("lost", self.lost)
    }
}

impl_view!(Ping<'_>, Task<'_>, Cred, Cpu, EventTask<'_>, Event<'_>);

/// The notifications of the family.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Notification<'b> {
    /// A task was created, replaced its program, or ended.
    TaskNtf(Event<'b>),
    /// One that this program is too old to know.
    Unknown {
        /// The notification's number.
        cmd: u8,
        /// What follows the generic header.
        body: Bytes<'b>,
    },
}

impl request::Notification for Notification<'_> {
    type At<'b> = Notification<'b>;

    const FAMILY: &'static Family = &FAMILY;

    #[inline]
    fn decode(cmd: u8, body: &[u8]) -> Result<Notification<'_>, Malformed> {
        Ok(match cmd {
            uapi::TASKDIAG_CMD_TASK_NTF => Notification::TaskNtf(Event::decode(body)?),
            _ => Notification::Unknown {
                cmd,
                body: Bytes(body),
            },
        })
    }
}

/// The arguments of `ping`.
#[cfg(feature = "clap")]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PingArgs {
    /// Bytes that come back as they were sent.
    #[arg(long, value_parser = crate::args::bytes(..=8192))]
    pub payload: Option<crate::args::OwnedBytes>,
}

#[cfg(feature = "clap")]
impl PingArgs {
    /// The request that they say.
    pub fn request(&self) -> PingRequest<'_> {
        let mut request = PingRequest::new();
        request.payload = self.payload.as_ref().map(|value| value.as_bytes());
        request
    }
}

/// The arguments of `task-get`.
#[cfg(feature = "clap")]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TaskGetArgs {
    /// The task's own id (a thread's id, where it is a thread).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub pid: Option<u32>,
    /// In a request, the groups of attributes to send; base alone when absent.
    #[arg(long, value_parser = crate::args::flags::<Group>())]
    pub groups: Option<Group>,
}

#[cfg(feature = "clap")]
impl TaskGetArgs {
    /// The request that they say.
    pub fn request(&self) -> TaskGetRequest {
        TaskGetRequest {
            pid: self.pid,
            groups: self.groups,
        }
    }
}

/// The arguments of the dump of `task-get`.
#[cfg(feature = "clap")]
#[derive(Clone, Debug, Default, clap::Args)]
pub struct TaskGetDumpArgs {
    /// In a request, the groups of attributes to send; base alone when absent.
    #[arg(long, value_parser = crate::args::flags::<Group>())]
    pub groups: Option<Group>,
}

#[cfg(feature = "clap")]
impl TaskGetDumpArgs {
    /// The request that they say.
    pub fn request(&self) -> TaskGetDump {
        TaskGetDump {
            groups: self.groups,
        }
    }
}

/// Constants, under the names of the C header.
///
/// C header: `linux/taskdiag.h`
#[expect(
    missing_docs,
    reason = "what they number is documented where it is typed"
)]
pub mod uapi {
    pub const TASKDIAG_FAMILY_NAME: &str = "taskdiag";
    pub const TASKDIAG_FAMILY_VERSION: u8 = 1;

    pub const TASKDIAG_ABI: u32 = 1;
    pub const TASKDIAG_PAYLOAD_MAX: u32 = 8192;
    pub const TASKDIAG_COMM_MAX: u32 = 15;

    pub const TASKDIAG_GROUP_BASE: u32 = 1;
    pub const TASKDIAG_GROUP_CRED: u32 = 2;
    pub const TASKDIAG_GROUP_CPU: u32 = 4;
    pub const TASKDIAG_A_PING_PAYLOAD: u16 = 1;
    pub const TASKDIAG_A_PING_VERSION: u16 = 2;
    pub const TASKDIAG_A_PING_ABI: u16 = 3;
    pub const TASKDIAG_A_TASK_PID: u16 = 1;
    pub const TASKDIAG_A_TASK_GROUPS: u16 = 2;
    pub const TASKDIAG_A_TASK_TGID: u16 = 3;
    pub const TASKDIAG_A_TASK_PPID: u16 = 4;
    pub const TASKDIAG_A_TASK_PGID: u16 = 5;
    pub const TASKDIAG_A_TASK_SID: u16 = 6;
    pub const TASKDIAG_A_TASK_STATE: u16 = 7;
    pub const TASKDIAG_A_TASK_COMM: u16 = 8;
    pub const TASKDIAG_A_TASK_START_TIME: u16 = 9;
    pub const TASKDIAG_A_TASK_NTHREADS: u16 = 10;
    pub const TASKDIAG_A_TASK_FLAGS: u16 = 11;
    pub const TASKDIAG_A_TASK_EXIT_CODE: u16 = 12;
    pub const TASKDIAG_A_TASK_CRED: u16 = 13;
    pub const TASKDIAG_A_TASK_CPU: u16 = 14;
    pub const TASKDIAG_A_TASK_OMITTED: u16 = 15;
    pub const TASKDIAG_A_CRED_UID: u16 = 1;
    pub const TASKDIAG_A_CRED_GID: u16 = 2;
    pub const TASKDIAG_A_CRED_EUID: u16 = 3;
    pub const TASKDIAG_A_CRED_EGID: u16 = 4;
    pub const TASKDIAG_A_CRED_SUID: u16 = 5;
    pub const TASKDIAG_A_CRED_SGID: u16 = 6;
    pub const TASKDIAG_A_CRED_FSUID: u16 = 7;
    pub const TASKDIAG_A_CRED_FSGID: u16 = 8;
    pub const TASKDIAG_A_CRED_CAP_EFF: u16 = 9;
    pub const TASKDIAG_A_CRED_CAP_PRM: u16 = 10;
    pub const TASKDIAG_A_CRED_CAP_INH: u16 = 11;
    pub const TASKDIAG_A_CPU_UTIME: u16 = 1;
    pub const TASKDIAG_A_CPU_STIME: u16 = 2;
    pub const TASKDIAG_A_CPU_RUNTIME: u16 = 3;
    pub const TASKDIAG_A_CPU_MINFLT: u16 = 4;
    pub const TASKDIAG_A_CPU_MAJFLT: u16 = 5;
    pub const TASKDIAG_A_CPU_NVCSW: u16 = 6;
    pub const TASKDIAG_A_CPU_NIVCSW: u16 = 7;
    pub const TASKDIAG_A_EVENT_TYPE: u16 = 1;
    pub const TASKDIAG_A_EVENT_SEQ: u16 = 2;
    pub const TASKDIAG_A_EVENT_TIME: u16 = 3;
    pub const TASKDIAG_A_EVENT_CPU: u16 = 4;
    pub const TASKDIAG_A_EVENT_TASK: u16 = 5;
    pub const TASKDIAG_A_EVENT_PARENT: u16 = 6;
    pub const TASKDIAG_A_EVENT_LOST: u16 = 7;
    pub const TASKDIAG_CMD_PING: u8 = 1;
    pub const TASKDIAG_CMD_TASK_GET: u8 = 2;
    pub const TASKDIAG_CMD_TASK_NTF: u8 = 3;
    pub const TASKDIAG_MCGRP_EVENTS: &str = "events";
}
