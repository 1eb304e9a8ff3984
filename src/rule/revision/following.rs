//! Revisions that run right after another one.

use super::literal;
use crate::finding::NewFile;
use crate::migration::{Migration, NoTransaction, TransactionMode};
use crate::rule::follow_up::{FollowUp, WayBack, incremented};
use crate::rule::{StatementContext, Step};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// A revision that is to be written.
pub(super) struct NewRevision<'a> {
    /// What it does, as a name.
    pub description: &'a str,
    /// Calls of its `upgrade()`.
    pub up: Vec<String>,
    /// Lines of its `downgrade()`.
    pub down: Vec<String>,
    /// Where its calls run.
    pub runs: Runs,
}

/// Where the calls of a new revision run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    /// In the transaction that is there.
    Inside,
    /// The way forward outside of it: all that the run did before is committed, and its locks are
    /// gone.
    UpOutside,
    /// Both ways outside of it.
    Outside,
}

impl StatementContext<'_> {
    /// The files of revisions that send SQL and follow this statement's, one after the other.
    pub(in crate::rule) fn following_revisions(
        &self,
        all: &[FollowUp<'_>],
    ) -> Option<Vec<NewFile>> {
        let script = self.migration().up.as_ref()?;
        let execute = |step: &Step| -> Vec<String> {
            let statements = step.statements().iter();
            statements.map(|one| format!("op.execute({})", literal::sql(one))).collect()
        };
        let whole_run = script.source.transaction == TransactionMode::WholeRun;
        let mut parent = self.migration().id.clone();
        let mut files = Vec::with_capacity(all.len());
        for new in all {
            let up_leaves = new.up.is_outside() || whole_run;
            let (down, down_leaves) = match new.down {
                WayBack::Steps(step) => (execute(step), step.is_outside()),
                WayBack::Nothing(reason) => (vec![format!("# {reason}"), "pass".to_owned()], false),
            };
            let runs = match (up_leaves, down_leaves) {
                (_, true) => Runs::Outside,
                (true, false) => Runs::UpOutside,
                (false, false) => Runs::Inside,
            };
            let revision =
                NewRevision { description: new.description, up: execute(new.up), down, runs };
            let (id, file) = self.write_after(&parent, &revision)?;
            parent = id;
            files.push(file);
        }
        Some(files)
    }

    /// The file of a revision that follows this statement's; `None` where others do so already:
    /// they would have to be changed too.
    pub(super) fn write_following(&self, new: &NewRevision<'_>) -> Option<NewFile> {
        self.write_after(&self.migration().id, new).map(|(_, file)| file)
    }

    /// The same after another new one of these, and its id.
    fn write_after(&self, parent: &str, new: &NewRevision<'_>) -> Option<(String, NewFile)> {
        let NoTransaction::Block(block) = self.project.conventions.no_transaction else {
            return None;
        };
        let migration = self.migration();
        let migrations = self.project.migrations;
        if migrations.iter().any(|other| other.parents.contains(&migration.id)) {
            return None;
        }
        let id = next_id(migrations, parent, new.description);
        let file = &migration.up.as_ref()?.source.file;
        let stem = file.path().rsplit('/').next()?.strip_suffix(".py")?;
        let name = match stem.find(&migration.id) {
            Some(at) => format!("{}{id}_{}.py", stem.get(..at)?, new.description),
            None => format!("{stem}_{}.py", new.description),
        };
        let (path, location) = file.beside(0, &name)?;
        let text = text(&id, parent, new, block);
        Some((id, NewFile { path, location, text, follows: None }))
    }
}

/// The id of the new revision: the next number where ids are numbers, else one that is made of
/// what it is.
fn next_id(all: &[Migration], parent: &str, description: &str) -> String {
    let is_number = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(parent) && all.iter().all(|one| is_number(&one.id)) {
        let next = incremented(parent);
        if all.iter().all(|one| one.id != next) {
            return next;
        }
    }
    let digest = Sha256::digest(format!("{parent}\0{description}").as_bytes());
    digest.iter().take(6).fold(String::new(), |mut id, byte| {
        // Writing into a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

fn text(id: &str, parent: &str, new: &NewRevision<'_>, block: &str) -> String {
    let title = new.description.replace('_', " ");
    let has_sa = new.up.iter().chain(&new.down).any(|call| call.contains("sa."));
    let import = if has_sa { "import sqlalchemy as sa\n" } else { "" };
    let mut text = format!(
        "\"\"\"{title}\n\nRevision ID: {id}\nRevises: {parent}\n\"\"\"\nfrom alembic import op\n{import}\nrevision = \"{id}\"\ndown_revision = \"{parent}\"\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n"
    );
    let write = |text: &mut String, lines: &[String], block: Option<&str>| {
        let indent = if block.is_some() { "        " } else { "    " };
        if let Some(block) = block {
            let _ = writeln!(text, "    {block}");
        }
        for line in lines.iter().flat_map(|call| call.lines()) {
            let _ = writeln!(text, "{indent}{line}");
        }
    };
    write(&mut text, &new.up, (new.runs != Runs::Inside).then_some(block));
    text.push_str("\n\ndef downgrade():\n");
    write(&mut text, &new.down, (new.runs == Runs::Outside).then_some(block));
    text
}
