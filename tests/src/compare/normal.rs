// SPDX-License-Identifier: MIT OR Apache-2.0

//! When two clients say the same, though they write it otherwise, or a moment later.

use super::{Outcome, Refusal, Request};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Attributes that move from one moment, or one network namespace, to the next: both must have them, in the
/// same form.
const MOVES: &[&str] = &[
    // Times.
    "cstamp",
    "tstamp",
    "last-flush",
    "last-rand",
    "rta-lastuse",
    "confirmed",
    "updated",
    "used",
    "dfs-time",
    "time-next-delayed-flow",
    "install",
    "lastuse",
    // Counters: what a device sends by itself it sends when it likes.
    "stats",
    "stats2",
    "stats64",
    "icmp6stats",
    "link-64",
    "xstats",
    // Drawn for each device and table.
    "reachable-time",
    "hash-rnd",
    // Who asked.
    "proc-pid",
    "proc-name",
];

/// Dumps whose entries come out of a hash table, in the order of a number that is drawn for each network namespace.
const UNORDERED: &[(&str, &str)] = &[("rt-neigh", "getneigh")];

/// What is different, a line for each: none where they say the same.
///
/// - Flags are a set in one and in the order of their bits in the other, where one number has all bits without a name.
/// - A value that an enum lacks is `Unknown(7)` in one and `7` in the other.
/// - Where a fixed header and an attribute have one name, one has the header's member alone, and the other that in
///   `$header`.
/// - Attributes that move ([`MOVES`]) have any value.
/// - Entries of some dumps ([`UNORDERED`]) have any order.
/// - Of a refusal one tells no place within nests that it cannot follow: then the other may.
pub fn same(request: &Request, theirs: &Outcome, ours: &Outcome) -> Vec<String> {
    let mut differences = Vec::new();
    let unordered = UNORDERED.contains(&(&request.family, &request.op));
    match (theirs, ours) {
        (Outcome::Reply(Value::Array(theirs)), Outcome::Reply(Value::Array(ours))) if unordered => {
            let ours = in_order_of(theirs, ours);
            values(
                "",
                &theirs.as_slice().into(),
                &ours.into(),
                &mut differences,
            );
        }
        (Outcome::Reply(theirs), Outcome::Reply(ours)) => {
            values("", theirs, ours, &mut differences);
        }
        (Outcome::Refused(theirs), Outcome::Refused(ours)) => {
            refusals(theirs, ours, &mut differences);
        }
        (Outcome::Absent(_), Outcome::Absent(_)) => {}
        (theirs, ours) => differences.push(format!("{theirs:?} and {ours:?}")),
    }
    differences
}

/// The entries of `ours`, each in the place of the first that is the same, and what is left behind them.
fn in_order_of(theirs: &[Value], ours: &[Value]) -> Vec<Value> {
    let mut left = ours.to_vec();
    let mut ordered = Vec::new();
    for entry in theirs {
        let is_same = |other: &Value| {
            let mut differences = Vec::new();
            values("", entry, other, &mut differences);
            differences.is_empty()
        };
        if let Some(place) = left.iter().position(is_same) {
            ordered.push(left.remove(place));
        }
    }
    ordered.extend(left);
    ordered
}

fn refusals(theirs: &Refusal, ours: &Refusal, differences: &mut Vec<String>) {
    let leaf = |path: &Option<String>| {
        let last = path.as_ref()?.rsplit('.').next();
        last.map(str::to_owned)
    };
    let is_same = theirs.errno == ours.errno
        && theirs.text == ours.text
        && (theirs.at.is_none() || theirs.at == ours.at)
        && (theirs.missing.is_none() || theirs.missing == leaf(&ours.missing));
    if !is_same {
        differences.push(format!("{theirs:?} and {ours:?}"));
    }
}

fn values(path: &str, theirs: &Value, ours: &Value, differences: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), ours) if theirs.contains_key("$set") => {
            if set(&theirs["$set"]) != set(ours) {
                differences.push(format!("{path}: {} and {ours}", theirs["$set"]));
            }
        }
        (Value::Object(theirs), Value::Object(ours)) => objects(path, theirs, ours, differences),
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (place, (theirs, ours)) in theirs.iter().zip(ours).enumerate() {
                values(&format!("{path}[{place}]"), theirs, ours, differences);
            }
        }
        (Value::String(theirs), Value::Number(ours)) if *theirs == format!("Unknown({ours})") => {}
        (theirs, ours) if theirs == ours => {}
        (theirs, ours) => differences.push(format!("{path}: {theirs} and {ours}")),
    }
}

fn objects(
    path: &str,
    theirs: &Map<String, Value>,
    ours: &Map<String, Value>,
    differences: &mut Vec<String>,
) {
    let header = ours.get("$header").and_then(Value::as_object);
    let header_first = |name: &str| header.and_then(|header| header.get(name));
    let names: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for name in names {
        let path = format!("{path}.{name}");
        let found = header_first(name).or_else(|| ours.get(name));
        match (theirs.get(name), found) {
            (None, _) if name == "$header" => {}
            (Some(theirs), Some(ours))
                if MOVES.contains(&name.as_str()) && have_one_form(theirs, ours) => {}
            (Some(theirs), Some(ours)) => values(&path, theirs, ours, differences),
            (theirs, ours) => {
                let text = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
                differences.push(format!("{path}: {} and {}", text(theirs), text(ours)));
            }
        }
    }
}

/// Whether they differ in numbers and texts alone.
fn have_one_form(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::Array(theirs), Value::Array(ours)) => {
            let mut both = theirs.iter().zip(ours);
            theirs.len() == ours.len() && both.all(|(theirs, ours)| have_one_form(theirs, ours))
        }
        (Value::Object(theirs), Value::Object(ours)) => {
            let has = |(name, theirs)| {
                ours.get(name)
                    .is_some_and(|ours| have_one_form(theirs, ours))
            };
            theirs.len() == ours.len() && theirs.iter().all(has)
        }
        (theirs, ours) => std::mem::discriminant(theirs) == std::mem::discriminant(ours),
    }
}

/// The names in a list of flags; of bits without a name `Unknown(BIT)`.
fn set(list: &Value) -> Option<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for item in list.as_array()? {
        match (item.as_str(), item.as_u64()) {
            (Some(name), _) => {
                names.insert(name.to_owned());
            }
            (None, Some(bits)) => {
                let set = (0..64).filter(|bit| bits >> bit & 1 == 1);
                names.extend(set.map(|bit| format!("Unknown({bit})")));
            }
            (None, None) => return None,
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::scenarios;
    use serde_json::json;

    const DUMP: &str = "[all]\nrt-neigh dump getneigh {}\nrt-link dump getlink {}";

    fn differ_in(request: &str, theirs: Value, ours: Value) -> Vec<String> {
        let scenario = &scenarios(DUMP)[0];
        let request = scenario.requests.iter().find(|known| known.op == request);
        let [theirs, ours] = [theirs, ours].map(Outcome::Reply);
        same(request.expect("known"), &theirs, &ours)
    }

    fn differ(theirs: Value, ours: Value) -> Vec<String> {
        differ_in("getlink", theirs, ours)
    }

    #[test]
    fn counters_have_any_value_and_one_form() {
        let counted = |value: Value| json!({ "stats": value });
        let theirs = || counted(json!({ "a": 1, "b": [1, 2] }));
        assert_eq!(
            differ(theirs(), counted(json!({ "a": 2, "b": [3, 4] }))),
            [""; 0]
        );
        for other in [
            json!({ "a": 1 }),
            json!({ "a": 1, "b": [1] }),
            json!({ "a": "1", "b": [1, 2] }),
        ] {
            assert_eq!(differ(theirs(), counted(other)).len(), 1);
        }
    }

    #[test]
    fn only_what_a_hash_table_holds_has_any_order() {
        let [theirs, ours] = [
            json!([{ "a": 1 }, { "a": 2 }]),
            json!([{ "a": 2 }, { "a": 1 }]),
        ];
        assert_eq!(differ_in("getneigh", theirs.clone(), ours.clone()), [""; 0]);
        assert_eq!(differ_in("getlink", theirs.clone(), ours).len(), 2);
        let twice = json!([{ "a": 1 }, { "a": 1 }]);
        assert_eq!(differ_in("getneigh", theirs, twice), ["[1].a: 2 and 1"]);
    }

    #[test]
    fn what_is_written_otherwise_is_the_same() {
        let theirs = json!({ "flags": { "$set": ["Unknown(5)", "b", "a"] }, "kind": "Unknown(7)", "table": 1 });
        let ours =
            json!({ "flags": ["a", "b", 32], "kind": 7, "table": 2, "$header": { "table": 1 } });
        assert_eq!(differ(theirs, ours), [""; 0]);
    }

    #[test]
    fn what_differs_is_told_with_its_path() {
        let theirs = json!([{ "a": { "b": 1 }, "flags": { "$set": ["x"] } }, { "c": 1 }]);
        let ours = json!([{ "a": { "b": 2 }, "flags": ["y"] }, { "d": 1 }]);
        assert_eq!(
            differ(theirs, ours),
            [
                "[0].a.b: 1 and 2",
                "[0].flags: [\"x\"] and [\"y\"]",
                "[1].c: 1 and nothing",
                "[1].d: nothing and 1",
            ]
        );
    }

    #[test]
    fn a_refusal_is_the_same_with_its_errno_text_and_place() {
        let request = &scenarios(DUMP)[0].requests[0];
        let refused = |errno: &str, at: Option<&str>| {
            Outcome::Refused(Refusal {
                errno: errno.to_owned(),
                at: at.map(str::to_owned),
                ..Refusal::default()
            })
        };
        let theirs = refused("EINVAL", None);
        assert!(same(request, &theirs, &refused("EINVAL", Some("a"))).is_empty());
        assert!(!same(request, &theirs, &refused("ENOENT", None)).is_empty());
        let theirs = refused("EINVAL", Some("a.b"));
        assert!(!same(request, &theirs, &refused("EINVAL", Some("b"))).is_empty());
    }
}
