//! From a path of the plan to its place in the file.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::Place;
use super::source::Source;

/// Returns the place of `path`, or of the nearest part around it that the file has.
pub(super) fn place(root: &DeTable<'_>, source: &Source<'_>, path: &str) -> Option<Place> {
    let mut table = Some(root);
    let mut found = None;
    for segment in path.split('.') {
        let (key, indices) = segment.split_once('[').unwrap_or((segment, ""));
        let Some((name, value)) = table.and_then(|table| entry(table, key)) else { break };
        // A section is best shown at its name, a value at the value.
        found = Some(match value.get_ref() {
            DeValue::Table(_) | DeValue::Array(_) => name,
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => value.span().start,
        });
        let mut value = value;
        for index in indices.split('[').filter_map(|index| index.trim_end_matches(']').parse().ok())
        {
            let Some(element) = element(value, index) else { break };
            found = Some(element.span().start);
            value = element;
        }
        table = value.get_ref().as_table();
    }
    found.map(|offset| source.place(offset))
}

fn entry<'a, 't>(table: &'a DeTable<'t>, key: &str) -> Option<(usize, &'a Spanned<DeValue<'t>>)> {
    table
        .iter()
        .find(|(name, _)| name.get_ref().as_ref() == key)
        .map(|(name, value)| (name.span().start, value))
}

fn element<'a, 't>(
    value: &'a Spanned<DeValue<'t>>,
    index: usize,
) -> Option<&'a Spanned<DeValue<'t>>> {
    value.get_ref().as_array()?.get(index)
}
