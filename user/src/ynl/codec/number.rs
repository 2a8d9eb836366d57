// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers: their bytes, the names of their values, and both as JSON.

use super::hint;
use genlkit_spec::model::{Bits, ByteOrder, DisplayHint, EnumRef, Family, Scalar};
use serde_json::Value;

/// How a number of an attribute or a struct's member is written and named.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    pub(crate) scalar: Scalar,
    pub(crate) order: Option<ByteOrder>,
    pub(crate) names: Option<EnumRef>,
    pub(crate) hint: Option<DisplayHint>,
}

impl Number {
    /// Reads a number of 1, 2, 4 or 8 bytes, whatever the type's own width: the kernel's habits
    /// and the specs differ in places. None for any other number of bytes.
    pub(crate) fn read(&self, bytes: &[u8]) -> Option<i128> {
        if !matches!(bytes.len(), 1 | 2 | 4 | 8) {
            return None;
        }
        let push = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        let value = if self.is_little() {
            bytes.iter().rev().fold(0, push)
        } else {
            bytes.iter().fold(0, push)
        };
        if !self.scalar.is_signed() {
            return Some(value.into());
        }
        let unused = 64 - 8 * u32::try_from(bytes.len()).ok()?;
        Some(((value << unused).cast_signed() >> unused).into())
    }

    /// Whether a payload of this length is one that the type has.
    pub(crate) fn accepts_len(&self, len: usize) -> bool {
        match self.scalar {
            Scalar::Uint | Scalar::Sint => len == 4 || len == 8,
            scalar => len == scalar.size(),
        }
    }

    /// Writes a number, `uint` and `sint` in 4 bytes where they suffice; the error says what
    /// would be accepted.
    pub(crate) fn write(&self, value: i128) -> Result<Vec<u8>, String> {
        let narrow = match self.scalar {
            Scalar::Uint => Scalar::U32,
            Scalar::Sint => Scalar::S32,
            scalar => scalar,
        };
        let fits = |scalar: Scalar| {
            let (low, high) = scalar.range();
            (low..=high).contains(&value)
        };
        let scalar = if fits(narrow) { narrow } else { self.scalar };
        if !fits(scalar) {
            let (low, high) = scalar.range();
            return Err(format!(
                "{value} is outside of {}: {low} to {high}",
                scalar.name()
            ));
        }
        let mut bytes: Vec<u8> = value
            .to_le_bytes()
            .into_iter()
            .take(scalar.size())
            .collect();
        if !self.is_little() {
            bytes.reverse();
        }
        Ok(bytes)
    }

    /// As [`read`](Self::read), of the member's own bits where it shares the number.
    pub(crate) fn read_bits(&self, bytes: &[u8], bits: Option<Bits>) -> Option<i128> {
        let number = self.read(bytes)?;
        let of = |bits: Bits| number >> bits.shift(bytes.len(), self.is_little()) & bits.max();
        Some(bits.map_or(number, of))
    }

    /// As [`write`](Self::write), with the bits of other members zero.
    pub(crate) fn write_bits(&self, value: i128, bits: Option<Bits>) -> Result<Vec<u8>, String> {
        let Some(bits) = bits else {
            return self.write(value);
        };
        let max = bits.max();
        if !(0..=max).contains(&value) {
            return Err(format!(
                "{value} is outside of {} bits: 0 to {max}",
                bits.count
            ));
        }
        self.write(value << bits.shift(self.scalar.size(), self.is_little()))
    }

    fn is_little(&self) -> bool {
        match self.order {
            Some(order) => order == ByteOrder::Little,
            None => cfg!(target_endian = "little"),
        }
    }

    /// The number as JSON: the name or names, else what the hint makes of it, else a number.
    pub(crate) fn show(&self, value: i128, family: &Family) -> Value {
        if let Some(names) = self.names {
            return show_named(value, names, family);
        }
        match self.hint.and_then(|hint| hint::show_number(value, hint)) {
            Some(text) => text.into(),
            None => plain(value),
        }
    }

    /// Reads what [`show`](Self::show) makes, and numbers in any form; the error says what would
    /// be accepted.
    pub(crate) fn parse(&self, value: &Value, family: &Family) -> Result<i128, String> {
        match value {
            Value::Bool(value) => return Ok((*value).into()),
            Value::Number(_) => {
                return whole(value).ok_or_else(|| format!("{value} is no whole number"));
            }
            _ => {}
        }
        if let Some(names) = self.names {
            return parse_named(value, names, family);
        }
        let text = value
            .as_str()
            .ok_or_else(|| format!("a number is wanted, not {value}"))?;
        hint::read_number(text, self.hint).ok_or_else(|| format!("`{text}` is no number"))
    }
}

/// A number as JSON.
fn plain(value: i128) -> Value {
    match (u64::try_from(value), i64::try_from(value)) {
        (Ok(value), _) => value.into(),
        (_, Ok(value)) => value.into(),
        // Nothing on the wire is wider than 64 bits.
        _ => Value::Null,
    }
}

fn whole(value: &Value) -> Option<i128> {
    value
        .as_u64()
        .map(i128::from)
        .or_else(|| value.as_i64().map(i128::from))
}

/// An enum's value as its name, bits as a list of names; what has no name stays a number, which
/// in a list is the mask of all bits without a name.
fn show_named(value: i128, names: EnumRef, family: &Family) -> Value {
    let enumeration = &family[names.id];
    if !names.is_bits(family) {
        let entry = i64::try_from(value)
            .ok()
            .and_then(|value| enumeration.entry_by_value(value));
        return entry.map_or_else(|| plain(value), |entry| entry.name.as_str().into());
    }
    let mut rest = value;
    let mut list = Vec::new();
    for entry in &enumeration.entries {
        let bit = enumeration.wire_value(entry, true);
        if rest & bit != 0 {
            list.push(entry.name.as_str().into());
            rest &= !bit;
        }
    }
    if rest != 0 {
        list.push(plain(rest));
    }
    Value::Array(list)
}

fn parse_named(value: &Value, names: EnumRef, family: &Family) -> Result<i128, String> {
    let enumeration = &family[names.id];
    let bits = names.is_bits(family);
    let one = |value: &Value| -> Result<i128, String> {
        if let Some(number) = whole(value) {
            return Ok(number);
        }
        let text = value
            .as_str()
            .ok_or_else(|| format!("a name is wanted, not {value}"))?;
        if let Some(entry) = enumeration.entry(text) {
            return Ok(enumeration.wire_value(entry, bits));
        }
        hint::read_number(text, None).ok_or_else(|| {
            let known: Vec<&str> = enumeration
                .entries
                .iter()
                .map(|e| e.name.as_str())
                .collect();
            format!(
                "`{text}` is no {}: use {}",
                enumeration.name,
                some_of(&known)
            )
        })
    };
    match value {
        Value::Array(list) if bits => list
            .iter()
            .try_fold(0, |mask, value| Ok(mask | one(value)?)),
        // A shell has no lists.
        Value::String(text) if bits && text.contains(',') => text
            .split(',')
            .try_fold(0, |mask, name| Ok(mask | one(&name.trim().into())?)),
        value => one(value),
    }
}

/// Names for a message that shall stay readable.
fn some_of(names: &[&str]) -> String {
    const MOST: usize = 24;
    match names.get(..MOST) {
        Some(first) => format!("{}, …", first.join(", ")),
        None => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(scalar: Scalar, order: Option<ByteOrder>) -> Number {
        Number {
            scalar,
            order,
            names: None,
            hint: None,
        }
    }

    #[test]
    fn every_width_and_order_reads_what_it_wrote() {
        for (_, scalar) in Scalar::ALL {
            let (low, high) = scalar.range();
            for order in [None, Some(ByteOrder::Little), Some(ByteOrder::Big)] {
                let number = number(scalar, order);
                for value in [
                    low,
                    high,
                    0,
                    1,
                    low / 2,
                    high / 2,
                    1 << 31,
                    (1i128 << 32) - 1,
                ] {
                    if (low..=high).contains(&value) {
                        let bytes = number.write(value).unwrap();
                        assert!(number.accepts_len(bytes.len()));
                        assert_eq!(number.read(&bytes), Some(value), "{scalar:?} {order:?}");
                    } else {
                        assert!(number.write(value).is_err());
                    }
                }
            }
        }
    }

    #[test]
    fn sint_above_32_bits_takes_eight_bytes() {
        let sint = number(Scalar::Sint, None);
        assert_eq!(sint.write(-1).unwrap().len(), 4);
        assert_eq!(sint.write(1 << 31).unwrap().len(), 8);
        assert_eq!(sint.write((1 << 32) - 1).unwrap().len(), 8);
        assert_eq!(
            number(Scalar::Uint, None)
                .write((1 << 32) - 1)
                .unwrap()
                .len(),
            4
        );
    }

    #[test]
    fn odd_lengths_are_no_numbers() {
        for len in [0, 3, 5, 16] {
            assert_eq!(number(Scalar::U32, None).read(&vec![0; len]), None);
        }
    }
}
