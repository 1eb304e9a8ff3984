//! Triggers and row security policies.

use super::Applier;
use crate::migration::{CreatePolicy, CreateTrigger, Expr, Ident, TriggerSwitch};
use crate::schema::{Policy, RelationBody, RelationName, Trigger};

impl Applier<'_> {
    pub(super) fn create_trigger(&mut self, def: &CreateTrigger) {
        let table = self.needed_table(&def.table);
        let function = def.function.as_ref().map(|function| {
            let made = self.schema.routine_name(function);
            made.map_or_else(|| function.clone(), |name| name.to_object_name())
        });
        let trigger = Trigger {
            name: def.name.clone(),
            timing: def.timing,
            events: def.events.clone(),
            columns: def.columns.clone(),
            function,
            when: def.when.clone(),
            for_each_row: def.for_each_row,
            enabled: true,
            statements: def.statements.clone(),
        };
        let mut tables = vec![table.clone()];
        if def.for_each_row {
            tables.extend(self.partition_names(&table));
        }
        for table in tables {
            self.schema.edit(&table, |relation| {
                let triggers = match &mut relation.body {
                    RelationBody::Table(table) => &mut table.triggers,
                    RelationBody::View(view) => &mut view.triggers,
                    RelationBody::Index(_) | RelationBody::Sequence(_) => return,
                };
                let known = triggers.iter().any(|own| own.name == trigger.name);
                if known && def.if_not_exists {
                    return;
                }
                triggers.retain(|own| own.name != trigger.name);
                triggers.push(trigger.clone());
            });
        }
        self.touched(&table);
    }

    /// `ENABLE | DISABLE TRIGGER`, of partitions too.
    pub(super) fn switch_trigger(&mut self, table: &RelationName, switch: &TriggerSwitch) {
        if switch.rule {
            return;
        }
        let mut tables = vec![table.clone()];
        tables.extend(self.partition_names(table));
        for table in tables {
            self.schema.edit_table(&table, |table| {
                for trigger in &mut table.triggers {
                    if switch.name.as_ref().is_none_or(|name| *name == trigger.name) {
                        trigger.enabled = switch.enable;
                    }
                }
            });
        }
    }

    pub(super) fn create_policy(&mut self, def: &CreatePolicy) {
        let table = self.needed_table(&def.table);
        let mut policy = Policy {
            name: def.name.clone(),
            permissive: def.permissive,
            columns: Vec::new(),
            reads: Vec::new(),
            functions: Vec::new(),
        };
        for expr in def.using.iter().chain(&def.with_check) {
            self.read_condition(&table, expr, &mut policy);
        }
        self.schema.edit_table(&table, |table| {
            table.policies.retain(|own| own.name != policy.name);
            table.policies.push(policy);
        });
        self.touched(&table);
    }

    fn read_condition(&self, table: &RelationName, expr: &Expr, policy: &mut Policy) {
        let Some(facts) = &expr.facts else { return };
        let columns: Vec<Ident> = facts.columns.clone();
        policy.columns.extend(columns);
        let reads = facts.queries.reads.iter().map(|name| self.schema.resolve(name));
        policy.reads.extend(reads.filter(|name| name != table));
        let calls = facts.functions.iter().chain(&facts.queries.functions);
        policy.functions.extend(calls.filter_map(|call| self.schema.routine_name(&call.name)));
    }
}
