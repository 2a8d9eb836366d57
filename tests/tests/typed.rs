// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generated messages with everything that a spec can say: their bytes, and what comes back.

use genlkit::request::{Decode, Encode, Request};
use genlkit::wire::{Builder, MAX_DEPTH, Reason};
use genlkit_tests::generated::genltest::{
    CheckRequest, CornerNest, LimitsItemNest, LimitsNest, Mode, Node, NodeNest, OptionFlags,
    PointNest, Scalar, ScalarRequest, Shape, ShapeRequest, Tail, uapi,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Written on a machine that stores the lowest byte first, as golden bytes are.
const LITTLE: bool = cfg!(target_endian = "little");

fn encoded(request: &impl Request) -> Vec<u8> {
    let mut buffer = vec![0xff; 1 << 16];
    let mut builder = Builder::new(&mut buffer);
    request.encode(&mut builder);
    builder.finish().expect("room").to_vec()
}

#[test]
fn nests_and_lists_have_the_bytes_of_the_kernels_documentation() {
    let bytes = encoded(
        &ShapeRequest::new()
            .point(PointNest::new().x(-1).label("a"))
            .points(&[PointNest::new().y(2), PointNest::new()])
            .numbers(&[3, 4])
            .shorts(&[-5])
            .longs(&[6, 1 << 40])
            .names(&["b".into()])
            .corners(&[CornerNest::new().x(7), CornerNest::new()])
            .words(&[8, 9])
            .halves(&[10])
            .tree(&NodeNest::new().child(&NodeNest::new().value(11))),
    );
    #[rustfmt::skip]
    let golden = [
        20, 0, 1, 0x80, 8, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 6, 0, 3, 0, b'a', 0, 0, 0,
        12, 0, 2, 0x80, 8, 0, 2, 0, 2, 0, 0, 0,
        4, 0, 2, 0x80,
        8, 0, 3, 0, 3, 0, 0, 0,
        8, 0, 3, 0, 4, 0, 0, 0,
        6, 0, 4, 0, 0xfb, 0xff, 0, 0,
        8, 0, 5, 0, 6, 0, 0, 0,
        12, 0, 5, 0, 0, 0, 0, 0, 0, 1, 0, 0,
        6, 0, 6, 0, b'b', 0, 0, 0,
        20, 0, 7, 0x80, 12, 0, 0, 0x80, 8, 0, 1, 0, 7, 0, 0, 0, 4, 0, 1, 0x80,
        12, 0, 8, 0, 8, 0, 0, 0, 9, 0, 0, 0,
        6, 0, 9, 0, 10, 0,
        0, 0, 16, 0, 10, 0x80, 12, 0, 1, 0x80, 8, 0, 2, 0, 11, 0, 0, 0,
    ];
    assert!(!LITTLE || bytes == golden, "{bytes:?}");
}

#[test]
fn what_is_sent_is_what_is_received() {
    let points = [PointNest::new().x(1).label("a"), PointNest::new().y(-2)];
    let bytes = encoded(
        &ShapeRequest::new()
            .point(points[0])
            .points(&points)
            .numbers(&[3, 4])
            .longs(&[5, u64::MAX])
            .names(&["b".into(), "c".into()])
            .corners(&[CornerNest::new().x(7).y(8)])
            .words(&[9, u32::MAX])
            .tree(&NodeNest::new().value(1).child(&NodeNest::new().value(2))),
    );
    let shape = Shape::decode(&bytes).expect("well formed");
    assert_eq!(shape.point.expect("a point").x, Some(1));
    let points: Vec<_> = shape.points.map(|point| point.expect("a point")).collect();
    assert_eq!((points.len(), points[1].y), (2, Some(-2)));
    assert_eq!(shape.numbers.collect::<Result<Vec<_>, _>>(), Ok(vec![3, 4]));
    assert_eq!(shape.longs.last(), Some(Ok(u64::MAX)));
    assert!(shape.shorts.present().is_none() && shape.halves.is_none());
    assert_eq!(
        shape.words.expect("words").collect::<Vec<_>>(),
        [9, u32::MAX]
    );
    let tree = shape.tree.expect("a tree").decode().expect("well formed");
    let child = tree.child.expect("a child").decode().expect("well formed");
    assert_eq!((tree.value, child.value), (Some(1), Some(2)));
    assert_eq!(
        shape.to_string(),
        "{point={x=1 label=a} points=[{x=1 label=a} {y=-2}] numbers=[3 4] \
         longs=[5 18446744073709551615] names=[b c] corners=[{x=7 y=8}] \
         words=[9 4294967295] tree={child={value=2} value=1}}"
    );
}

#[test]
fn what_several_of_an_attribute_hold_is_borrowed_from_the_message() {
    let points = [
        PointNest::new().label("first"),
        PointNest::new().label("last"),
    ];
    let bytes = encoded(&ShapeRequest::new().points(&points).names(&["name".into()]));
    let shape = Shape::decode(&bytes).expect("well formed");
    let labels = shape
        .points
        .map(|point| point.expect("a point").label.expect("a label"));
    let names = shape.names.map(|name| name.expect("a name"));
    let texts: Vec<_> = labels.chain(names).map(|text| text.as_bytes()).collect();
    assert_eq!(texts, [&b"first"[..], b"last", b"name"]);
    for text in texts {
        assert!(bytes.as_ptr_range().contains(&text.as_ptr()));
    }
}

#[test]
fn numbers_of_every_kind_come_back() {
    let request = ScalarRequest::new()
        .u8(1)
        .s8(-1)
        .u16(2)
        .s16(-2)
        .u32(3)
        .s32(-3)
        .u64(4)
        .s64(-4)
        .uint(1 << 33)
        .sint(-5)
        .be16(0x0102)
        .be32(0x0102_0304)
        .be64(6)
        .le32(7)
        .flag(true);
    let bytes = encoded(&request);
    let scalar = Scalar::decode(&bytes).expect("well formed");
    assert_eq!((scalar.s8, scalar.s64), (Some(-1), Some(-4)));
    assert_eq!((scalar.uint, scalar.sint), (Some(1 << 33), Some(-5)));
    assert_eq!(
        (scalar.be16, scalar.be32),
        (Some(0x0102), Some(0x0102_0304))
    );
    assert_eq!((scalar.be64, scalar.le32), (Some(6), Some(7)));
    assert!(scalar.flag && bytes.windows(4).any(|four| four == [1, 2, 3, 4]));
}

#[test]
fn enums_are_as_wide_as_their_attributes() {
    let bits = OptionFlags::LOUD | OptionFlags::LATE;
    assert_eq!((bits.bits(), size_of_val(&bits)), (0x11, 4));
    assert_eq!((Tail::WHITE.bits(), Tail::BLACK.bits()), (0x10_u16, 0x20));
    let exact = [1, 2, 3, 4, 5, 6];
    let request = CheckRequest::new()
        .options(bits)
        .mode(Mode::EXCL)
        .exact(&exact);
    let bytes = encoded(&request);
    assert!(bytes.ends_with(&[10, 0, 25, 0, 1, 2, 3, 4, 5, 6, 0, 0]) || !LITTLE);
    let demanded = LimitsNest::new().demanded(1);
    let inner = LimitsNest::new().deeper(&demanded);
    let inners = [LimitsItemNest::new().demanded(2)];
    let bytes = encoded(&CheckRequest::new().inner(&inner).inners(&inners));
    assert_eq!(bytes.len(), 4 + 4 + 8 + 4 + 4 + 8);
}

/// So many nodes, one in the other.
fn tree(levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let room = u16::try_from(4 * levels).expect("room");
    for left in (1..=room / 4).rev() {
        bytes.extend((4 * left).to_ne_bytes());
        let number = if bytes.len() == 2 {
            uapi::GENLTEST_A_SHAPE_TREE
        } else {
            1
        };
        bytes.extend(number.to_ne_bytes());
    }
    bytes
}

#[test]
fn a_set_that_holds_itself_is_decoded_so_deep_and_no_deeper() {
    let bytes = tree(MAX_DEPTH);
    let shape = Shape::decode(&bytes).expect("as deep as can be");
    assert_eq!(format!("{shape}").matches("child").count(), MAX_DEPTH - 1);
    for levels in [MAX_DEPTH + 1, 16_000] {
        let bytes = tree(levels);
        let defect = Shape::decode(&bytes).expect_err("too deep");
        assert_eq!(
            (defect.reason, defect.offset_in(&bytes)),
            (Reason::TooDeep, Some(4))
        );
        // Whoever begins in the middle is held up as well.
        let node = Node::decode(bytes.get(4 * (levels - MAX_DEPTH)..).expect("some"));
        assert!(format!("{node:?}").len() < 100_000);
    }
}

#[test]
fn numbers_that_are_no_whole_number_of_them_are_a_defect() {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer);
    builder.attr(uapi::GENLTEST_A_SHAPE_WORDS, [1, 2, 3, 4, 5]);
    let defect = Shape::decode(builder.finish().expect("room")).expect_err("a defect");
    let (attr, len, expected) = (uapi::GENLTEST_A_SHAPE_WORDS, 5, 8);
    assert_eq!(
        defect.reason,
        Reason::PayloadLength {
            attr,
            len,
            expected
        }
    );
}

#[test]
fn a_nest_that_does_not_fit_is_told_at_the_end() {
    let label = "x".repeat(70_000);
    let mut buffer = vec![0; 1 << 18];
    let mut builder = Builder::new(&mut buffer);
    PointNest::new().label(&label).encode(&mut builder);
    builder.finish().expect_err("a string's length has 16 bits");
    let numbers = vec![0; 1 << 16];
    let mut builder = Builder::new(&mut buffer);
    ShapeRequest::new().words(&numbers).encode(&mut builder);
    builder.finish().expect_err("an array's length has 16 bits");
    let corners = vec![CornerNest::new(); 1 << 16];
    let mut builder = Builder::new(&mut buffer);
    ShapeRequest::new().corners(&corners).encode(&mut builder);
    builder.finish().expect_err("a nest's length has 16 bits");
}

proptest! {
    #[test]
    fn no_bytes_make_a_view_panic(bytes in vec(any::<u8>(), 0..400)) {
        if let Ok(shape) = Shape::decode(&bytes) {
            let _ = format!("{shape} {shape:?}");
        }
    }

    #[test]
    fn no_damage_to_a_shape_makes_a_view_panic(
        damage in vec((0_usize..400, any::<u8>()), 0..6),
        numbers in vec(any::<u32>(), 0..8),
    ) {
        let leaf = NodeNest::new().value(1);
        let inner = NodeNest::new().child(&leaf);
        let points = [PointNest::new().x(1).label("label"), PointNest::new()];
        let corners = [CornerNest::new().x(3), CornerNest::new().y(4)];
        let request = ShapeRequest::new()
            .points(&points)
            .numbers(&numbers)
            .words(&numbers)
            .corners(&corners)
            .tree(&inner);
        let mut bytes = encoded(&request);
        let len = bytes.len();
        for (at, byte) in damage {
            bytes[at % len] = byte;
        }
        if let Ok(shape) = Shape::decode(&bytes) {
            let _ = format!("{shape} {shape:?}");
        }
    }
}
