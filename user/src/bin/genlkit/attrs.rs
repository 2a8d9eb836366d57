// SPDX-License-Identifier: MIT OR Apache-2.0
//! Attributes on the command line: JSON objects, and `ATTRIBUTE=VALUE` pairs.

use crate::output::Failure;
use serde_json::{Map, Value};

/// Puts together what was given.
///
/// Pairs have dots into nests; a name without a value is a flag. What looks like JSON is JSON,
/// anything else a string, which is taken for a number where one is wanted. A name that is given
/// again makes a list.
pub(crate) fn parse(json: Option<&str>, rest: &[String]) -> Result<Map<String, Value>, Failure> {
    let mut map = Map::new();
    for text in json.into_iter().chain(rest.iter().map(String::as_str)) {
        match text.trim_start().chars().next() {
            Some('{') => map.extend(object(text)?),
            Some('[' | '"') => {
                return Err(Failure::usage(format!(
                    "`{text}`: a JSON object, or ATTRIBUTE=VALUE, is wanted"
                )));
            }
            _ => pair(&mut map, text)?,
        }
    }
    Ok(map)
}

/// A JSON object.
pub(crate) fn object(text: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(text)
        .map_err(|error| Failure::usage(format!("`{text}` is no JSON object: {error}")))
}

fn pair(map: &mut Map<String, Value>, text: &str) -> Result<(), Failure> {
    let (path, value) = match text.split_once('=') {
        Some((path, value)) => (path, literal(value)?),
        None => (text, Value::Bool(true)),
    };
    let mut names = path.split('.').rev();
    let last = names.next().unwrap_or_default();
    let mut inner = map;
    for name in names.rev() {
        let nest = inner
            .entry(name)
            .or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(nest) = nest else {
            return Err(Failure::usage(format!(
                "`{name}` in `{path}` has a value already"
            )));
        };
        inner = nest;
    }
    if last.is_empty() {
        return Err(Failure::usage(format!(
            "`{text}` names no attribute: ATTRIBUTE=VALUE is wanted"
        )));
    }
    match inner.entry(last) {
        serde_json::map::Entry::Vacant(vacant) => {
            vacant.insert(value);
        }
        serde_json::map::Entry::Occupied(mut occupied) => match occupied.get_mut() {
            Value::Array(list) => list.push(value),
            first => *first = Value::Array(vec![first.take(), value]),
        },
    }
    Ok(())
}

fn literal(text: &str) -> Result<Value, Failure> {
    match text.chars().next() {
        Some('{' | '[' | '"') => serde_json::from_str(text)
            .map_err(|error| Failure::usage(format!("`{text}` is no JSON: {error}"))),
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parsed(rest: &[&str]) -> Value {
        let rest: Vec<String> = rest.iter().map(|&text| text.to_owned()).collect();
        Value::Object(parse(None, &rest).unwrap_or_default())
    }

    #[test]
    fn pairs_and_objects_make_one_object() {
        let given = [
            "{\"a\": 1}",
            "b=2",
            "nest.x=y",
            "nest.list=1",
            "nest.list=2",
            "flag",
        ];
        let nest = json!({ "x": "y", "list": ["1", "2"] });
        let expected = json!({ "a": 1, "b": "2", "nest": nest, "flag": true });
        assert_eq!(parsed(&given), expected);
        assert_eq!(
            parsed(&["a=[1, 2]", "b=\"=\"", "c="]),
            json!({ "a": [1, 2], "b": "=", "c": "" })
        );
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for text in ["=1", "a.=1", "{\"a\"", "a=[1", "[1]", "\"a\""] {
            assert!(parse(None, &[text.to_owned()]).is_err(), "{text}");
        }
    }
}
