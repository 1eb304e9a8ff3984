//! `lockgate compat`: which releases can still run after the migrations, as text and as JSON.

use super::write_json;
use crate::deployed::{Conflict, Doubt, Matrix, Row, Site, Verdict};
use serde::Serialize;
use std::io::{self, Write};

const VERSION: u32 = 1;

/// Writes a line for each release, with what breaks it and where, and the oldest that can run.
///
/// # Errors
/// Those of the writer.
pub fn write_text(out: &mut dyn Write, matrices: &[Matrix]) -> io::Result<()> {
    for matrix in matrices {
        if matrices.len() > 1 {
            writeln!(out, "{}", matrix.project)?;
        }
        let width = matrix.rows.iter().map(|row| row.release.chars().count()).max().unwrap_or(0);
        for row in &matrix.rows {
            write_row(out, matrix, row, width)?;
        }
        match matrix.floor() {
            Some(row) if row.is_proven() => {
                writeln!(
                    out,
                    "oldest release that can run after these migrations: {}",
                    row.release
                )?;
            }
            Some(row) => writeln!(
                out,
                "oldest release that can run after these migrations: {} (not proven)",
                row.release
            )?,
            None => writeln!(out, "no release can run after these migrations")?,
        }
    }
    Ok(())
}

fn write_row(out: &mut dyn Write, matrix: &Matrix, row: &Row, width: usize) -> io::Result<()> {
    let (word, mark) = match (row.runs(), row.is_proven()) {
        (false, _) => ("breaks", '✗'),
        (true, false) => ("not proven", '?'),
        (true, true) => ("compatible", '✓'),
    };
    let newer = row.verdicts.iter().filter(|verdict| **verdict != Verdict::Contained).count();
    let plural = if newer == 1 { "" } else { "s" };
    let release = &row.release;
    writeln!(out, "{mark} {release:width$}  {word} ({newer} newer migration{plural})")?;
    for ((id, _), verdict) in matrix.migrations.iter().zip(&row.verdicts) {
        match verdict {
            Verdict::Contained | Verdict::Compatible => {}
            Verdict::Breaks(conflicts) => {
                for conflict in conflicts {
                    write_conflict(out, id, conflict, ':')?;
                }
            }
            Verdict::NotProven(doubt) => write_doubt(out, id, doubt)?,
        }
    }
    Ok(())
}

fn write_doubt(out: &mut dyn Write, id: &str, doubt: &Doubt) -> io::Result<()> {
    for conflict in &doubt.possible {
        write_conflict(out, id, conflict, '?')?;
    }
    if doubt.opaque > 0 {
        writeln!(out, "    {id}? statements not understood: {}", doubt.opaque)?;
    }
    Ok(())
}

fn write_conflict(
    out: &mut dyn Write,
    id: &str,
    conflict: &Conflict,
    mark: char,
) -> io::Result<()> {
    writeln!(out, "    {id}{mark} {}", conflict.broken)?;
    for site in &conflict.sites {
        let place = &site.place;
        let (file, line) = (place.file.path(), place.start().line);
        writeln!(out, "      {file}:{line} {}", site.how.phrase())?;
    }
    Ok(())
}

/// Writes the matrix as JSON; the schema is `schemas/compat-1.json`.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, matrices: &[Matrix]) -> io::Result<()> {
    let projects = matrices.iter().map(ProjectItem::of).collect();
    write_json(out, &Document { version: VERSION, projects })
}

#[derive(Serialize)]
struct Document<'m> {
    version: u32,
    projects: Vec<ProjectItem<'m>>,
}

#[derive(Serialize)]
struct ProjectItem<'m> {
    path: &'m str,
    /// The oldest release from which on all can run; `null` where none can.
    floor: Option<&'m str>,
    releases: Vec<ReleaseItem<'m>>,
}

#[derive(Serialize)]
struct ReleaseItem<'m> {
    release: &'m str,
    verdict: &'static str,
    migrations: Vec<MigrationItem<'m>>,
}

#[derive(Serialize)]
struct MigrationItem<'m> {
    migration: &'m str,
    file: &'m str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<ConflictItem>,
    #[serde(skip_serializing_if = "is_zero")]
    opaque: usize,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[derive(Serialize)]
struct ConflictItem {
    kind: &'static str,
    relation: String,
    message: String,
    sites: Vec<SiteItem>,
}

#[derive(Serialize)]
struct SiteItem {
    file: String,
    line: usize,
    column: usize,
    #[serde(rename = "use")]
    how: &'static str,
}

impl<'m> ProjectItem<'m> {
    fn of(matrix: &'m Matrix) -> Self {
        Self {
            path: &matrix.project,
            floor: matrix.floor().map(|row| row.release.as_str()),
            releases: matrix.rows.iter().map(|row| ReleaseItem::of(matrix, row)).collect(),
        }
    }
}

impl<'m> ReleaseItem<'m> {
    fn of(matrix: &'m Matrix, row: &'m Row) -> Self {
        let verdict = match (row.runs(), row.is_proven()) {
            (false, _) => "breaks",
            (true, false) => "not_proven",
            (true, true) => "compatible",
        };
        let migrations = matrix.migrations.iter().zip(&row.verdicts);
        Self {
            release: &row.release,
            verdict,
            migrations: migrations
                .map(|((id, file), verdict)| MigrationItem::of(id, file, verdict))
                .collect(),
        }
    }
}

impl<'m> MigrationItem<'m> {
    fn of(migration: &'m str, file: &'m str, verdict: &Verdict) -> Self {
        let none: &[Conflict] = &[];
        let (verdict, conflicts, opaque) = match verdict {
            Verdict::Contained => ("contained", none, 0),
            Verdict::Compatible => ("compatible", none, 0),
            Verdict::Breaks(conflicts) => ("breaks", conflicts.as_slice(), 0),
            Verdict::NotProven(doubt) => ("not_proven", doubt.possible.as_slice(), doubt.opaque),
        };
        let conflicts = conflicts.iter().map(ConflictItem::of).collect();
        Self { migration, file, verdict, conflicts, opaque }
    }
}

impl ConflictItem {
    fn of(conflict: &Conflict) -> Self {
        Self {
            kind: conflict.broken.kind.as_str(),
            relation: conflict.broken.table.to_string(),
            message: conflict.broken.to_string(),
            sites: conflict.sites.iter().map(SiteItem::of).collect(),
        }
    }
}

impl SiteItem {
    fn of(site: &Site) -> Self {
        let start = site.place.start();
        let file = site.place.file.path().to_owned();
        Self { file, line: start.line, column: start.column, how: site.how.as_str() }
    }
}
