//! Alembic and Flask-Migrate: revisions in Python, ordered by what each says that it revises.
//!
//! `settings` reads `alembic.ini` and `pyproject.toml`, `locations` finds the revision files,
//! `graph` orders them, `modules` hands out the project's own modules, `dialects` tells whose SQL
//! they write.

mod checks;
mod dialects;
mod graph;
mod locations;
mod modules;
mod settings;

pub use modules::ProjectModules;

use crate::frontend::alembic::{Environment, Header, Library, Module, NamingConvention, header};
use crate::layout::LayoutMeta;
use crate::layout::dialect::DialectEvidence;
use crate::layout::layout_trait::{
    Built, Entry, EntryFile, Key, Layout, Listing, Part, ReadFile, Sending,
};
use crate::layout::paths::join_shown;
use crate::layout::problem::Problem;
use crate::layout::project::{Draft, PythonProject};
use crate::layout::read::{Wanted, read};
use crate::layout::walk::{Folder, Given};
use crate::migration::{
    Conventions, Dialect, Direction, Downs, LeftSettings, NewNames, NewScripts, NoTransaction,
    Remark, RemarkKind, TransactionMode, Version,
};
use crate::source::{Place, SourceFile, Span};
use std::path::Path;
use std::sync::Arc;

/// The layout.
pub(in crate::layout) struct Alembic;

impl Layout for Alembic {
    fn meta(&self) -> LayoutMeta {
        LayoutMeta { name: "alembic", title: "Alembic" }
    }

    fn detect(&self, folder: &Folder) -> Option<String> {
        if !folder.has("env.py") {
            let alone = folder.given == Given::Named && locations::stands_alone(&folder.path);
            return alone.then(|| "revisions without an env.py".to_owned());
        }
        let settings = settings::of(&folder.path, &folder.horizon);
        if let Some(found) = &settings.found {
            return Some(format!("script_location in {found}"));
        }
        if !env_of_alembic(&folder.path) {
            return None;
        }
        let beside = ["versions", "script.py.mako", "alembic.ini"];
        let beside = beside.into_iter().find(|name| folder.path.join(name).exists());
        match beside {
            Some(name) => Some(format!("env.py beside {name}")),
            None => {
                locations::any_revision(&folder.path).then(|| "env.py above revisions".to_owned())
            }
        }
    }

    fn list(&self, folder: &Folder, dialect: Dialect) -> Listing {
        let settings = settings::of(&folder.path, &folder.horizon);
        let mut listing = Listing::default();
        for file in locations::files_of(folder, &settings, dialect) {
            listing.entries.push(Entry {
                id: file.clone(),
                version: Version::new(""),
                key: Key::Text(file.clone()),
                description: String::new(),
                files: vec![EntryFile { path: file, part: Part::Up }],
            });
        }
        listing
    }

    fn conventions(&self) -> Conventions {
        Conventions {
            no_transaction: NoTransaction::Block("with op.get_context().autocommit_block():"),
            scripts: NewScripts::Plain,
            downs: Downs::Section("def downgrade():"),
            names: NewNames {
                up: "versions/{version}_{description}.py",
                down: None,
                word_separator: '_',
            },
            settings: LeftSettings::Kept,
        }
    }

    fn transaction(&self, _: &ReadFile, _: &[ReadFile], _: Dialect) -> Sending {
        TransactionMode::WholeRun.into()
    }

    fn dialects(&self, folder: &Folder) -> Vec<DialectEvidence> {
        let settings = settings::of(&folder.path, &folder.horizon);
        dialects::judge(folder, &settings)
    }

    fn build(&self, entry: &Entry, files: &[ReadFile], _: Dialect) -> Built {
        let mut built = Built::default();
        for read in files {
            let dotted = modules::dotted(read.file.path());
            let module = Module::parse(Arc::clone(&read.file), Some(dotted));
            match header(&module) {
                Header::Revision(_) if module.body().is_empty() => {}
                Header::Revision(revision) => {
                    let mut draft = entry.draft(files);
                    draft.id.clone_from(&revision.id);
                    draft.version = Version::new(revision.id.clone());
                    draft.description.clone_from(&revision.description);
                    for (name, direction) in
                        [("upgrade", Direction::Up), ("downgrade", Direction::Down)]
                    {
                        if module.binds(name) {
                            draft.set(direction, read.whole(direction, TransactionMode::WholeRun));
                        }
                    }
                    // A revision that does nothing is one all the same.
                    if draft.up.is_none() && draft.down.is_none() {
                        let mode = TransactionMode::WholeRun;
                        draft.set(Direction::Up, read.whole(Direction::Up, mode));
                    }
                    draft.revision = Some(revision);
                    draft.module = Some(Arc::new(module));
                    built.drafts.push(draft);
                }
                Header::Broken(reason) => {
                    built.remarks.push(never_run(&read.file, read.file.content_start(), reason));
                }
                Header::Other => {
                    let error = module.error.as_ref().filter(|_| looks_like_one(&read.file));
                    built.remarks.extend(error.map(|error| {
                        let reason = format!("it is not Python ({})", error.reason);
                        never_run(&read.file, error.at.start, &reason)
                    }));
                }
            }
        }
        built
    }

    fn arrange(&self, drafts: &mut Vec<Draft>) -> Vec<Problem> {
        graph::arrange(drafts);
        Vec::new()
    }

    fn remarks(&self, drafts: &[Draft]) -> Vec<Remark> {
        checks::remarks(drafts)
    }

    fn python(
        &self,
        folder: &Folder,
        drafts: &mut [Draft],
        dialect: Dialect,
    ) -> Option<PythonProject> {
        let (file, environment) = environment(folder);
        let is_transactional = dialect == Dialect::Postgres;
        let mode = environment.transaction(is_transactional);
        for draft in drafts {
            for script in [&mut draft.up, &mut draft.down].into_iter().flatten() {
                script.transaction = mode;
            }
        }
        let settings = settings::of(&folder.path, &folder.horizon);
        let modules = ProjectModules::new(&folder.path, &folder.horizon, &settings.roots);
        let naming = file.as_ref().map(|file| naming(file, &modules)).unwrap_or_default();
        let remarks = file.and_then(|file| outer_transaction(file, &environment)).into_iter();
        Some(PythonProject { modules, environment, naming, remarks: remarks.collect() })
    }
}

/// A revision that belongs to no environment; `None` where the file is none.
pub(in crate::layout) fn alone(file: &Arc<SourceFile>) -> Option<Draft> {
    let path = file.path().to_owned();
    let entry = Entry {
        id: path.clone(),
        version: Version::new(""),
        key: Key::Text(path.clone()),
        description: String::new(),
        files: vec![EntryFile { path, part: Part::Up }],
    };
    let files = [ReadFile { part: Part::Up, file: Arc::clone(file) }];
    Alembic.build(&entry, &files, Dialect::Postgres).drafts.pop()
}

/// What is to be said of a file that looks like a revision and is none.
fn never_run(file: &Arc<SourceFile>, at: usize, reason: &str) -> Remark {
    let line = file.position(at).line;
    let start = file.line_start(line);
    let name = file.path().rsplit('/').next().unwrap_or(file.path());
    Remark {
        kind: RemarkKind::IgnoredFile,
        place: Place {
            file: Arc::clone(file),
            span: Span::new(start, start + file.line_text(line).len()),
        },
        migration: None,
        message: format!("{name} is never run: {reason}"),
        label: "Alembic takes this file for no revision".to_owned(),
        help: "give it `revision` and `down_revision`, or move it out of the revisions".to_owned(),
    }
}

fn looks_like_one(file: &SourceFile) -> bool {
    file.text().contains("down_revision") && file.text().contains("def upgrade")
}

/// `env.py`, and what it says.
fn environment(folder: &Folder) -> (Option<Arc<SourceFile>>, Environment) {
    let shown = join_shown(&folder.shown, "env.py");
    let wanted = Wanted { path: folder.path.join("env.py"), shown };
    let Ok(file) = read(&wanted, &folder.overlay) else { return (None, Environment::default()) };
    let environment = Environment::of(&Module::parse(Arc::clone(&file), None));
    (Some(file), environment)
}

/// The naming convention of the metadata that the environment hands over.
fn naming(file: &Arc<SourceFile>, modules: &ProjectModules) -> NamingConvention {
    let env = Module::parse(Arc::clone(file), None);
    NamingConvention::of(&env, &Library::new(modules))
}

/// What is to be said of a transaction around all that the environment asks for.
fn outer_transaction(file: Arc<SourceFile>, environment: &Environment) -> Option<Remark> {
    let span = environment.outer_transaction.filter(|_| environment.transaction_per_migration)?;
    Some(Remark {
        kind: RemarkKind::ExternalTransaction,
        place: Place { file, span },
        migration: None,
        message:
            "`transaction_per_migration=True` has no effect: all revisions share this transaction"
                .to_owned(),
        label: "the connection is in a transaction when Alembic gets it".to_owned(),
        help: "hand over a connection of `engine.connect()`".to_owned(),
    })
}

/// Whether the `env.py` of a folder is one of Alembic's.
fn env_of_alembic(folder: &Path) -> bool {
    std::fs::read_to_string(folder.join("env.py")).is_ok_and(|text| {
        text.contains("alembic") && (text.contains("context") || text.contains("run_migrations"))
    })
}
