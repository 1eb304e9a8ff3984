//! Domains, sequences, and objects that are modelled by their kind alone.

use super::draft::Draft;
use super::relation_options;
use crate::effects::{LockMode, Refusal, TransactionBlock};
use crate::migration::{
    AlterDomain, AlterSequence, CreateSequence, DomainChange, ObjectChange, ObjectKind, ObjectName,
    OwnedBy, RelationKind, SqlType,
};
use crate::schema::{RelationName, Schema, TypeBody};

/// `ALTER DOMAIN`: a new constraint is checked in every table that has the domain.
pub(super) fn alter_domain(draft: &mut Draft<'_>, domain: &AlterDomain) {
    let checked = match &domain.change {
        DomainChange::AddCheck { not_valid, .. } => !not_valid,
        DomainChange::SetNotNull | DomainChange::ValidateConstraint(_) => true,
        _ => false,
    };
    if !checked || is_proved(draft, domain) {
        return;
    }
    if !draft.schema.is_complete() {
        draft.not_known();
    }
    for (table, place) in tables_with(draft, &domain.name) {
        match place {
            Place::Column => {
                draft.lock(&table, LockMode::Share);
                draft.scan(&table);
            }
            Place::Inside if draft.schema.table(&table).known().is_none() => draft.not_known(),
            Place::Inside => draft.refuse(Refusal::unfit(format!(
                "a column of {table} has values of \"{}\" in arrays or composite values",
                domain.name.name
            ))),
        }
    }
}

fn is_proved(draft: &Draft<'_>, domain: &AlterDomain) -> bool {
    let Some(TypeBody::Domain { not_null, .. }) =
        draft.schema.type_def(&domain.name).map(|def| &def.body)
    else {
        return false;
    };
    matches!(domain.change, DomainChange::SetNotNull) && *not_null
}

/// Where the values of a domain stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The column is of the domain, or of a domain over it: the server checks its rows.
    Column,
    /// In an array or a composite type, where the server does not look: it changes nothing then
    /// (`find_composite_type_dependencies`).
    Inside,
}

/// Tables with a column that has values of the domain.
fn tables_with(draft: &Draft<'_>, domain: &ObjectName) -> Vec<(RelationName, Place)> {
    let Some(wanted) = draft.schema.type_def(domain).map(|def| def.name.clone()) else {
        return Vec::new();
    };
    let mut tables = Vec::new();
    for relation in draft.schema.relations() {
        let Some(table) = relation.as_table() else { continue };
        let types = table.columns.iter().filter_map(|column| column.data_type.as_ref());
        let place = types.filter_map(|ty| place_in(draft.schema, ty, &wanted, TYPE_DEPTH)).max();
        let has_rows = table.partitioning.is_none() && !table.foreign;
        if let Some(place) = place.filter(|place| has_rows || *place == Place::Inside) {
            tables.push((relation.name.clone(), place));
        }
    }
    tables
}

/// Types of types of types: deeper nesting is not followed.
const TYPE_DEPTH: u8 = 16;

fn place_in(schema: &Schema, at: &SqlType, wanted: &RelationName, depth: u8) -> Option<Place> {
    let depth = depth.checked_sub(1)?;
    let def = schema.type_def(&at.name)?;
    let below = |ty: &SqlType| place_in(schema, ty, wanted, depth);
    let place = match &def.body {
        _ if def.name == *wanted => Some(Place::Column),
        TypeBody::Domain { base, .. } => below(base),
        TypeBody::Composite { attributes } => {
            attributes.iter().find_map(|(_, ty)| below(ty)).and(Some(Place::Inside))
        }
        _ => None,
    };
    if at.dimensions > 0 { place.and(Some(Place::Inside)) } else { place }
}

/// `CREATE SEQUENCE … OWNED BY`.
pub(super) fn create_sequence(draft: &mut Draft<'_>, sequence: &CreateSequence) {
    if let Some(OwnedBy::Column(table, _)) = &sequence.owned_by {
        let table = draft.resolve(table);
        draft.lock(&table, LockMode::AccessShare);
    }
}

/// `ALTER SEQUENCE`: writers of the sequence wait; options other than `OWNED BY` replace its row.
pub(super) fn alter_sequence(draft: &mut Draft<'_>, sequence: &AlterSequence) {
    let name = draft.resolve(&sequence.name);
    if sequence.if_exists && draft.is_missing(&name) {
        return;
    }
    draft.lock_as(&name, RelationKind::Sequence, LockMode::ShareRowExclusive);
    let written = sequence.written.to_ascii_lowercase();
    let words: Vec<&str> = written.split_whitespace().collect();
    let owned_alone = sequence.owned_by.is_some()
        && words.first() == Some(&"owned")
        && words.len() <= 5
        && !sequence.restart
        && sequence.data_type.is_none();
    if !owned_alone {
        draft.storage_replaced(&name);
    }
}

/// `CREATE` of a kind that is modelled by its kind alone.
pub(super) fn create(draft: &mut Draft<'_>, object: &ObjectChange) {
    match object.kind {
        ObjectKind::Statistics => lock_tables(draft, object, LockMode::ShareUpdateExclusive),
        ObjectKind::Publication => publish(draft, object),
        ObjectKind::Rule => create_rule(draft, object),
        ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Subscription => {
            draft.effects.transaction_block = TransactionBlock::Forbidden;
        }
        _ => {}
    }
}

/// `CREATE RULE`: what its commands would write is opened as by a writer.
fn create_rule(draft: &mut Draft<'_>, object: &ObjectChange) {
    for (at, table) in object.tables.iter().enumerate() {
        let table = draft.resolve(table);
        draft.needs(&table);
        let mode = if at == 0 { LockMode::AccessExclusive } else { LockMode::RowExclusive };
        draft.lock(&table, mode);
    }
}

/// `ALTER` of a kind that is modelled by its kind alone.
pub(super) fn alter(draft: &mut Draft<'_>, object: &ObjectChange) {
    match object.kind {
        ObjectKind::Publication => publish(draft, object),
        ObjectKind::Policy | ObjectKind::Rule => {
            lock_tables(draft, object, LockMode::AccessExclusive);
        }
        ObjectKind::Trigger => alter_trigger(draft, object),
        ObjectKind::System => {
            draft.effects.transaction_block = TransactionBlock::Forbidden;
        }
        ObjectKind::Type => alter_type(draft, object),
        // `ALL IN TABLESPACE`: which relations are in one is not kept.
        ObjectKind::Table | ObjectKind::Index | ObjectKind::MaterializedView => draft.not_known(),
        ObjectKind::Owned => relation_options::reassign(draft, object),
        _ => {}
    }
}

/// Tables of a publication, with inheritance children but without partitions.
fn publish(draft: &mut Draft<'_>, object: &ObjectChange) {
    if let ("set table", Some(publication)) = (object.option.as_str(), &object.name) {
        for leaving in draft.schema.published(&publication.name) {
            lock_published(draft, leaving);
        }
    }
    lock_tables(draft, object, LockMode::ShareUpdateExclusive);
    for table in &object.tables {
        let table = draft.resolve(table);
        lock_published(draft, &table);
    }
}

fn lock_published(draft: &mut Draft<'_>, table: &RelationName) {
    draft.lock(table, LockMode::ShareUpdateExclusive);
    if !draft.is_partitioned(table) {
        draft.lock_tree(table, LockMode::ShareUpdateExclusive);
    }
}

fn lock_tables(draft: &mut Draft<'_>, object: &ObjectChange, mode: LockMode) {
    for table in &object.tables {
        let table = draft.resolve(table);
        draft.needs(&table);
        draft.lock(&table, mode);
    }
}

/// Renaming a trigger renames its copies in partitions, from 15 on.
fn alter_trigger(draft: &mut Draft<'_>, object: &ObjectChange) {
    if object.option.contains("depends") {
        return;
    }
    for table in &object.tables {
        let table = draft.resolve(table);
        draft.needs(&table);
        draft.lock(&table, LockMode::AccessExclusive);
        if draft.target.at_least(15) && draft.is_partitioned(&table) {
            draft.lock_tree(&table, LockMode::AccessExclusive);
        }
    }
}

/// Attributes of a composite type change in the tables made `OF` it.
fn alter_type(draft: &mut Draft<'_>, object: &ObjectChange) {
    if !object.option.contains("attribute") {
        return;
    }
    let wanted = object.name.as_ref().and_then(|name| draft.schema.type_def(name));
    let Some(wanted) = wanted.map(|def| def.name.clone()) else { return draft.not_known() };
    if object.option.contains("alter")
        && let Some(name) = &object.name
        && let Some((table, _)) = tables_with(draft, name).first()
        && draft.schema.table(table).known().is_some()
    {
        draft.refuse(Refusal::unfit(format!("a column of {table} has values of {wanted}")));
    }
    let typed: Vec<RelationName> = draft
        .schema
        .relations()
        .filter(|it| it.as_table().is_some_and(|table| table.of_type.as_ref() == Some(&wanted)))
        .map(|relation| relation.name.clone())
        .collect();
    for table in typed {
        draft.lock_tree(&table, LockMode::AccessExclusive);
        if object.option.contains("alter") {
            // Which type it had and gets is not followed: most changes write every row anew.
            draft.rewrite(&table);
            draft.not_known();
        }
    }
}

/// `COMMENT ON` a relation or one of its columns; other objects are read alone.
pub(super) fn comment(draft: &mut Draft<'_>, object: &ObjectChange) {
    let kind = match object.kind {
        ObjectKind::Column => RelationKind::Table,
        kind => match Option::<RelationKind>::from(kind) {
            Some(kind) => kind,
            None => return,
        },
    };
    let name = match (&object.name, object.tables.first()) {
        (_, Some(table)) => draft.resolve(table),
        (Some(name), None) => draft.resolve(name),
        _ => return,
    };
    let written = name.to_object_name();
    if draft.relation(&name).is_none() && draft.schema.type_def(&written).is_some() {
        // An attribute of a composite type.
        return;
    }
    draft.needs(&name);
    draft.lock_as(&name, kind, LockMode::ShareUpdateExclusive);
}
