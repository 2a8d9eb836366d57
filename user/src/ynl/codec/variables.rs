// SPDX-License-Identifier: MIT OR Apache-2.0
//! `NAME=VALUE` texts that each end with a NUL, as an object: what uevents are made of.

use super::structs::{raw, string, text};
use serde_json::{Map, Value};

/// Texts as an object; the bytes where that would lose something.
pub(super) fn decode(bytes: &[u8]) -> Value {
    let mut map = Map::new();
    let texts = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    if texts.is_empty() {
        return Value::Object(map);
    }
    for variable in texts.split(|byte| *byte == 0) {
        let mut parts = variable.splitn(2, |byte| *byte == b'=');
        let name = parts.next().and_then(|name| std::str::from_utf8(name).ok());
        let (Some(name), Some(value)) = (name, parts.next()) else {
            return raw(bytes);
        };
        if map.insert(name.to_owned(), string(value)).is_some() {
            return raw(bytes);
        }
    }
    Value::Object(map)
}

/// The bytes of an object; the error says what would be accepted.
pub(super) fn encode(value: &Value) -> Result<Vec<u8>, String> {
    if let Some(bytes) = super::structs::unraw(value) {
        return bytes;
    }
    let map = value.as_object();
    let map = map.ok_or_else(|| format!("an object of names and texts is wanted, not {value}"))?;
    let mut out = Vec::new();
    for (name, value) in map {
        if name.contains(['=', '\0']) {
            return Err(format!("`{name}` cannot be a name"));
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend(text(value)?);
        out.push(0);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_read_as_they_were_written() {
        let value = json!({ "ACTION": "change", "EMPTY": "", "EQUAL": "a=b" });
        let bytes = encode(&value).expect("is valid");
        assert_eq!(bytes, b"ACTION=change\0EMPTY=\0EQUAL=a=b\0");
        assert_eq!(decode(&bytes), value);
        assert_eq!(decode(b"ACTION=change"), json!({ "ACTION": "change" }));
        assert_eq!(decode(b""), json!({}));
    }

    #[test]
    fn what_is_no_variable_stays_bytes() {
        for bytes in [&b"ACTION\0"[..], b"A=1\0A=2\0", b"\0\0", b"\xff=1\0"] {
            let value = decode(bytes);
            assert!(value.get("$hex").is_some(), "{value}");
            assert_eq!(encode(&value).as_deref(), Ok(bytes));
        }
        assert!(encode(&json!({ "a=b": "c" })).is_err());
        assert!(encode(&json!("text")).is_err());
    }
}
