//! An offer's past, as JobRad remembers it. The whole shape is [assumed]: the documentation says
//! only that there are changes with who made them and when.

use serde_json::Value;

use crate::{
    domain::history::HistoryEntry,
    providers::json::{BadField, Record},
};

pub(super) fn read(entry: &Record<'_>) -> Result<HistoryEntry, BadField> {
    let actor = match entry.record("changedBy")? {
        Some(by) => by.text("name")?.or(by.text("type")?),
        None => None,
    };
    let (from_status, to_status) = statuses(entry)?;
    Ok(HistoryEntry {
        at: entry.required("changedAt", entry.time("changedAt")?)?,
        actor,
        kind: entry.required("changeType", entry.text("changeType")?)?,
        from_status,
        to_status,
        changes: entry
            .raw("changes")
            .and_then(|it| serde_json::from_str::<Value>(it).ok()),
    })
}

type Statuses = (Option<String>, Option<String>);

/// From which status to which: a change of the field `status`, or a code beside the changes.
fn statuses(entry: &Record<'_>) -> Result<Statuses, BadField> {
    let code = entry.text("statusCode")?;
    for change in entry.records("changes")? {
        if change.text("field")?.as_deref() == Some("status") {
            let new = change.text("new")?;
            return Ok((change.text("old")?, new.or(code)));
        }
    }
    Ok((None, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_read_with_who_made_them_and_when() {
        let answer = Record::read(include_str!("fixtures/history.json")).unwrap();
        let entries: Vec<_> = answer
            .records("data")
            .unwrap()
            .iter()
            .map(|it| read(it).unwrap())
            .collect();

        assert_eq!(entries[0].kind, "created");
        assert_eq!(entries[0].actor.as_deref(), Some("Radhaus Nord"));
        assert_eq!(entries[0].to_status.as_deref(), Some("pending"));
        assert_eq!(entries[1].from_status.as_deref(), Some("pending"));
        assert_eq!(entries[1].to_status.as_deref(), Some("draft"));
        assert_eq!(entries[1].actor.as_deref(), Some("system"));
        assert_eq!(entries[1].at.to_rfc3339(), "2030-12-01T09:20:00.500+00:00");
        assert_eq!(
            entries[2].changes.as_ref().unwrap()[0]["new"],
            serde_json::json!(2790.5)
        );
        assert_eq!(entries[2].to_status, None);
    }
}
