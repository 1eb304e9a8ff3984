//! The diagram of a transaction: a row for each relation, a column for each statement, a bar from
//! the statement that takes a lock to what gives it back.

use super::escape::Html;
use crate::effects::Blocked;
use crate::migration::Direction;
use crate::report::terminal::count;
use crate::rule::{hold_phrase, work_clause};
use crate::timeline::{Bar, BarEnd, Hold, Lane, Locked, Moment, Timeline, TransactionKind};

/// Folder and name of the file in which a transaction begins.
pub(super) fn file(timeline: &Timeline) -> (&str, &str) {
    let first = timeline.moments.first();
    let file = first.and_then(|moment| moment.place.as_ref()).map_or("", |place| place.file.path());
    // A file that is called like all others is known by its folder.
    let bare = ["up.sql", "down.sql", "migration.sql"];
    match file.rsplit_once('/') {
        Some((folder, name)) if bare.contains(&name) => match folder.rsplit_once('/') {
            Some((above, _)) => (above, file.get(above.len() + 1..).unwrap_or(name)),
            None => ("", file),
        },
        Some((folder, name)) => (folder, name),
        None => ("", file),
    }
}

/// What the transaction is, above its diagram.
pub(super) fn heading(page: &mut Html, number: usize, timeline: &Timeline) {
    let (folder, name) = file(timeline);
    page.raw(&format!("<h2 id=\"t{number}\">"));
    page.text(name);
    if let Some(line) = line(timeline) {
        page.text(&format!(", line {line}"));
    }
    if timeline.direction == Direction::Down {
        page.raw(" <span class=\"tag\">way back</span>");
    }
    page.raw("</h2>\n<p class=\"about\">");
    if !folder.is_empty() {
        page.raw("<code>");
        page.text(folder);
        page.raw("</code> · ");
    }
    page.text(&format!("{} {}", count(timeline.moments.len(), "statement"), how(timeline)));
    page.raw("</p>\n");
}

/// The line of a statement that stands alone: where each commits by itself, a file has many
/// transactions.
pub(super) fn line(timeline: &Timeline) -> Option<usize> {
    let alone = timeline.kind == TransactionKind::Single;
    let first = timeline.moments.first().filter(|_| alone)?;
    Some(first.place.as_ref()?.start().line)
}

fn how(timeline: &Timeline) -> &'static str {
    match (timeline.kind, timeline.moments.len()) {
        (TransactionKind::Single, _) | (_, 1) => "by itself",
        (TransactionKind::Runner, _) => "in one transaction that the migration tool opens",
        (TransactionKind::Explicit, _) => "in the script’s own transaction",
        (TransactionKind::Implicit, _) => "in one transaction, because they are sent as one string",
    }
}

/// The lanes with their bars, below the numbers of the statements.
pub(super) fn diagram(page: &mut Html, number: usize, timeline: &Timeline) {
    let columns = timeline.moments.len();
    page.raw(
        "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Locks over time\">\n",
    );
    page.raw(&format!("<div class=\"lanes\" style=\"--columns:{columns}\">\n"));
    page.raw("<div class=\"corner\">statement</div>\n");
    for (at, moment) in timeline.moments.iter().enumerate() {
        let working = if moment.work.is_empty() { "" } else { " working" };
        let column = at + 2;
        page.raw(&format!(
            "<a class=\"tick{working}\" style=\"grid-column:{column}\" href=\"#t{number}s{}\">{}</a>\n",
            at + 1,
            at + 1
        ));
    }
    let end = if timeline.rolled_back { "rollback" } else { "commit" };
    page.raw(&format!("<div class=\"end\" style=\"grid-column:{}\">{end}</div>\n", columns + 2));
    for (at, lane) in timeline.lanes.iter().chain(&timeline.quiet).enumerate() {
        draw(page, number, at + 2, lane, timeline);
    }
    page.raw("</div>\n</div>\n");
}

fn draw(page: &mut Html, number: usize, row: usize, lane: &Lane, timeline: &Timeline) {
    page.raw(&format!("<div class=\"relation\" style=\"grid-row:{row}\"><code>"));
    page.text(&lane.locked.to_string());
    page.raw("</code>");
    if lane.locked == Locked::Database {
        page.raw(" <span class=\"whole\">whole database</span>");
    }
    page.raw("</div>\n");
    page.raw(&format!("<div class=\"track\" style=\"grid-row:{row}\"></div>\n"));
    for (at, bar) in lane.bars.iter().enumerate() {
        // A stronger lock taken later goes over the weaker one, which is no longer what counts.
        let until =
            lane.bars.get(at + 1).map_or(bar.until + 1, |next| next.from.min(bar.until + 1));
        let is_last = until == bar.until + 1;
        let ends = is_last && bar.until + 1 == timeline.moments.len();
        let from = bar.from + 2;
        let to = if ends { until + 3 } else { until + 2 };
        page.raw(&format!(
            "<a class=\"bar {}\" style=\"grid-row:{row};grid-column:{from}/{to}\" href=\"#t{number}s{}\" aria-label=\"",
            class(&bar.hold),
            bar.from + 1
        ));
        page.text(&spoken(lane, bar, timeline));
        page.raw("\" title=\"");
        page.text(&spoken(lane, bar, timeline));
        page.raw("\"><span>");
        page.raw(short(&bar.hold));
        page.raw("</span></a>\n");
        for (position, _) in timeline.working(bar).filter(|(position, _)| *position < until) {
            let column = position + 2;
            page.raw(&format!(
                "<span class=\"work\" style=\"grid-row:{row};grid-column:{column}\" aria-hidden=\"true\"></span>\n"
            ));
        }
    }
}

/// The classes that colour a lock: a change that keeps readers and writers out at its ends alone is
/// drawn so.
fn class(hold: &Hold) -> String {
    let class = |blocked| match blocked {
        Blocked::ReadsAndWrites => "everyone",
        Blocked::Writes => "writers",
        Blocked::Maintenance => "ddl",
    };
    match hold.blocked_at_ends() {
        None => class(hold.blocked()).to_owned(),
        Some(at_ends) => format!("{} ends-{}", class(hold.blocked()), class(at_ends)),
    }
}

fn short(hold: &Hold) -> &'static str {
    match (hold, hold.blocked()) {
        (Hold::Writer, _) => "all other writes wait",
        (_, Blocked::ReadsAndWrites) => "reads and writes wait",
        (_, Blocked::Writes) => "writes wait",
        (Hold::Metadata(_), Blocked::Maintenance) => "reads and writes go on, but for its ends",
        (Hold::Relation(_), Blocked::Maintenance) => "schema changes wait",
    }
}

/// The bar in one sentence, for who hovers, tabs or listens.
fn spoken(lane: &Lane, bar: &Bar, timeline: &Timeline) -> String {
    let end = match bar.end {
        BarEnd::Commit => "commit".to_owned(),
        BarEnd::Rollback => "the rollback".to_owned(),
        BarEnd::Session => "UNLOCK TABLES".to_owned(),
        BarEnd::Savepoint => format!("the rollback to a savepoint in statement {}", bar.until + 1),
    };
    let mut text = format!(
        "{}: {} ({}), from statement {} to {end}",
        lane.locked,
        hold_phrase(&bar.hold),
        bar.hold,
        bar.from + 1
    );
    let working: Vec<(usize, &Moment)> = timeline.working(bar).collect();
    for (position, moment) in working.iter().take(3) {
        let clauses: Vec<String> = moment.work.iter().map(work_clause).collect();
        text.push_str(&format!("; statement {}: {}", position + 1, clauses.join(", ")));
    }
    text
}
