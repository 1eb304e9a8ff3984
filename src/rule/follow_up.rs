//! Migrations that a fix writes: named after the one that they follow, in the layout's own markers.

use super::follow_text::{down_text, settings_file, up_text};
use super::relocate::mentions;
use super::{StatementContext, Step};
use crate::finding::NewFile;
use crate::migration::{
    Conventions, Direction, Downs, Migration, NewNames, NewScripts, NoTransaction, Script, Version,
};
use crate::schema::RelationName;
use crate::source::SourceFile;

/// How many migrations a new one passes at most to find a free version: what was written so many
/// migrations ago is not split any more.
const FAR: usize = 24;

/// A migration to be written.
#[derive(Debug, Clone)]
pub struct FollowUp<'a> {
    /// What it does, in words or as a name.
    pub description: &'a str,
    /// What it is about, the table last: migrations that it passes must not concern these.
    pub about: &'a [&'a RelationName],
    /// Comment lines above the way forward.
    pub comments: &'a str,
    /// The way forward.
    pub up: &'a Step,
    /// The way back.
    pub down: WayBack<'a>,
}

/// The way back of a new migration.
#[derive(Debug, Clone, Copy)]
pub enum WayBack<'a> {
    /// These statements, where the migration before has a way back too.
    Steps(&'a Step),
    /// Nothing has to be undone, for this reason.
    Nothing(&'a str),
}

impl StatementContext<'_> {
    /// The files of a migration that runs after this statement's and before the next one; `None`
    /// where the layout writes no SQL, or leaves no version free in between.
    pub fn follow_up(&self, new: &FollowUp<'_>) -> Option<Vec<NewFile>> {
        self.follow_ups(std::slice::from_ref(new))
    }

    /// The same for several, each run after the one before it; they are about the same.
    pub fn follow_ups(&self, all: &[FollowUp<'_>]) -> Option<Vec<NewFile>> {
        let conventions = self.project.conventions;
        let names = conventions.names;
        if names.up.ends_with(".py") {
            return self.following_revisions(all);
        }
        // What registers a new file is the layout's tool, which also says what it is called.
        let registered = matches!(conventions.scripts, NewScripts::Registered(_));
        if !names.up.ends_with(".sql") || registered {
            return None;
        }
        let versions = self.next_versions(all.first()?.about, all.len())?;
        let mut files = Vec::new();
        let mut before = self.migration().id.clone();
        for (at, (new, version)) in all.iter().zip(&versions).enumerate() {
            // Files without versions run in the order of their names, or in that of a plan.
            let numbered = format!("{}_{}", at + 1, new.description);
            let plain = !version.is_empty() || all.len() == 1 || names.up.contains('/');
            let description = if plain { new.description } else { &numbered };
            let planned = self.planned_beside(description);
            let description = planned.as_deref().unwrap_or(description);
            let new = FollowUp { description, ..new.clone() };
            let mut made = self.files_of(&new, version)?;
            if let Some(up) = made.first_mut() {
                let id = planned.unwrap_or(stem(&up.path)?.to_owned());
                up.follows = Some(std::mem::replace(&mut before, id));
            }
            files.extend(made);
        }
        Some(files)
    }

    /// The files of one of them.
    fn files_of(&self, new: &FollowUp<'_>, version: &str) -> Option<Vec<NewFile>> {
        let migration = self.migration();
        let conventions = self.project.conventions;
        let up = &migration.up.as_ref()?.source.file;
        let name = |direction| {
            let file = migration.script(direction).map_or(up, |script| &script.source.file);
            let names = names_of(conventions, new, direction);
            new_name(file, names, migration, version, (new.description, direction))
        };
        let mut files = Vec::new();
        let nested = self.planned_beside("").map_or(0, |folder| folder.matches('/').count());
        let deep = conventions.names.up.matches('/').count() + nested;
        let mut make = |name: &str, text: String| -> Option<()> {
            let (path, location) = up.beside(deep, name)?;
            files.push(NewFile { path, location, text, follows: None });
            Some(())
        };
        let up_name = name(Direction::Up)?;
        make(&up_name, up_text(conventions, new))?;
        if migration.down.is_some()
            && conventions.downs == Downs::SecondFile
            && let Some(down_name) = name(Direction::Down)
        {
            make(&down_name, down_text(conventions, new.down, Direction::Down))?;
        }
        if new.up.is_outside()
            && let Some((settings, line)) = settings_file(conventions, &up_name, new.up)
        {
            make(&settings, format!("{line}\n"))?;
        }
        Some(files)
    }

    /// The first free versions after this migration's, among judged migrations that do not concern
    /// what they are about; empty where files carry none.
    fn next_versions(&self, about: &[&RelationName], count: usize) -> Option<Vec<String>> {
        if !self.project.conventions.names.up.contains("{version}") {
            return self.can_be_inserted().then(|| vec![String::new(); count]);
        }
        let all = self.project.migrations;
        let at = self.project.position(&self.migration().id)?;
        let mut here = all.get(at)?.id.clone();
        let start = at + 1;
        let mut at = start;
        let mut versions = Vec::with_capacity(count);
        while versions.len() < count {
            let next = all.get(at);
            let is_free = |version: &String| next.is_none_or(|next| precedes(version, &next.id));
            if let Some(version) = candidates(&here).into_iter().find(is_free) {
                here.clone_from(&version);
                versions.push(version);
                continue;
            }
            here.clone_from(&next.filter(|_| at < start + FAR)?.id);
            at += 1;
        }
        let passed = all.get(start..at)?;
        let are_judged = self.project.judged.get(start..at)?.iter().all(|judged| *judged);
        let concerned = passed.iter().any(|passed| concerns(passed, about));
        (are_judged && !concerned).then_some(versions)
    }
}

impl StatementContext<'_> {
    /// Whether something can be put into a plan right behind this migration: what is planned later
    /// is known by all that comes before it, so none of it may have been deployed.
    fn can_be_inserted(&self) -> bool {
        let at = self.project.position(&self.migration().id);
        let later = at.and_then(|at| self.project.judged.get(at + 1..)).unwrap_or(&[]);
        later.iter().all(|judged| *judged)
    }

    /// The name of a change in the folder of this one, where a plan calls changes by their paths:
    /// `tables/orders_status`.
    fn planned_beside(&self, name: &str) -> Option<String> {
        let names = self.project.conventions.names;
        let is_planned = names.up.contains('/') && !names.up.contains("{version}");
        let (folder, _) = self.migration().id.rsplit_once('/').filter(|_| is_planned)?;
        Some(format!("{folder}/{name}"))
    }
}

/// The name of a file without its folders and its ending.
fn stem(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".sql")
}

/// Whether a version comes before the migration's; those without a number come last.
fn precedes(version: &str, id: &str) -> bool {
    !id.starts_with(|c: char| c.is_ascii_digit())
        || Version::new(version) < Version::new(number(id))
}

/// The number that an id begins with; some layouts take the whole name of the file for it.
fn number(id: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if id.split('.').all(is_number) {
        return id;
    }
    let (digits, _) = id.split_once(['_', '-', '.']).unwrap_or((id, ""));
    if is_number(digits) { digits } else { "" }
}

/// Whether a migration names one of these, or does to the table (the last of them) what takes
/// others along.
fn concerns(migration: &Migration, about: &[&RelationName]) -> bool {
    const DEEP: &[&str] = &["drop", "rename", "type", "schema", "attach", "detach"];
    let statements = || migration.up.iter().flat_map(Script::statements);
    let Some((table, names)) = about.split_last() else { return false };
    let names: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
    let of_table = statements().filter(|one| mentions([*one].into_iter(), &[table.name.as_str()]));
    mentions(statements(), &names) || mentions(of_table, DEEP)
}

/// Versions that come right after this one, in the order in which they are tried.
fn candidates(id: &str) -> Vec<String> {
    let id = number(id);
    let digits = id.rsplit('.').next().unwrap_or("");
    if digits.is_empty() {
        return Vec::new();
    }
    let head = id.strip_suffix(digits).unwrap_or("");
    let next = format!("{head}{}", incremented(digits));
    if head.is_empty() { vec![next] } else { vec![next, format!("{id}.1")] }
}

/// A number of any length, plus one, not shorter than before.
pub(super) fn incremented(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let nines = digits.len() - kept.len();
    let zeros = "0".repeat(nines);
    match kept.char_indices().next_back() {
        Some((at, last)) => {
            let next = char::from(u8::try_from(last).unwrap_or(b'0') + 1);
            format!("{}{next}{zeros}", kept.get(..at).unwrap_or(""))
        }
        None => format!("1{zeros}"),
    }
}

/// How the layout names the files of a migration in whose direction this runs.
fn names_of(conventions: &Conventions, new: &FollowUp<'_>, direction: Direction) -> NewNames {
    let outside = match (direction, new.down) {
        (Direction::Up, _) => new.up.is_outside(),
        (Direction::Down, WayBack::Steps(step)) => step.is_outside(),
        (Direction::Down, WayBack::Nothing(_)) => false,
    };
    match conventions.no_transaction {
        NoTransaction::FileName(names) if outside => names,
        _ => conventions.names,
    }
}

/// The name of the new file below the layout's folder: made like the file that it follows where
/// that can be told, else by the pattern.
fn new_name(
    file: &SourceFile,
    names: NewNames,
    migration: &Migration,
    version: &str,
    (description, direction): (&str, Direction),
) -> Option<String> {
    let pattern = match direction {
        Direction::Up => names.up,
        Direction::Down => names.down?,
    };
    if version.is_empty() && pattern.contains('/') {
        let (folder, bare) = description.rsplit_once('/').unwrap_or(("", description));
        let file = names.file(version, bare, direction)?;
        let (above, name) = file.rsplit_once('/')?;
        return Some(if folder.is_empty() { file } else { format!("{above}/{folder}/{name}") });
    }
    if version.is_empty() {
        return Some(format!("{}_{description}.sql", stem(file.path())?));
    }
    let by_pattern = names.file(version, description, direction);
    // What follows the description in the pattern says how the file is run.
    let suffix = pattern.rsplit('}').next().unwrap_or(pattern);
    // sqlx takes scripts without a way back by a shorter name.
    let is_simple = suffix == ".up.sql" && migration.down.is_none();
    let is_alike = file.path().ends_with(suffix) || is_simple;
    if migration.script(direction).is_none() || !is_alike {
        // pop runs `.postgres.` files on PostgreSQL alone.
        let is_bound = file.path().contains(".postgres.");
        return by_pattern
            .map(|name| if is_bound { name.replacen('.', ".postgres.", 1) } else { name });
    }
    let parts: Vec<&str> = file.path().rsplitn(pattern.matches('/').count() + 2, '/').collect();
    let mut parts: Vec<&str> = parts.into_iter().take(pattern.matches('/').count() + 1).collect();
    parts.reverse();
    renamed(&parts.join("/"), migration, version, description).or(by_pattern)
}

/// The name with its version and description replaced.
fn renamed(name: &str, old: &Migration, version: &str, description: &str) -> Option<String> {
    let at = version_in(name, &old.id)?;
    let (head, tail) = (name.get(..at.start)?, name.get(at.end..)?);
    let version = spelled(version, name.get(at)?);
    let tail = match old.description.as_str() {
        "" => return None,
        words => tail.replacen(words, description, 1),
    };
    (!tail.is_empty()).then(|| format!("{head}{version}{tail}"))
}

/// The version with zeros before it and hyphens in it as the old one has them:
/// `2026-03-01-120000` of Diesel.
fn spelled(version: &str, old: &str) -> String {
    let width = old.len() - old.matches('-').count();
    let version = format!("{version:0>width$}");
    let mut digits = version.chars();
    let like_old = old.chars().map_while(|old| if old == '-' { Some('-') } else { digits.next() });
    let like_old: String = like_old.collect();
    like_old + digits.as_str()
}

/// Where the version stands in a name: as it is, with zeros before it, or with hyphens in it.
fn version_in(name: &str, id: &str) -> Option<std::ops::Range<usize>> {
    let id = number(id);
    if id.is_empty() {
        return None;
    }
    if let Some(at) = name.find(id) {
        let zeros = name.get(..at)?.len() - name.get(..at)?.trim_end_matches('0').len();
        return Some(at - zeros..at + id.len());
    }
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let (spelled, _) = name.get(start..)?.split_once('_')?;
    (spelled.replace('-', "") == id).then(|| start..start + spelled.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(id: &str, description: &str) -> Migration {
        Migration {
            id: id.to_owned(),
            description: description.to_owned(),
            parents: Vec::new(),
            unread: None,
            revision: None,
            up: None,
            down: None,
        }
    }

    #[test]
    fn numbers_of_any_length_are_counted_on() {
        assert_eq!(incremented("20260301120059"), "20260301120060");
        assert_eq!(incremented("0099"), "0100");
        assert_eq!(incremented("999"), "1000");
        assert_eq!(candidates("1.2"), ["1.3", "1.2.1"]);
        assert_eq!(candidates("7c1e"), [""; 0]);
        assert_eq!(candidates("20260301000000_status"), ["20260301000001"]);
    }

    #[test]
    fn new_names_are_made_like_the_old_one() {
        let next = |name, id, description| {
            let version = incremented(id);
            renamed(name, &migration(id, description), &version, "orders_status_idx")
        };
        let name = next("0003_orders.up.sql", "3", "orders");
        assert_eq!(name.as_deref(), Some("0004_orders_status_idx.up.sql"));
        let name = next("V3__orders.sql", "3", "orders");
        assert_eq!(name.as_deref(), Some("V4__orders_status_idx.sql"));
        let name = next("2026-03-01-120009_orders/up.sql", "20260301120009", "orders");
        assert_eq!(name.as_deref(), Some("2026-03-01-120010_orders_status_idx/up.sql"));
        let name = next("2026-03-01_orders/up.sql", "20260399", "orders");
        assert_eq!(name, None);
    }
}
