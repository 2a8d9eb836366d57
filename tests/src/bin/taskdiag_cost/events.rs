// SPDX-License-Identifier: MIT OR Apache-2.0

//! What it costs to hear of each process that begins and ends: taskdiag's events beside the
//! connector of process events.

use crate::{
    forks::Forkers,
    hearers::{From, Hearer, Hearing},
    table::{Row, Table},
};
use genlkit_tests::module::Module;

/// Processes that begin and end, in a row.
const FORKS: u32 = 2000;

/// Events of these.
const EVENTS: f64 = 2.0 * FORKS as f64;

/// Instructions of an event, from the fork to the reader's buffer.
const BAR: f64 = 2500.0;

/// The columns.
const MORE: usize = 1;
const BUFFERED: usize = 2;
const RATE: usize = 3;

/// Who hears, and whether it decodes.
const HEARERS: &[(&str, From, bool)] = &[
    ("taskdiag: the group `events`", From::Group, false),
    ("taskdiag: followed", From::Follow, false),
    ("taskdiag: followed, decoded", From::Follow, true),
    ("proc connector", From::Connector, false),
];

/// What each event costs.
pub(crate) fn table(_: &[usize]) -> Table {
    let forkers = Forkers::new();
    let module = Module::named("taskdiag");
    // Nobody listens: a process costs what it does without the module, to the instruction.
    let free = |name, meanwhile: fn()| {
        let (without, with) = beside(&forkers, &module, meanwhile);
        Row {
            bar: Some((MORE, 0.0)),
            ..row(name, with, without)
        }
    };
    let mut rows = vec![
        free("taskdiag: nobody has listened", || ()),
        free("taskdiag: the last listener has left", || {
            drop(Hearing::begin(From::Group, false));
        }),
    ];
    module.unload_soon();
    let (least, together) = (forkers.least(), forkers.together(FORKS, None));
    module.load();
    rows.insert(0, row("no module", least, least));
    for &(name, from, decodes) in HEARERS {
        let hearing = Hearing::begin(from, decodes);
        let mut row = row(name, forkers.least(), least);
        let all = forkers.together(FORKS, Some(&hearing)) as f64;
        row.cells[BUFFERED] = Some((all - together as f64) / EVENTS);
        row.cells[RATE] = Some(EVENTS * 1e9 / all);
        if from != From::Connector && !decodes {
            row.bar = Some((BUFFERED, BAR));
        }
        rows.push(row);
    }
    let heads = [
        "a process",
        "more, an event",
        "to the buffer, an event",
        "events in 10^9",
    ];
    Table {
        unit: "instructions of a process that begins and ends",
        text: format!(
            "A process that begins and ends at once is two events. What it costs its parent at least, what \
             that is more for each event than without a module; what an event costs all together, up to the \
             reader's buffer, and how many there are in 1 000 000 000 instructions, those of the processes \
             included; the last two with {FORKS} processes in a row, and a reader that is woken for each datagram."
        ),
        heads: heads.map(String::from).to_vec(),
        rows,
    }
}

/// What a process costs at least without the module, and with it once something was done.
///
/// Other things change that, too, such as how many processes there ever were: what the module does
/// is what comes and goes with it.
fn beside(forkers: &Forkers, module: &Module, done: fn()) -> (u64, u64) {
    for _ in 0..8 {
        module.unload_soon();
        let before = forkers.least();
        module.load();
        done();
        let with = forkers.least();
        module.unload_soon();
        let after = forkers.least();
        module.load();
        if before == after {
            return (before, with);
        }
    }
    panic!("without the module, a process costs something else each time");
}

fn row(name: &str, cost: u64, without: u64) -> Row {
    let more = (cost as f64 - without as f64) / 2.0;
    Row::new(name, [Some(cost as f64), Some(more), None, None])
}

/// What is left of events that came while nobody read.
pub(crate) fn kept(_: &[usize]) -> Table {
    let forkers = Forkers::new();
    let rows = HEARERS.iter().filter(|(_, _, decodes)| !decodes);
    let rows = rows.map(|&(name, from, _)| {
        let mut hearer = Hearer::new(from, None);
        forkers.unheard(FORKS);
        let mut heard = 0;
        while let Some(events) = hearer.receive_soon() {
            heard += events;
        }
        // Who makes them begins and ends, too.
        Row::new(name, [Some(EVENTS + 2.0), Some(heard as f64)])
    });
    Table {
        unit: "events while the reader sleeps",
        text: "Of processes made as fast as one processor can, with queues and a ring of the usual sizes. \
               How many are missing, taskdiag tells."
            .into(),
        heads: ["happened", "reach the reader"].map(String::from).to_vec(),
        rows: rows.collect(),
    }
}
