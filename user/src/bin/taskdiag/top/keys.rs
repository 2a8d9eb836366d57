// SPDX-License-Identifier: MIT OR Apache-2.0
//! What each key does.

use super::app::{App, Line, Mode, Overlay};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::Duration;

/// What a key asks for that the state of the screen cannot do alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing but that the screen is drawn anew.
    Draw,
    /// The tasks are to be asked for now.
    Sample,
    /// All about this task is to be asked for.
    Details(u32),
    Quit,
}

/// The keys, as the help shows them.
pub(super) const HELP: &[(&str, &str)] = &[
    ("q, Ctrl-C", "quit"),
    ("Up, Down, j, k", "select; PgUp, PgDn, Home, End too"),
    (
        "Enter",
        "all about the selected task; of a cgroup, its tasks",
    ),
    ("P M T N", "sort by processor, memory, time, pid"),
    ("< >", "sort by the column before, the next"),
    ("r", "the other way round"),
    ("/", "only what contains: a name, a user, a pid"),
    ("t", "tree: who descends from whom"),
    ("H", "a line for each thread"),
    ("C", "what cgroups use together"),
    ("K", "kernel threads or not"),
    ("c", "command line or name"),
    ("i", "bytes read and written a second"),
    ("+ -", "wait longer, or shorter, between two looks"),
    ("Space", "pause"),
    ("Esc", "close this; forget the filter and the cgroup"),
];

impl App {
    /// Does what a key asks for; `page` is how many lines of the list are on the screen.
    pub(super) fn key(&mut self, key: KeyEvent, page: usize) -> Effect {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Effect::Quit;
        }
        match &self.overlay {
            Overlay::Filter => self.type_filter(key.code),
            Overlay::Help | Overlay::Details { .. } => self.read(key.code, page),
            Overlay::None => self.command(key.code, page),
        }
    }

    /// Scrolls what is too long for the screen, and closes it.
    fn read(&mut self, key: KeyCode, page: usize) -> Effect {
        let down = match key {
            KeyCode::Char('q') => return Effect::Quit,
            KeyCode::Up | KeyCode::Char('k') => -1,
            KeyCode::Down | KeyCode::Char('j') => 1,
            KeyCode::PageUp => -isize::try_from(page).unwrap_or(1),
            KeyCode::PageDown | KeyCode::Char(' ') => isize::try_from(page).unwrap_or(1),
            KeyCode::Home => isize::MIN,
            KeyCode::End => isize::MAX,
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char(_) | KeyCode::F(_) => {
                self.overlay = Overlay::None;
                return Effect::Draw;
            }
            _ => return Effect::Draw,
        };
        if let Overlay::Details { lines, top } = &mut self.overlay {
            let last = lines.len().saturating_sub(page);
            *top = top.saturating_add_signed(down).min(last);
        }
        Effect::Draw
    }

    fn type_filter(&mut self, key: KeyCode) -> Effect {
        match key {
            KeyCode::Enter => self.overlay = Overlay::None,
            KeyCode::Esc => {
                self.overlay = Overlay::None;
                self.filter.clear();
            }
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Char(c) => self.filter.push(c),
            _ => {}
        }
        self.arrange();
        Effect::Draw
    }

    fn command(&mut self, key: KeyCode, page: usize) -> Effect {
        let page = isize::try_from(page).unwrap_or(1);
        match key {
            KeyCode::Char('q') => return Effect::Quit,
            KeyCode::Up | KeyCode::Char('k') => self.move_by(-1),
            KeyCode::Down | KeyCode::Char('j') => self.move_by(1),
            KeyCode::PageUp => self.move_by(-page),
            KeyCode::PageDown => self.move_by(page),
            KeyCode::Home => self.select(0),
            KeyCode::End => self.select(usize::MAX),
            KeyCode::Enter => return self.enter(),
            KeyCode::Char('P') => self.sort_by("%cpu"),
            KeyCode::Char('M') => self.sort_by("rss"),
            KeyCode::Char('T') => self.sort_by("time"),
            KeyCode::Char('N') => self.sort_by("pid"),
            KeyCode::Char('<') => self.sort_next(-1),
            KeyCode::Char('>') => self.sort_next(1),
            KeyCode::Char('r') => {
                self.descending = !self.descending;
                self.arrange();
            }
            KeyCode::Char('/') => self.overlay = Overlay::Filter,
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.overlay = Overlay::Help,
            KeyCode::Char('t') => self.toggle_mode(Mode::Tree),
            KeyCode::Char('C') => {
                self.toggle_mode(Mode::Cgroups);
                return Effect::Sample;
            }
            KeyCode::Char('+') => self.interval = (self.interval * 2).min(LONGEST),
            KeyCode::Char('-') => self.interval = (self.interval / 2).max(SHORTEST),
            KeyCode::Char(' ') => self.paused = !self.paused,
            KeyCode::Esc => {
                (self.cgroup, self.selected) = (None, None);
                self.filter.clear();
                self.arrange();
            }
            KeyCode::Char(c @ ('H' | 'K' | 'c' | 'i')) => {
                self.ask_other(c);
                return Effect::Sample;
            }
            _ => {}
        }
        Effect::Draw
    }

    /// Changes what is asked for.
    fn ask_other(&mut self, key: char) {
        match key {
            'H' => self.threads = !self.threads,
            'K' => self.kernel_threads = !self.kernel_threads,
            'c' => self.toggle_cmdline(),
            _ => self.toggle_columns(&["read-rate", "write-rate"]),
        }
    }

    fn toggle_mode(&mut self, mode: Mode) {
        self.mode = if self.mode == mode { Mode::Tasks } else { mode };
        (self.selected, self.offset) = (None, 0);
        self.arrange();
    }

    fn enter(&mut self) -> Effect {
        let line = self.position().and_then(|at| self.lines.get(at));
        match line {
            Some(Line::Task { index, .. }) => match self.snapshot.tasks.get(*index) {
                Some(task) => Effect::Details(task.pid),
                None => Effect::Draw,
            },
            Some(Line::Cgroup(cgroup)) => {
                self.cgroup = cgroup.id;
                self.toggle_mode(Mode::Cgroups);
                Effect::Draw
            }
            // Nothing is selected: it is shown what the next Enter would open.
            None => {
                self.move_by(0);
                Effect::Draw
            }
        }
    }
}

const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(60);
