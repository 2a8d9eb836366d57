// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the turns took: per task and contender, in the floor's measure.

use super::contenders::Contenders;
use super::tasks::Task;

/// What one contender took for one task, each as the least tenth of its turns took at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Processor time, user and kernel, in nanoseconds.
    pub(crate) cpu: f64,
    /// The same as a multiple of the floor's.
    pub(crate) ratio: f64,
    /// Allocations, where they are counted.
    pub(crate) allocations: Option<f64>,
}

/// A contender's row: a cell for each task that it does.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Size of the program in bytes, where it is one of its own.
    pub(crate) size: Option<u64>,
    pub(crate) cells: Vec<Option<Cell>>,
}

/// All figures.
#[derive(Debug)]
pub(crate) struct Figures {
    /// What the cells of a row are for.
    pub(crate) tasks: Vec<Task>,
    /// The first is the floor's.
    pub(crate) rows: Vec<Row>,
}

/// One turn: task, contender, processor time and allocations of each doing.
struct Turn<'l> {
    task: &'l str,
    contender: usize,
    cpu: f64,
    allocations: Option<f64>,
}

impl<'l> Turn<'l> {
    /// Reads `TASK NAME COUNT WALL CPU ALLOCATIONS`, the last `-` where nobody counted; none where a line
    /// is something else.
    fn read(line: &'l str) -> Option<Self> {
        let mut words = line.split(' ');
        let task = words.next()?;
        let contender = words.next()?.parse().ok()?;
        let mut number = || words.next()?.parse::<f64>().ok();
        let (count, _wall, cpu) = (number()?, number()?, number()?);
        let allocations = words.next()?.parse::<f64>().ok();
        Some(Self {
            task,
            contender,
            cpu: cpu / count,
            allocations: allocations.map(|allocations| allocations / count),
        })
    }
}

impl Figures {
    /// Reads the lines of the rounds.
    pub(crate) fn read(lines: &[String], tasks: Vec<Task>, contenders: &Contenders) -> Self {
        let turns: Vec<_> = lines.iter().filter_map(|line| Turn::read(line)).collect();
        let mut rows = Vec::new();
        for (number, contender) in contenders.all.iter().enumerate() {
            let cells = tasks.iter().map(|task| {
                let task = task.name();
                let cpu = |number| lowest_tenth(&turns, &task, number, |turn| Some(turn.cpu));
                let cell = cpu(number)?;
                Some(Cell {
                    cpu: cell,
                    ratio: cell / cpu(0)?,
                    allocations: lowest_tenth(&turns, &task, number, |turn| turn.allocations),
                })
            });
            rows.push(Row {
                name: contender.name,
                size: contender.size,
                cells: cells.collect(),
            });
        }
        Self { tasks, rows }
    }
}

/// What a tenth of a contender's turns at a task took at most; the rest had company.
fn lowest_tenth(
    turns: &[Turn<'_>],
    task: &str,
    contender: usize,
    of: impl Fn(&Turn<'_>) -> Option<f64>,
) -> Option<f64> {
    let its = turns
        .iter()
        .filter(|turn| turn.task == task && turn.contender == contender);
    let mut took: Vec<_> = its.filter_map(of).collect();
    took.sort_by(f64::total_cmp);
    took.get(took.len() / 10).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_rounds_is_a_turn_and_no_other_line_is() {
        let turn = Turn::read("call 2 1600 8000000 6400000 3200").expect("a turn");
        assert_eq!((turn.task, turn.contender), ("call", 2));
        assert_eq!((turn.cpu, turn.allocations), (4000.0, Some(2.0)));
        let uncounted = Turn::read("start 2 5 8000000 6400000 -").expect("a turn");
        assert_eq!(uncounted.allocations, None);
        assert!(Turn::read("links: 1 read Some(2), not Some(3)").is_none());
    }

    #[test]
    fn the_tenth_of_many_turns_is_what_counts() {
        let turns: Vec<_> = (0..20)
            .map(|number| Turn {
                task: "call",
                contender: 0,
                cpu: f64::from(20 - number),
                allocations: None,
            })
            .collect();
        let cpu = |turn: &Turn<'_>| Some(turn.cpu);
        assert_eq!(lowest_tenth(&turns, "call", 0, cpu), Some(3.0));
        assert_eq!(lowest_tenth(&turns, "links", 0, cpu), None);
    }
}
