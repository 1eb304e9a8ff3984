//! Enums, domains, composites and the kinds that are modelled by their name alone.

use super::Applier;
use crate::migration::{
    AlterDomain, AlterEnum, CreateDomain, CreateEnum, DomainChange, EnumChange, Expr, ExprShape,
    Ident, ObjectChange, ObjectKind, ObjectName, SqlType, Validity,
};
use crate::schema::links::Object;
use crate::schema::naming::{Avoid, truncated};
use crate::schema::{RelationName, Rule, TypeBody, TypeDef};

impl Applier<'_> {
    fn put_type(&mut self, name: &ObjectName, body: TypeBody) -> RelationName {
        let name = RelationName::of_qualified(name)
            .unwrap_or_else(|| self.schema.creation_name(&name.name));
        let known = self.schema.types.get(&name).is_some_and(|def| def.certain);
        let certain = self.certain && !known;
        let born = self.clock();
        self.schema.put_type(TypeDef { name: name.clone(), body, certain, born });
        name
    }

    pub(super) fn create_enum(&mut self, def: &CreateEnum) {
        let born = self.clock();
        let values = def.values.iter().map(|value| (value.clone(), born)).collect();
        self.put_type(&def.name, TypeBody::Enum { values });
    }

    pub(super) fn create_composite(&mut self, name: &ObjectName, attributes: &[(Ident, SqlType)]) {
        let attributes = attributes
            .iter()
            .map(|(attribute, data_type)| (attribute.clone(), self.bound_type(data_type)))
            .collect();
        self.put_type(name, TypeBody::Composite { attributes });
    }

    pub(super) fn alter_enum(&mut self, alter: &AlterEnum) {
        let Some(name) = self.schema.type_name(&alter.name) else { return };
        let (born, certain) = (self.clock(), self.certain);
        self.schema.edit_type(&name, |def| {
            def.certain &= certain;
            if let TypeBody::Enum { values } = &mut def.body {
                change_values(values, &alter.change, born);
            }
        });
        if let EnumChange::RenameValue { from, to } = &alter.change {
            self.rename_default_values(&name, from, to);
        }
    }

    /// Defaults are kept as values, so they follow the rename of one.
    fn rename_default_values(&mut self, enumeration: &RelationName, from: &str, to: &str) {
        let full = enumeration.to_object_name();
        let renamed = crate::schema::expr::literal(to);
        for user in self.schema.relation_users(&Object::Type(enumeration.clone())) {
            self.schema.edit_table(&user, |table| {
                for column in &mut table.columns {
                    let typed = column.data_type.as_ref().is_some_and(|it| it.name == full);
                    let old = column.default.as_ref().is_some_and(|expr| is_literal(expr, from));
                    if typed && old {
                        column.default = Some(renamed.clone());
                    }
                }
            });
        }
    }

    pub(super) fn create_domain(&mut self, def: &CreateDomain) {
        let body = TypeBody::Domain {
            base: self.bound_type(&def.data_type),
            not_null: def.not_null,
            default: def.default.as_ref().map(|expr| self.schema.bind(expr)),
            checks: Vec::new(),
        };
        let name = self.put_type(&def.name, body);
        for (named, expr) in &def.checks {
            self.add_domain_check(&name, named.as_ref(), expr, Validity::Valid);
        }
    }

    fn add_domain_check(
        &mut self,
        domain: &RelationName,
        named: Option<&Ident>,
        expr: &Expr,
        validity: Validity,
    ) {
        let parts = (domain.name.as_str(), None, "check");
        let name = named.map_or_else(
            || self.schema.free_name(&domain.schema, parts, Avoid::Constraints).name,
            truncated,
        );
        let expr = self.schema.bind(expr);
        self.schema.edit_type(domain, |def| {
            if let TypeBody::Domain { checks, .. } = &mut def.body {
                checks.push((name, expr, validity));
            }
        });
    }

    pub(super) fn alter_domain(&mut self, alter: &AlterDomain) {
        let Some(name) = self.schema.type_name(&alter.name) else { return };
        if let DomainChange::AddCheck { name: named, expr, not_valid } = &alter.change {
            let validity = if *not_valid { Validity::NotValid } else { Validity::Valid };
            self.add_domain_check(&name, named.as_ref(), expr, validity);
        }
        let change = match &alter.change {
            DomainChange::SetDefault(expr) => DomainChange::SetDefault(self.schema.bind(expr)),
            other => other.clone(),
        };
        let certain = self.certain;
        self.schema.edit_type(&name, |def| {
            def.certain &= certain;
            change_domain(&mut def.body, &change);
        });
    }

    /// `CREATE` of a kind that is modelled by its kind alone.
    pub(super) fn create_object(&mut self, change: &ObjectChange) {
        let Some(name) = &change.name else { return };
        match change.kind {
            ObjectKind::Type => {
                self.put_type(name, TypeBody::Other);
            }
            ObjectKind::Rule => {
                let Some(table) = change.tables.first() else { return };
                let table = self.schema.resolve(table);
                let written = change.tables.iter().skip(1);
                let event = change.option.trim_start_matches("on ").to_owned();
                let written = written.map(|written| self.schema.resolve(written)).collect();
                self.schema.edit_table(&table, |table| {
                    table.rules.retain(|rule| rule.name != name.name);
                    table.rules.push(Rule { name: name.name.clone(), event, writes: written });
                });
            }
            ObjectKind::Statistics => {
                let full = self.object_name(name);
                if let Some(table) = change.tables.first() {
                    let table = self.schema.resolve(table);
                    self.schema.edit_table(&table, |table| table.statistics.push(full.clone()));
                }
                self.schema.objects.insert((change.kind, full));
            }
            kind => {
                if kind == ObjectKind::Publication {
                    self.publish(&name.name, &change.tables);
                }
                let full = self.object_name(name);
                self.schema.objects.insert((kind, full));
            }
        }
    }

    fn object_name(&self, name: &ObjectName) -> RelationName {
        RelationName::of_qualified(name).unwrap_or_else(|| self.schema.creation_name(&name.name))
    }
}

fn is_literal(expr: &Expr, text: &str) -> bool {
    matches!(expr.shape(), ExprShape::Literal(literal) if literal == text)
}

fn change_values(values: &mut Vec<(String, u64)>, change: &EnumChange, born: u64) {
    match change {
        EnumChange::AddValue { value, before, after, .. } => {
            let at = |wanted: &String| values.iter().position(|(known, _)| known == wanted);
            if at(value).is_some() {
                return;
            }
            let place = before.as_ref().and_then(at);
            let place = place.or_else(|| after.as_ref().and_then(at).map(|at| at + 1));
            let place = place.unwrap_or(values.len()).min(values.len());
            values.insert(place, (value.clone(), born));
        }
        EnumChange::RenameValue { from, to } => {
            for (known, _) in values.iter_mut().filter(|(known, _)| known == from) {
                known.clone_from(to);
            }
        }
    }
}

fn change_domain(body: &mut TypeBody, change: &DomainChange) {
    let TypeBody::Domain { not_null, default, checks, .. } = body else { return };
    match change {
        DomainChange::SetNotNull => *not_null = true,
        DomainChange::DropNotNull => *not_null = false,
        DomainChange::SetDefault(expr) => *default = Some(expr.clone()),
        DomainChange::DropDefault => *default = None,
        DomainChange::DropConstraint { name, .. } => checks.retain(|(own, _, _)| own != name),
        DomainChange::ValidateConstraint(name) => {
            for (_, _, validity) in checks.iter_mut().filter(|(own, _, _)| own == name) {
                *validity = Validity::Valid;
            }
        }
        DomainChange::RenameConstraint { name, new_name } => {
            for (own, _, _) in checks.iter_mut().filter(|(own, _, _)| own == name) {
                *own = new_name.clone();
            }
        }
        DomainChange::AddCheck { .. } => {}
    }
}
