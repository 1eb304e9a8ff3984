//! The `timeline` member: transactions that make others wait.

use super::Range;
use crate::effects::{Blocked, LockMode, Method, TableLock, Work, WorkKind};
use crate::finding::ProjectTimeline;
use crate::migration::{Direction, RelationKind};
use crate::secret;
use crate::timeline::{Bar, BarEnd, Hold, Lane, Locked, Moment, Timeline, TransactionKind};
use serde::Serialize;
use std::borrow::Cow;

#[derive(Serialize)]
pub(super) struct Transaction<'r> {
    project: &'r str,
    dialect: &'static str,
    direction: Direction,
    opened_by: &'static str,
    end: BarEnd,
    statements: Vec<StatementItem<'r>>,
    lanes: Vec<LaneItem>,
}

#[derive(Serialize)]
struct StatementItem<'r> {
    migration: &'r str,
    #[serde(flatten)]
    place: Option<Range<'r>>,
    sql: Cow<'r, str>,
    known: bool,
    conditional: bool,
    work: Vec<WorkItem>,
}

#[derive(Serialize)]
struct WorkItem {
    relation: String,
    what: WorkKind,
}

#[derive(Serialize)]
struct LaneItem {
    relation: String,
    kind: LaneKind,
    bars: Vec<BarItem>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum LaneKind {
    Relation(RelationKind),
    Database(&'static str),
}

#[derive(Serialize)]
struct BarItem {
    #[serde(flatten)]
    lock: LockItem,
    waits: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_at_ends: Option<&'static str>,
    from: usize,
    until: usize,
    end: BarEnd,
    working: Vec<usize>,
}

/// The lock in the words of its server.
#[derive(Serialize)]
#[serde(untagged)]
enum LockItem {
    Relation {
        mode: LockMode,
    },
    Metadata {
        metadata_lock: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        algorithm: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lock: Option<&'static str>,
    },
    Database {
        database_lock: &'static str,
    },
}

/// More working statements of a bar than these are not listed: of very many tables under very
/// many statements the list would grow with the product.
const LISTED: usize = 100;

impl<'r> Transaction<'r> {
    pub(super) fn of(entry: &'r ProjectTimeline) -> Self {
        let timeline = &entry.timeline;
        Self {
            project: &entry.project,
            dialect: entry.dialect.as_str(),
            direction: timeline.direction,
            opened_by: opened_by(timeline.kind),
            end: if timeline.rolled_back { BarEnd::Rollback } else { BarEnd::Commit },
            statements: timeline.moments.iter().map(StatementItem::of).collect(),
            lanes: timeline.lanes.iter().map(|lane| LaneItem::of(lane, timeline)).collect(),
        }
    }
}

fn opened_by(kind: TransactionKind) -> &'static str {
    match kind {
        TransactionKind::Runner => "runner",
        TransactionKind::Explicit => "script",
        TransactionKind::Implicit => "string",
        TransactionKind::Single => "statement",
    }
}

impl<'r> StatementItem<'r> {
    fn of(moment: &'r Moment) -> Self {
        Self {
            migration: &moment.migration,
            place: moment.place.as_ref().map(Range::of),
            sql: secret::hidden(&moment.sql),
            known: moment.known,
            conditional: moment.conditional,
            work: moment.work.iter().map(WorkItem::of).collect(),
        }
    }
}

impl WorkItem {
    fn of(work: &Work) -> Self {
        Self { relation: work.relation.to_string(), what: work.what }
    }
}

impl LaneItem {
    fn of(lane: &Lane, timeline: &Timeline) -> Self {
        Self {
            relation: lane.locked.to_string(),
            kind: match lane.locked {
                Locked::Relation(_, kind) => LaneKind::Relation(kind),
                Locked::Database => LaneKind::Database("database"),
            },
            bars: lane.bars.iter().map(|bar| BarItem::of(bar, timeline)).collect(),
        }
    }
}

impl BarItem {
    fn of(bar: &Bar, timeline: &Timeline) -> Self {
        Self {
            lock: LockItem::of(bar.hold),
            waits: waits(bar.hold.blocked()),
            waits_at_ends: bar.hold.blocked_at_ends().map(waits),
            from: bar.from,
            until: bar.until,
            end: bar.end,
            working: timeline.working(bar).map(|(at, _)| at).take(LISTED).collect(),
        }
    }
}

impl LockItem {
    fn of(hold: Hold) -> Self {
        match hold {
            Hold::Relation(mode) => Self::Relation { mode },
            Hold::Metadata(hold) => Self::Metadata {
                metadata_lock: hold.mode.as_str(),
                algorithm: hold.method.and_then(Method::algorithm),
                lock: hold.meanwhile.map(TableLock::as_sql),
            },
            Hold::Writer => Self::Database { database_lock: "write" },
        }
    }
}

fn waits(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::ReadsAndWrites => "reads_and_writes",
        Blocked::Writes => "writes",
        Blocked::Maintenance => "maintenance",
    }
}
