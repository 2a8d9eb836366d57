// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tasks in the order of their descent.

use std::collections::HashMap;

/// Where a task stands in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Branch {
    /// Which of the tasks it is.
    pub index: usize,
    /// How many of the tasks are above it.
    pub depth: usize,
    /// Whether it is the last child of its parent.
    pub is_last: bool,
}

/// Orders tasks so that each is followed by its children, which keep their order.
///
/// Each task is the pair of its id and its parent's. One whose parent is not among the tasks is a
/// root; so is one of a circle, which a dump can contain where ids are used again meanwhile.
///
/// ```
/// let order: Vec<_> = genlkit::taskdiag::tree(&[(1, 0), (2, 0), (7, 1), (9, 7), (8, 1)])
///     .iter()
///     .map(|branch| (branch.index, branch.depth))
///     .collect();
/// assert_eq!(order, [(0, 0), (2, 1), (3, 2), (4, 1), (1, 0)]);
/// ```
pub fn tree(tasks: &[(u32, u32)]) -> Vec<Branch> {
    let ids: HashMap<u32, usize> = (0..)
        .zip(tasks)
        .map(|(index, task)| (task.0, index))
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); tasks.len()];
    let mut roots = Vec::new();
    for (index, (_, parent)) in tasks.iter().enumerate() {
        match ids.get(parent) {
            Some(&above) if above != index => children[above].push(index),
            _ => roots.push(index),
        }
    }
    let mut order = Vec::with_capacity(tasks.len());
    let mut placed = vec![false; tasks.len()];
    // After the roots, whatever a circle kept from them.
    let mut starts = roots.into_iter().chain(0..tasks.len());
    let mut left: Vec<Branch> = Vec::new();
    loop {
        let branch = left.pop().or_else(|| {
            let index = starts.find(|&index| !placed[index])?;
            Some(Branch {
                index,
                depth: 0,
                is_last: true,
            })
        });
        let Some(branch) = branch else {
            return order;
        };
        if std::mem::replace(&mut placed[branch.index], true) {
            continue;
        }
        order.push(branch);
        let inner = &children[branch.index];
        left.extend(
            inner
                .iter()
                .rev()
                .enumerate()
                .map(|(from_last, &index)| Branch {
                    index,
                    depth: branch.depth + 1,
                    is_last: from_last == 0,
                }),
        );
    }
}

/// Draws the lines that lead to each branch of a tree, one branch after another.
#[derive(Debug, Default)]
pub struct Lines {
    /// Of each level above, whether its branch was the last.
    ended: Vec<bool>,
}

impl Lines {
    /// The line of the next branch; nothing before a root.
    pub fn next(&mut self, branch: &Branch, draw: &mut impl FnMut(&str)) {
        self.ended.resize(branch.depth, false);
        if let Some(own) = self.ended.last_mut() {
            *own = branch.is_last;
        }
        if let Some((&own, above)) = self.ended.split_last() {
            for &ended in above {
                draw(if ended { "   " } else { "│  " });
            }
            draw(if own { "└─ " } else { "├─ " });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(tasks: &[(u32, u32)]) -> String {
        let mut lines = Lines::default();
        let mut text = String::new();
        for branch in tree(tasks) {
            lines.next(&branch, &mut |line| text.push_str(line));
            text.push_str(&format!("{}\n", tasks[branch.index].0));
        }
        text
    }

    #[test]
    fn branches_are_drawn_to_the_last_child() {
        let tasks = [(1, 0), (2, 1), (3, 2), (4, 1), (5, 4), (9, 0)];
        assert_eq!(drawn(&tasks), "1\n├─ 2\n│  └─ 3\n└─ 4\n   └─ 5\n9\n");
    }

    #[test]
    fn circles_and_own_parents_are_shown_once() {
        assert_eq!(drawn(&[(1, 1), (2, 3), (3, 2)]), "1\n2\n└─ 3\n");
    }
}
