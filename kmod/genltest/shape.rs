// SPDX-License-Identifier: GPL-2.0-only

//! Nests, repeated attributes and arrays.

use crate::{
    few::Few,
    genltest::{Node, NodeAttrs, Point, PointAttrs, ShapeReply, ShapeRequest},
};
use genl::Sent;
use kernel::prelude::*;

/// Returns everything as it was understood.
pub(crate) fn shape(req: &ShapeRequest<'_>) -> Result<Sent> {
    let mut words = Few::<u32, 256>::new(0);
    for word in req.words().into_iter().flatten() {
        let text = c"at most 256 words are taken";
        words
            .push(word)
            .map_err(|error| req.reject(ShapeRequest::WORDS, error, text))?;
    }
    let mut halves = Few::<u16, 8>::new(0);
    for half in req.halves().into_iter().flatten() {
        halves.push(half)?;
    }
    req.reply(|reply| {
        nests(req, reply);
        repeated(req, reply);
        if req.has(ShapeRequest::WORDS) {
            reply.words(words.as_slice());
            derived(words.as_slice(), reply);
        }
        if req.has(ShapeRequest::HALVES) {
            reply.halves(halves.as_slice());
        }
        Ok(())
    })
}

fn nests(req: &ShapeRequest<'_>, reply: &mut ShapeReply<'_>) {
    if let Some(from) = req.point() {
        reply.point(|to| point(&from, to));
    }
    for from in req.points() {
        reply.points(|to| point(&from, to));
    }
    if let Some(corners) = req.corners() {
        reply.corners(|list| {
            for from in corners {
                list.item(|to| {
                    if let Some(x) = from.x() {
                        to.x(x);
                    }
                    if let Some(y) = from.y() {
                        to.y(y);
                    }
                });
            }
        });
    }
    if let Some(root) = req.tree() {
        reply.tree(|to| node(&root, to));
    }
}

fn point(from: &PointAttrs<'_>, to: &mut Point<'_>) {
    if let Some(x) = from.x() {
        to.x(x);
    }
    if let Some(y) = from.y() {
        to.y(y);
    }
    if let Some(label) = from.label() {
        to.label(&label);
    }
}

/// The core accepts 10 nests inside each other, so that this ends.
fn node(from: &NodeAttrs<'_>, to: &mut Node<'_>) {
    if let Some(child) = from.child() {
        to.child(|to| node(&child, to));
    }
    if let Some(value) = from.value() {
        to.value(value);
    }
}

fn repeated(req: &ShapeRequest<'_>, reply: &mut ShapeReply<'_>) {
    for number in req.numbers() {
        reply.numbers(number);
    }
    for short in req.shorts() {
        reply.shorts(short);
    }
    for long in req.longs() {
        reply.longs(long);
    }
    for name in req.names() {
        reply.names(name);
    }
}

/// What only a reply can have: the square of each word, an address that repeats it, and a cell in
/// a row of its own, in the column of its low byte plus 1.
fn derived(words: &[u32], reply: &mut ShapeReply<'_>) {
    reply.squares(words.iter().map(|word| word.wrapping_mul(*word)));
    reply.addresses(words.iter().map(|word| address(*word)));
    let mut row = 0_u16;
    for word in words {
        row = row.wrapping_add(1);
        let column = u16::from(word.to_le_bytes()[0]).wrapping_add(1);
        reply.cells(row, column, |cell| {
            cell.content(*word);
        });
    }
}

fn address(word: u32) -> [u8; 16] {
    let [a, b, c, d] = word.to_be_bytes();
    [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]
}
