//! `LIKE source INCLUDING …`.

use super::Applier;
use super::add_constraint::Key;
use crate::migration::LikeClause;
use crate::schema::{
    Column, Constraint, ConstraintBody, Index, RelationBody, RelationName, TypeBody,
};

impl Applier<'_> {
    /// Copies the columns of every source. Gives the sources whose indexes are copied later, when
    /// the table's own constraints have their names.
    pub(super) fn copy_columns(
        &mut self,
        name: &RelationName,
        likes: &[LikeClause],
    ) -> Vec<RelationName> {
        let mut indexed = Vec::new();
        for like in likes {
            if self.copy_attributes(name, like) {
                continue;
            }
            let source = self.needed_table(&like.source);
            self.copy_columns_of(name, &source, like);
            if includes(like, "CONSTRAINTS") {
                self.copy_checks(name, &source);
            }
            if includes(like, "INDEXES") {
                indexed.push(source);
            }
        }
        indexed
    }

    /// `LIKE` a composite type.
    fn copy_attributes(&mut self, name: &RelationName, like: &LikeClause) -> bool {
        let attributes = match self.schema.type_def(&like.source).map(|def| &def.body) {
            Some(TypeBody::Composite { attributes }) => attributes.clone(),
            _ => return false,
        };
        let columns: Vec<Column> = attributes
            .iter()
            .map(|(attribute, data_type)| self.bare_column(attribute, Some(data_type)))
            .collect();
        self.schema.edit_table(name, |table| table.columns.extend(columns));
        true
    }

    fn copy_columns_of(&mut self, name: &RelationName, source: &RelationName, like: &LikeClause) {
        let (columns, known) = match self.schema.table_of(source) {
            Some(table) => (table.columns.clone(), table.columns_known),
            None => {
                let view = self.schema.view_of(source).and_then(|view| view.columns.clone());
                let known = view.is_some();
                let column = |column| self.bare_column(&column, None);
                (view.into_iter().flatten().map(column).collect(), known)
            }
        };
        self.schema.edit_table(name, |table| table.columns_known &= known);
        for column in columns {
            let copy = self.copied_column(name, column, like);
            let not_null = copy.not_null;
            let column = copy.name.clone();
            self.schema.edit_table(name, |table| table.columns.push(copy));
            if not_null {
                let named = self.not_null_name(source, &column);
                self.put_not_null(name, &column, named.as_ref(), false);
            }
        }
    }

    fn not_null_name(
        &self,
        source: &RelationName,
        column: &crate::migration::Ident,
    ) -> Option<crate::migration::Ident> {
        let table = self.schema.table_of(source)?;
        let named = table.constraints.iter().find(
            |own| matches!(&own.body, ConstraintBody::NotNull { column: own, .. } if own == column),
        );
        named.map(|own| own.name.clone())
    }

    fn copied_column(&mut self, name: &RelationName, source: Column, like: &LikeClause) -> Column {
        let mut copy = Column {
            inherited: false,
            local: true,
            sequence: None,
            certain: source.certain && self.certain,
            born: self.clock(),
            ..source
        };
        if !includes(like, "DEFAULTS") {
            copy.default = None;
        }
        if !includes(like, "GENERATED") {
            copy.generated = None;
        }
        if !includes(like, "IDENTITY") {
            copy.identity = None;
        }
        if copy.identity.is_some() {
            copy.sequence = Some(self.owned_sequence(name, &copy.name, true));
        }
        copy
    }

    fn copy_checks(&mut self, name: &RelationName, source: &RelationName) {
        let Some(model) = self.schema.table_of(source) else { return };
        let (certain, born) = (self.certain, self.clock());
        let checks: Vec<Constraint> = model
            .constraints
            .iter()
            .filter(|own| matches!(own.body, ConstraintBody::Check { .. }))
            .map(|own| Constraint { inherited: false, local: true, certain, born, ..own.clone() })
            .collect();
        self.schema.edit_table(name, |table| table.constraints.extend(checks));
    }

    /// Copies indexes and keys under generated names.
    pub(super) fn copy_extras(&mut self, name: &RelationName, sources: &[RelationName]) {
        for source in sources {
            for index in self.indexes_by_age(source) {
                let Some(model) = self.schema.index(&index).any().cloned() else { continue };
                let copy =
                    Index { table: name.clone(), parent: None, constraint: None, ..model.clone() };
                match self.key_of_index(&model) {
                    Some((label, deferral)) => {
                        self.add_key(name, Key { label, name: None, deferral, index: copy });
                    }
                    None => {
                        let free = self.generated_index_name(name, &copy, "idx");
                        self.put_new(free, true, RelationBody::Index(copy));
                    }
                }
            }
        }
    }
}

fn includes(like: &LikeClause, option: &str) -> bool {
    let named = |options: &[String]| options.iter().any(|known| known == option);
    let all = like.including.iter().any(|known| known == "ALL");
    (all || named(&like.including)) && !named(&like.excluding)
}
