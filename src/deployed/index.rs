//! A release put together: which model stands for which table, and who names what.

use super::mention::{DeclaredColumn, How, Mention, Model, ModelTable, Name, Subject};
use super::release::AppFile;
use super::words::snake;
use crate::schema::RelationName;
use smol_str::SmolStr;
use std::collections::{BTreeMap, HashMap};

/// A use in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    /// Index of the file.
    pub file: usize,
    /// Byte offset in it.
    pub offset: usize,
    /// How.
    pub how: How,
}

/// What a release does with one table.
#[derive(Debug, Default)]
pub(super) struct TableUse {
    /// Where it is declared or named.
    pub hits: Vec<Hit>,
    /// Its columns.
    pub columns: HashMap<SmolStr, Vec<Hit>>,
    /// Columns that may belong to it or to another table of the same query.
    pub open: Vec<(SmolStr, Hit, Vec<Name>)>,
    /// Uses of whatever columns there are.
    pub stars: Vec<Hit>,
    /// Inserts, with their columns where these are known.
    pub inserts: Vec<(Hit, Option<Vec<SmolStr>>)>,
    /// Columns that are given values.
    pub writes: HashMap<SmolStr, Vec<Hit>>,
    /// Models that stand for it.
    pub models: Vec<Hit>,
}

/// What a release uses.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By name, then by schema, where it is written.
    tables: HashMap<SmolStr, BTreeMap<Option<SmolStr>, TableUse>>,
    /// Where the application takes whatever tables there are.
    pub reflections: Vec<Hit>,
    /// Values of enums that models declare.
    pub values: HashMap<SmolStr, Vec<Hit>>,
}

impl Index {
    /// Links the files of a release.
    pub fn of(files: &[AppFile]) -> Self {
        let mut index = Self::default();
        for (at, file) in files.iter().enumerate() {
            file.blob.mentions.iter().for_each(|mention| index.mention(at, mention));
        }
        let models = Models::of(files);
        for (at, model) in models.all() {
            let Some(name) = models.table(at, model) else { continue };
            index.model(at, model, &name, &models);
        }
        for (at, file) in files.iter().enumerate() {
            file.blob.mentions.iter().for_each(|mention| index.attribute(at, mention, &models));
        }
        index
    }

    /// What is done with a relation, under every way in which its schema is written.
    pub fn table<'a>(&'a self, relation: &'a RelationName) -> impl Iterator<Item = &'a TableUse> {
        let uses = self.tables.get(relation.name.as_str()).into_iter().flatten();
        uses.filter(|(schema, _)| {
            schema.as_ref().is_none_or(|schema| relation.schema == *schema.as_str())
        })
        .map(|(_, table)| table)
    }

    fn at(&mut self, name: &Name) -> &mut TableUse {
        let uses = self.tables.entry(name.name.clone()).or_default();
        uses.entry(name.schema.clone()).or_default()
    }

    fn mention(&mut self, file: usize, mention: &Mention) {
        let hit = Hit { file, offset: mention.offset, how: mention.how };
        match &mention.subject {
            Subject::Table(name) => self.at(name).hits.push(hit),
            Subject::Column { tables, column } => match tables.as_slice() {
                [] => {}
                [one] => self.at(one).columns.entry(column.clone()).or_default().push(hit),
                several => {
                    for name in several {
                        self.at(name).open.push((column.clone(), hit, several.to_vec()));
                    }
                }
            },
            Subject::AllColumns(name) => self.at(name).stars.push(hit),
            Subject::AllTables => self.reflections.push(hit),
            // Which column it is is known when the models are.
            Subject::Attribute { .. } => {}
            Subject::Insert { table, columns } => {
                self.at(table).inserts.push((hit, columns.clone()));
            }
            Subject::Write { table, column } => {
                self.at(table).writes.entry(column.clone()).or_default().push(hit);
            }
            Subject::EnumValue(value) => self.values.entry(value.clone()).or_default().push(hit),
        }
    }

    fn attribute(&mut self, file: usize, mention: &Mention, models: &Models<'_>) {
        let Subject::Attribute { class, attribute } = &mention.subject else { return };
        let Some((at, model)) = models.base(file, class) else { return };
        let Some(table) = models.table(at, model) else { return };
        let columns = models.columns(at, model);
        let Some((_, column)) = columns.iter().find(|(_, one)| one.attribute == *attribute) else {
            return;
        };
        let hit = Hit { file, offset: mention.offset, how: mention.how };
        self.at(&table).columns.entry(column.name.clone()).or_default().push(hit);
    }

    fn model(&mut self, file: usize, model: &Model, name: &Name, models: &Models<'_>) {
        let class = Hit { file, offset: model.offset, how: How::Declared };
        let columns = models.columns(file, model);
        let table = self.at(name);
        table.hits.push(class);
        table.models.push(class);
        for (at, column) in columns {
            let hit = Hit { file: at, offset: column.offset, how: column.how };
            table.columns.entry(column.name.clone()).or_default().push(hit);
            table.writes.entry(column.name.clone()).or_default().push(hit);
        }
    }
}

/// Every class of a release that may be a model.
struct Models<'a> {
    files: &'a [AppFile],
    by_class: HashMap<&'a str, Vec<(usize, &'a Model)>>,
}

/// Chains of bases are followed no further: there are circles in code that is not run.
const DEEPEST: usize = 12;

impl<'a> Models<'a> {
    fn of(files: &'a [AppFile]) -> Self {
        let mut by_class: HashMap<&str, Vec<(usize, &Model)>> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            for model in &file.blob.models {
                by_class.entry(model.class.as_str()).or_default().push((at, model));
            }
        }
        Self { files, by_class }
    }

    fn all(&self) -> impl Iterator<Item = (usize, &'a Model)> + use<'a> {
        let files = self.files;
        files
            .iter()
            .enumerate()
            .flat_map(|(at, file)| file.blob.models.iter().map(move |model| (at, model)))
    }

    /// The class that a base names: in the same file, else wherever there is one.
    fn base(&self, file: usize, name: &str) -> Option<(usize, &'a Model)> {
        let name = name.rsplit('.').next().unwrap_or(name);
        let known = self.by_class.get(name)?;
        known.iter().find(|(at, _)| *at == file).or_else(|| known.first()).copied()
    }

    /// Bases of a class, its own first, each once.
    fn bases(&self, file: usize, model: &'a Model) -> Vec<(usize, &'a Model)> {
        let mut found: Vec<(usize, &'a Model)> = Vec::new();
        let mut open = vec![(file, model, 0)];
        while let Some((at, one, depth)) = open.pop() {
            for name in &one.bases {
                let Some((base_at, base)) = self.base(at, name) else { continue };
                let is_known = std::ptr::eq(base, model)
                    || found.iter().any(|(_, known)| std::ptr::eq(*known, base));
                if depth < DEEPEST && !is_known {
                    found.push((base_at, base));
                    open.push((base_at, base, depth + 1));
                }
            }
        }
        found
    }

    /// The table that a class stands for.
    fn table(&self, file: usize, model: &'a Model) -> Option<Name> {
        let bases = self.bases(file, model);
        let schema =
            model.schema.clone().or_else(|| bases.iter().find_map(|(_, base)| base.schema.clone()));
        let name = self.table_name(file, model, &bases)?;
        match name.split_once('.') {
            Some((schema, name)) => {
                Some(Name { schema: Some(SmolStr::new(schema)), name: SmolStr::new(name) })
            }
            None => Some(Name { schema, name }),
        }
    }

    fn table_name(
        &self,
        file: usize,
        model: &'a Model,
        bases: &[(usize, &'a Model)],
    ) -> Option<SmolStr> {
        if let Some(name) = self.own_name(file, model, &model.table) {
            return Some(name);
        }
        if model.table == ModelTable::Abstract {
            return None;
        }
        let all = std::iter::once(model).chain(bases.iter().map(|(_, base)| *base));
        let names: Vec<&str> = all.flat_map(|one| one.bases.iter().map(SmolStr::as_str)).collect();
        for (at, base) in bases {
            match &base.table {
                // A rule in a base speaks of the class that inherits it.
                ModelTable::LowerCase if !names.contains(&"SQLModel") => {
                    return Some(SmolStr::new(model.class.to_lowercase()));
                }
                ModelTable::SnakeCase if base.columns.is_empty() => {
                    return Some(snake(&model.class));
                }
                ModelTable::Django => {
                    return self.own_name(file, model, &ModelTable::Django);
                }
                _ => {}
            }
            // Single-table inheritance: the columns are its base's table's.
            if !model.columns.is_empty()
                && let Some(name) = self.own_name(*at, base, &base.table)
            {
                return Some(name);
            }
        }
        let is_django = names.contains(&"models.Model") && !model.columns.is_empty();
        let is_flask = names.contains(&"db.Model") && !model.columns.is_empty();
        match (is_django, is_flask) {
            (true, _) => self.own_name(file, model, &ModelTable::Django),
            (_, true) => Some(snake(&model.class)),
            _ => None,
        }
    }

    fn own_name(&self, file: usize, model: &Model, table: &ModelTable) -> Option<SmolStr> {
        match table {
            ModelTable::Named(name) => Some(name.clone()),
            ModelTable::LowerCase => Some(SmolStr::new(model.class.to_lowercase())),
            ModelTable::SnakeCase => Some(snake(&model.class)),
            ModelTable::Django => {
                let app = self.files.get(file).map(|file| app_label(&file.path))?;
                Some(SmolStr::new(format!("{app}_{}", model.class.to_lowercase())))
            }
            ModelTable::Inherited | ModelTable::Abstract => None,
        }
    }

    /// Columns that a class declares or borrows, with the file of each.
    fn columns(&self, file: usize, model: &'a Model) -> Vec<(usize, &'a DeclaredColumn)> {
        let bases = self.bases(file, model);
        let is_sqlmodel = std::iter::once(model)
            .chain(bases.iter().map(|(_, base)| *base))
            .any(|one| one.bases.iter().any(|base| base == "SQLModel"));
        let lends = |base: &Model| {
            !matches!(base.table, ModelTable::Named(_)) || model.table == ModelTable::Inherited
        };
        let lenders = bases.into_iter().filter(|(_, base)| lends(base));
        std::iter::once((file, model))
            .chain(lenders)
            .flat_map(|(at, one)| {
                let fields = is_sqlmodel.then_some(&one.fields).into_iter().flatten();
                one.columns.iter().chain(fields).map(move |column| (at, column))
            })
            .collect()
    }
}

/// Django's label of the application that a file belongs to: the folder of `models.py` or of the
/// package `models`.
fn app_label(path: &str) -> &str {
    let folders: Vec<&str> = path.split('/').collect();
    let models = folders.iter().position(|part| matches!(*part, "models" | "models.py"));
    let above = models.unwrap_or(folders.len().saturating_sub(1)).checked_sub(1);
    above.and_then(|at| folders.get(at)).copied().unwrap_or("")
}
