// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whatever is written is read back: every kind of attribute, nests and arrays of them included.

use genlkit::wire::{Attr, Attrs, Be, Bitfield32, Builder, FromAttr as _};
use proptest::collection::vec;
use proptest::prelude::*;

/// An attribute's payload.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    S8(i8),
    S16(i16),
    S32(i32),
    S64(i64),
    U16Be(u16),
    U32Be(u32),
    U64Be(u64),
    S16Be(i16),
    S32Be(i32),
    S64Be(i64),
    Uint(u64),
    Sint(i64),
    Flag,
    Text(Vec<u8>),
    Binary(Vec<u8>),
    Bits(u32, u32),
    Numbers(Vec<u32>),
    Array(Vec<i16>),
    Nest(Vec<(u16, Value)>),
}

fn leaf() -> impl Strategy<Value = Value> {
    let numbers = prop_oneof![
        any::<u8>().prop_map(Value::U8),
        any::<u16>().prop_map(Value::U16),
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        any::<i8>().prop_map(Value::S8),
        any::<i16>().prop_map(Value::S16),
        any::<i32>().prop_map(Value::S32),
        any::<i64>().prop_map(Value::S64),
    ];
    let swapped = prop_oneof![
        any::<u16>().prop_map(Value::U16Be),
        any::<u32>().prop_map(Value::U32Be),
        any::<u64>().prop_map(Value::U64Be),
        any::<i16>().prop_map(Value::S16Be),
        any::<i32>().prop_map(Value::S32Be),
        any::<i64>().prop_map(Value::S64Be),
    ];
    // As often within 32 bits as beyond them, and at the edge.
    let uint = prop_oneof![
        any::<u32>().prop_map(u64::from),
        any::<u64>(),
        (1_u64 << 32) - 2..(1 << 32) + 2
    ];
    let sint = prop_oneof![
        any::<i32>().prop_map(i64::from),
        any::<i64>(),
        (-1_i64 << 31) - 2..(-1 << 31) + 2
    ];
    prop_oneof![
        3 => numbers,
        2 => swapped,
        1 => uint.prop_map(Value::Uint),
        1 => sint.prop_map(Value::Sint),
        1 => Just(Value::Flag),
        1 => vec(1_u8.., 0..40).prop_map(Value::Text),
        1 => vec(any::<u8>(), 0..40).prop_map(Value::Binary),
        1 => any::<(u32, u32)>().prop_map(|(value, selector)| Value::Bits(value, selector)),
        1 => vec(any::<u32>(), 0..9).prop_map(Value::Numbers),
        1 => vec(any::<i16>(), 0..9).prop_map(Value::Array),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<(u16, Value)>> {
    let number = 0..0x4000_u16;
    let value = leaf().prop_recursive(5, 48, 6, move |inner| {
        vec((0..0x4000_u16, inner), 0..6).prop_map(Value::Nest)
    });
    vec((number, value), 0..12)
}

fn write(to: &mut Builder<'_>, number: u16, value: &Value) {
    match value {
        Value::U8(value) => to.u8(number, *value),
        Value::U16(value) => to.u16(number, *value),
        Value::U32(value) => to.u32(number, *value),
        Value::U64(value) => to.u64(number, *value),
        Value::S8(value) => to.s8(number, *value),
        Value::S16(value) => to.s16(number, *value),
        Value::S32(value) => to.s32(number, *value),
        Value::S64(value) => to.s64(number, *value),
        Value::U16Be(value) => to.u16_be(number, *value),
        Value::U32Be(value) => to.u32_be(number, *value),
        Value::U64Be(value) => to.u64_be(number, *value),
        Value::S16Be(value) => to.s16_be(number, *value),
        Value::S32Be(value) => to.s32_be(number, *value),
        Value::S64Be(value) => to.s64_be(number, *value),
        Value::Uint(value) => to.uint(number, *value),
        Value::Sint(value) => to.sint(number, *value),
        Value::Flag => to.flag(number),
        Value::Text(text) => to.str(number, text),
        Value::Binary(bytes) => to.attr(number, bytes),
        &Value::Bits(value, selector) => to.bitfield32(number, Bitfield32 { value, selector }),
        Value::Numbers(numbers) => to.numbers(number, numbers),
        Value::Array(elements) => to.array(number, Some(elements), Builder::s16),
        Value::Nest(inside) => to.nest(number, |to| {
            for (number, value) in inside {
                write(to, *number, value);
            }
        }),
    }
}

/// What an attribute is, read as what it was written as.
fn read(attr: &Attr<'_>, written: &Value) -> Value {
    const WHOLE: &str = "of this length";
    match written {
        Value::U8(_) => Value::U8(attr.u8().expect(WHOLE)),
        Value::U16(_) => Value::U16(attr.u16().expect(WHOLE)),
        Value::U32(_) => Value::U32(attr.u32().expect(WHOLE)),
        Value::U64(_) => Value::U64(attr.u64().expect(WHOLE)),
        Value::S8(_) => Value::S8(attr.s8().expect(WHOLE)),
        Value::S16(_) => Value::S16(attr.s16().expect(WHOLE)),
        Value::S32(_) => Value::S32(attr.s32().expect(WHOLE)),
        Value::S64(_) => Value::S64(attr.s64().expect(WHOLE)),
        Value::U16Be(_) => Value::U16Be(attr.u16_be().expect(WHOLE)),
        Value::U32Be(_) => Value::U32Be(attr.u32_be().expect(WHOLE)),
        Value::U64Be(_) => Value::U64Be(attr.u64_be().expect(WHOLE)),
        Value::S16Be(_) => Value::S16Be(Be::from_attr(attr).expect(WHOLE).0),
        Value::S32Be(_) => Value::S32Be(Be::from_attr(attr).expect(WHOLE).0),
        Value::S64Be(_) => Value::S64Be(Be::from_attr(attr).expect(WHOLE).0),
        Value::Uint(_) => Value::Uint(attr.uint().expect(WHOLE)),
        Value::Sint(_) => Value::Sint(attr.sint().expect(WHOLE)),
        Value::Flag => {
            assert!(attr.payload().is_empty());
            Value::Flag
        }
        Value::Text(_) => Value::Text(attr.str().as_bytes().to_vec()),
        Value::Binary(_) => Value::Binary(attr.payload().to_vec()),
        Value::Bits(..) => {
            let bits = attr.bitfield32().expect(WHOLE);
            Value::Bits(bits.value, bits.selector)
        }
        Value::Numbers(_) => {
            let (numbers, rest) = attr.payload().as_chunks();
            assert!(rest.is_empty());
            Value::Numbers(numbers.iter().map(|&n| u32::from_ne_bytes(n)).collect())
        }
        Value::Array(_) => {
            let elements = attr.nest().map(|element| element.expect("whole"));
            let numbered = (0..).zip(elements).map(|(place, element)| {
                assert_eq!(element.number(), place);
                element.s16().expect(WHOLE)
            });
            Value::Array(numbered.collect())
        }
        Value::Nest(inside) => {
            assert!(attr.is_marked_nested());
            Value::Nest(read_all(attr.nest(), inside))
        }
    }
}

/// The attributes that are there, each read as what was written in its place.
fn read_all(attrs: Attrs<'_>, written: &[(u16, Value)]) -> Vec<(u16, Value)> {
    let mut expected = written.iter();
    let read = attrs.map(|attr| {
        let attr = attr.expect("whole");
        let (_, value) = expected.next().expect("no more than were written");
        (attr.number(), read(&attr, value))
    });
    read.collect()
}

proptest! {
    #[test]
    fn attributes_of_every_kind_are_read_as_they_were_written(written in attributes()) {
        let mut buffer = vec![0xff; 1 << 16];
        let mut builder = Builder::new(&mut buffer);
        for (number, value) in &written {
            write(&mut builder, *number, value);
        }
        let bytes = builder.finish().expect("room");
        prop_assert_eq!(read_all(Attrs::new(bytes), &written), written);
    }

    #[test]
    fn a_buffer_that_is_too_short_by_a_byte_is_told(written in attributes()) {
        let mut buffer = vec![0; 1 << 16];
        let len = {
            let mut builder = Builder::new(&mut buffer);
            for (number, value) in &written {
                write(&mut builder, *number, value);
            }
            builder.finish().expect("room").len()
        };
        prop_assume!(len > 0);
        let mut builder = Builder::new(&mut buffer[..len - 1]);
        for (number, value) in &written {
            write(&mut builder, *number, value);
        }
        prop_assert!(builder.finish().is_err());
    }
}
