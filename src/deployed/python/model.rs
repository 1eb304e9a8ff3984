//! Classes that may be models: their table, their bases, the columns that they declare.

use super::{
    Constants, columns, django, dotted, is_true, keyword, known_string, last_name, offset,
};
use crate::deployed::mention::{DeclaredColumn, Model, ModelTable};
use ruff_python_ast::{Expr, Stmt, StmtAssign, StmtClassDef, StmtFunctionDef};
use smol_str::SmolStr;

/// The model that a class may be; `None` where nothing about it looks like one.
pub(super) fn read(class: &StmtClassDef, constants: &Constants) -> Option<Model> {
    let mut draft = Draft::new(class, constants);
    for stmt in &class.body {
        draft.member(stmt);
    }
    draft.finish()
}

/// `Base = declarative_base(cls=Custom)`: what inherits from `Base` inherits from `Custom`.
pub(super) fn declarative_base(assign: &StmtAssign) -> Option<Model> {
    let Expr::Name(name) = assign.targets.first()? else { return None };
    let Expr::Call(call) = assign.value.as_ref() else { return None };
    if last_name(&call.func) != Some("declarative_base") {
        return None;
    }
    Some(Model {
        class: SmolStr::new(name.id.as_str()),
        bases: vec![dotted(keyword(call, "cls")?)?],
        table: ModelTable::Inherited,
        schema: None,
        columns: Vec::new(),
        fields: Vec::new(),
        offset: offset(name),
    })
}

struct Draft<'a> {
    class: &'a StmtClassDef,
    constants: &'a Constants,
    bases: Vec<SmolStr>,
    table: Option<ModelTable>,
    schema: Option<SmolStr>,
    columns: Vec<DeclaredColumn>,
    django: Vec<DeclaredColumn>,
    fields: Vec<DeclaredColumn>,
}

impl<'a> Draft<'a> {
    fn new(class: &'a StmtClassDef, constants: &'a Constants) -> Self {
        let arguments = class.arguments.as_deref();
        let bases: Vec<SmolStr> = arguments
            .map(|arguments| arguments.args.iter().filter_map(dotted).collect())
            .unwrap_or_default();
        let is_table = arguments.is_some_and(|arguments| {
            is_true(arguments.find_keyword("table").map(|keyword| &keyword.value))
        });
        Self {
            class,
            constants,
            bases,
            table: is_table.then_some(ModelTable::LowerCase),
            schema: None,
            columns: Vec::new(),
            django: Vec::new(),
            fields: Vec::new(),
        }
    }

    fn member(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Assign(assign) => {
                for target in &assign.targets {
                    if let Expr::Name(name) = target {
                        self.assigned(name.id.as_str(), &assign.value);
                    }
                }
            }
            Stmt::AnnAssign(assign) => {
                let Expr::Name(name) = assign.target.as_ref() else { return };
                let (name, value) = (name.id.as_str(), assign.value.as_deref());
                if let Some(value) = value.filter(|_| name.starts_with("__")) {
                    return self.assigned(name, value);
                }
                let column = columns::annotated(name, &assign.annotation, value, self.constants);
                self.columns.extend(column);
                self.django
                    .extend(value.and_then(|value| django::field(name, value, self.constants)));
                if last_name(&assign.annotation) != Some("ClassVar") {
                    let at = offset(assign);
                    self.fields.extend(columns::field(name, value, at, self.constants));
                }
            }
            Stmt::FunctionDef(function) => self.method(function),
            // Columns under `if` (a dialect, a setting) are declared all the same.
            Stmt::If(branch) => branch.body.iter().for_each(|stmt| self.member(stmt)),
            _ => {}
        }
    }

    fn assigned(&mut self, name: &str, value: &Expr) {
        match name {
            "__tablename__" => {
                self.table = known_string(value, self.constants).map(ModelTable::Named);
            }
            "__table__" => self.core_table(value),
            "__abstract__" if is_true(Some(value)) => self.table = Some(ModelTable::Abstract),
            "__table_args__" => self.schema = schema(value, self.constants),
            _ => {
                self.columns.extend(columns::assigned(name, value, self.constants));
                self.django.extend(django::field(name, value, self.constants));
            }
        }
    }

    /// `__table__ = Table("name", …)`: its columns are read where the call stands.
    fn core_table(&mut self, value: &Expr) {
        let Expr::Call(call) = value else { return };
        let name = call.arguments.args.first().and_then(|name| known_string(name, self.constants));
        self.table = name.map(ModelTable::Named);
        self.schema = keyword(call, "schema").and_then(|name| known_string(name, self.constants));
    }

    fn method(&mut self, function: &StmtFunctionDef) {
        if function.name.as_str() == "__tablename__" {
            self.table = Some(table_rule(function));
            return;
        }
        self.columns.extend(columns::declared_attr(function, self.constants));
    }

    fn finish(mut self) -> Option<Model> {
        let meta = django::meta(self.class, self.constants);
        let names_a_table = self.table.is_some() || !self.columns.is_empty();
        if !names_a_table && is_form(&self.bases) {
            return None;
        }
        let flask = self.bases.iter().any(|base| base == "db.Model");
        if self.table.is_none() {
            self.table = match &meta.table {
                Some(name) => Some(ModelTable::Named(name.clone())),
                None if meta.is_abstract => Some(ModelTable::Abstract),
                None if flask => Some(ModelTable::SnakeCase),
                None if !self.django.is_empty() && self.columns.is_empty() => {
                    Some(ModelTable::Django)
                }
                None => None,
            };
        }
        self.columns.append(&mut self.django);
        let says_nothing = self.table.is_none()
            && self.columns.is_empty()
            && self.fields.is_empty()
            && self.bases.is_empty();
        if says_nothing {
            return None;
        }
        Some(Model {
            class: SmolStr::new(self.class.name.as_str()),
            bases: self.bases,
            table: self.table.unwrap_or(ModelTable::Inherited),
            schema: self.schema,
            columns: self.columns,
            fields: self.fields,
            offset: offset(&self.class.name),
        })
    }
}

/// Forms, serializers and the like declare fields too, of no table.
fn is_form(bases: &[SmolStr]) -> bool {
    const OTHERS: [&str; 7] =
        ["Form", "Serializer", "FilterSet", "Schema", "Factory", "ObjectType", "Widget"];
    bases.iter().any(|base| OTHERS.iter().any(|other| base.ends_with(other)))
}

/// `{"schema": …}`, alone or last in a tuple.
fn schema(value: &Expr, constants: &Constants) -> Option<SmolStr> {
    let dict = match value {
        Expr::Dict(dict) => dict,
        Expr::Tuple(tuple) => match tuple.elts.last()? {
            Expr::Dict(dict) => dict,
            _ => return None,
        },
        _ => return None,
    };
    dict.items.iter().find_map(|item| {
        let is_schema = super::string(item.key.as_ref()?)? == "schema";
        is_schema.then(|| known_string(&item.value, constants)).flatten()
    })
}

/// What `def __tablename__(cls)` makes of the class's name.
fn table_rule(function: &StmtFunctionDef) -> ModelTable {
    let returned = function.body.iter().find_map(|stmt| match stmt {
        Stmt::Return(back) => back.value.as_deref(),
        _ => None,
    });
    match returned {
        Some(Expr::Call(call)) => match last_name(&call.func) {
            Some("lower") => ModelTable::LowerCase,
            _ => ModelTable::SnakeCase,
        },
        Some(value) => super::string(value).map_or(ModelTable::SnakeCase, ModelTable::Named),
        None => ModelTable::SnakeCase,
    }
}
