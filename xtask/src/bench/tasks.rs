// SPDX-License-Identifier: MIT OR Apache-2.0

//! What contenders do.

use clap::ValueEnum;

/// A task; its name on the command line is what the rounds call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// CTRL_CMD_GETFAMILY of the controller itself
    Call,
    /// 32 of them in one send
    Batch,
    /// TASKSTATS_CMD_GET of process 1, which only the machine's root may ask for
    Taskstats,
    /// All families
    Families,
    /// 2 000 addresses
    Addresses,
    /// 2 000 links
    Links,
    /// A program's start, one call, and its end
    Start,
}

impl Task {
    /// What the rounds call it.
    pub(crate) fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or(String::new(), |value| value.get_name().to_owned())
    }

    /// Whether it wants a network namespace of its own; the others are for that of the machine.
    pub(crate) fn wants_namespace(self) -> bool {
        self != Self::Taskstats
    }

    /// What a figure of it is for.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Call => "round trip, nlctrl",
            Self::Batch => "request of a batch of 32",
            Self::Taskstats => "round trip, TASKSTATS",
            Self::Families => "dump of all families",
            Self::Addresses => "dump of 2 000 addresses",
            Self::Links => "dump of 2 000 links",
            Self::Start => "start, one request, end",
        }
    }
}
