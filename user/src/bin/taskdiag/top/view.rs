// SPDX-License-Identifier: MIT OR Apache-2.0
//! The screen: what the state of it looks like.

use super::app::{App, Line as Item, Mode, Overlay};
use super::cgroups::Cgroup;
use super::keys::HELP;
use crate::format::size;
use genlkit::generated::taskdiag::State;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

/// How many lines the head has: what there is, the titles.
const HEAD: u16 = 5;

/// How many lines of the list are on a screen of this height.
pub(super) fn page(height: u16) -> usize {
    height.saturating_sub(HEAD + 1).into()
}

const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);
const REVERSED: Style = Style::new().add_modifier(Modifier::REVERSED);
const DIM: Style = Style::new().add_modifier(Modifier::DIM);

/// Draws the screen.
pub(super) fn draw(app: &mut App, frame: &mut Frame<'_>) {
    let rows = [
        Constraint::Length(HEAD - 1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
    ];
    let [head, titles, list, foot] = Layout::vertical(rows).areas(frame.area());
    app.scroll(list.height.into());
    frame.render_widget(Paragraph::new(summary(app)), head);
    frame.render_widget(Paragraph::new(title(app)).style(REVERSED), titles);
    let shown = app.offset..app.lines.len().min(app.offset + usize::from(list.height));
    let selected = app.position();
    let lines: Vec<Line<'_>> = shown
        .map(|at| {
            let line = item(app, at, list.width.into());
            if selected == Some(at) {
                line.style(REVERSED)
            } else {
                line
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), list);
    frame.render_widget(Paragraph::new(footer(app, foot.width.into())), foot);
    match &app.overlay {
        Overlay::None | Overlay::Filter => {}
        Overlay::Help => {
            let lines = HELP.iter().map(|(keys, what)| format!("{keys:<15} {what}"));
            popup(frame, " Keys ", &lines.collect::<Vec<_>>(), 0);
        }
        Overlay::Details { lines, top } => popup(frame, " Task ", lines, *top),
    }
}

/// Draws lines in a box over the middle of the screen, from the line `top` on.
fn popup(frame: &mut Frame<'_>, title: &str, lines: &[String], top: usize) {
    let screen = frame.area();
    let width = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or(0);
    let width = u16::try_from(width + 4)
        .unwrap_or(u16::MAX)
        .min(screen.width);
    let height = u16::try_from(lines.len() + 2)
        .unwrap_or(u16::MAX)
        .min(screen.height);
    let area = Rect {
        x: (screen.width - width) / 2,
        y: (screen.height - height) / 2,
        width,
        height,
    };
    let lines: Vec<Line<'_>> = lines
        .iter()
        .skip(top)
        .map(|line| Line::raw(format!(" {line}")))
        .collect();
    frame.render_widget(Clear, area);
    frame.render_widget(
        Paragraph::new(lines).block(Block::bordered().title(title)),
        area,
    );
}

/// What there is, in four lines.
fn summary(app: &App) -> Vec<Line<'static>> {
    let machine = &app.snapshot.machine;
    let minutes = machine.uptime.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let days = if days == 0 {
        String::new()
    } else {
        format!("{days} d ")
    };
    let (one, five, fifteen) = machine.load;
    let mut counts = [0_u64; 4];
    let (mut threads, mut cpu) = (0, 0);
    for task in &app.snapshot.tasks {
        let kind = match task.state {
            State::RUNNING => 0,
            State::STOPPED | State::TRACING_STOP => 2,
            State::ZOMBIE | State::DEAD => 3,
            _ => 1,
        };
        counts[kind] += 1;
        threads += task.threads;
        cpu += task.cpu;
    }
    let [running, sleeping, stopped, zombie] = counts;
    let tasks = app.snapshot.tasks.len();
    let total = match app.threads {
        true => format!("Threads: {tasks}"),
        false => format!("Tasks: {tasks} ({threads} threads)"),
    };
    let used = machine.memory.saturating_sub(machine.available);
    vec![
        Line::from(vec![
            Span::styled("taskdiag top", BOLD),
            format!(" up {days}{hours:02}:{minutes:02}, load {one:.2} {five:.2} {fifteen:.2}")
                .into(),
        ]),
        Line::raw(format!(
            "{total}: {running} running, {sleeping} sleeping, {stopped} stopped, {zombie} zombie"
        )),
        Line::raw(format!(
            "Cpu: {}.{}% of {}%   Memory: {} of {}, {} available",
            cpu / 10,
            cpu % 10,
            machine.processors * 100,
            size(used),
            size(machine.memory),
            size(machine.available)
        )),
        Line::raw(losses(app)),
    ]
}

/// What is not on the screen: what was withheld, and lost.
fn losses(app: &App) -> String {
    let lost = match app.snapshot.lost {
        None => "-".to_owned(),
        Some(lost) => lost.to_string(),
    };
    let withheld = app.snapshot.withheld.iter();
    let withheld: Vec<_> = withheld
        .map(|(group, tasks)| format!("{group} of {tasks}"))
        .collect();
    let withheld = if withheld.is_empty() {
        "nothing".to_owned()
    } else {
        withheld.join(", ")
    };
    format!("Withheld: {withheld}   Lost events: {lost}")
}

/// The titles of the columns.
fn title(app: &App) -> Line<'static> {
    if app.mode == Mode::Cgroups {
        return Line::raw(" TASKS  %CPU   RSS CGROUP");
    }
    let last = app.columns.len().saturating_sub(1);
    let titles = app.columns.iter().enumerate().map(|(index, column)| {
        let text = column.heading(index == last);
        match column.name == app.sort {
            true => Span::styled(text, BOLD.add_modifier(Modifier::UNDERLINED)),
            false => Span::raw(text),
        }
    });
    Line::from(titles.collect::<Vec<_>>())
}

/// A line of the list.
fn item(app: &mut App, at: usize, width: usize) -> Line<'static> {
    match app.lines.get(at) {
        Some(Item::Cgroup(cgroup)) => {
            let Cgroup {
                id,
                tasks,
                cpu,
                rss,
            } = *cgroup;
            let name = app.paths.name(id);
            let (whole, part, rss) = (cpu / 10, cpu % 10, size(rss));
            Line::raw(format!("{tasks:>6} {whole:>3}.{part} {rss:>5} {name}"))
        }
        Some(Item::Task { index, branches }) => {
            let state = app.snapshot.tasks.get(*index).map(|task| task.state);
            let count = app.columns.len();
            let mut text = Vec::with_capacity(width);
            for (number, value) in app.snapshot.values(*index, count).enumerate() {
                let Some(column) = app.columns.get(number) else {
                    break;
                };
                if column.is_command() {
                    text.extend_from_slice(branches.as_bytes());
                }
                let is_last = number + 1 == count;
                column.print(&value, &mut app.names, is_last, &mut text);
                if !is_last {
                    text.push(b' ');
                }
            }
            let line = Line::raw(String::from_utf8_lossy(&text).into_owned());
            match state {
                Some(State::RUNNING) => line.style(BOLD),
                Some(State::IDLE | State::ZOMBIE | State::DEAD) => line.style(DIM),
                _ => line,
            }
        }
        None => Line::default(),
    }
}

/// Keys worth a mention, what is wanted most first.
const KEYS: [&str; 7] = [
    "q quit",
    "? keys",
    "/ filter",
    "<> sort",
    "t tree",
    "H threads",
    "C cgroups",
];

/// What is set, and as many of the keys that can be pressed as there is room for.
fn footer(app: &App, width: usize) -> Line<'static> {
    if app.overlay == Overlay::Filter {
        return Line::raw(format!(
            "Filter: {}_  (Enter keeps it, Esc forgets it)",
            app.filter
        ));
    }
    let mut set = Vec::new();
    if app.paused {
        set.push("paused".to_owned());
    }
    if !app.filter.is_empty() {
        set.push(format!("filter: {}", app.filter));
    }
    if let Some(id) = app.cgroup {
        set.push(format!("cgroup: {}", app.paths.name(Some(id))));
    }
    let words = [
        (app.threads, "threads"),
        (!app.kernel_threads, "no kernel threads"),
        (app.mode == Mode::Tree, "tree"),
    ];
    set.extend(
        words
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| (*word).to_owned()),
    );
    let every = app.interval.as_secs_f64();
    let set = match set.is_empty() {
        true => String::new(),
        false => format!("[{}]  ", set.join(", ")),
    };
    // What is set comes first: it must not be what a narrow screen has no room for.
    let set = format!("{every}s  {set}");
    let mut room = width.saturating_sub(set.chars().count());
    let keys = KEYS.iter().take_while(|key| {
        let fits = key.len() <= room;
        room = room.saturating_sub(key.len() + 2);
        fits
    });
    let keys: Vec<_> = keys.copied().collect();
    Line::from(vec![Span::raw(set), Span::styled(keys.join("  "), DIM)])
}
