//! Classes of a revision: enums, and models of the ORM that only name a table.

use super::container::call_of;
use super::function::Arguments;
use super::state::{Frame, Machine};
use crate::migration::python::{Call, Callee, Handle, Kind, Source, Value};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef};
use smol_str::SmolStr;
use std::sync::Arc;

/// A class.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub name: SmolStr,
    pub is_enum: bool,
    /// What its body binds, in the order of the body.
    pub members: Vec<(SmolStr, Value)>,
    pub bases: Vec<Value>,
    /// Names that its body annotates, in their order: the fields of a data class.
    pub fields: Vec<SmolStr>,
    pub source: Source,
}

impl<'a> Machine<'a> {
    pub(super) fn class_definition(&mut self, def: &'a StmtClassDef) {
        let mut bases = Vec::new();
        if let Some(arguments) = &def.arguments {
            bases = self.arguments(arguments).args;
        }
        let outer = self.current;
        let function = self.frames.get(outer).and_then(|frame| frame.function);
        let module = self.module_number();
        self.current = self.frames.len();
        let path_base = self.path.len();
        self.frames.push(Frame { module, function, path_base, ..Frame::default() });
        self.block(&def.body);
        let frame = self.frames.pop().unwrap_or_default();
        self.current = outer;
        let mut members: Vec<(SmolStr, Value)> = frame.locals.into_iter().collect();
        members.sort_by_key(|(_, value)| value.source.span.start);
        let is_enum = bases.iter().any(|base| match &base.kind {
            Kind::Handle(Handle::Class(number)) => {
                self.classes.get(*number).is_some_and(|class| class.is_enum)
            }
            _ => base.path().is_some_and(|path| path.ends_with("Enum")),
        });
        let source = self.source(def);
        let name = SmolStr::new(def.name.as_str());
        let fields = fields(def);
        self.classes.push(Class { name, is_enum, members, bases, fields, source });
        let number = self.classes.len() - 1;
        let value = Value::new(Kind::Handle(Handle::Class(number)), source);
        self.bind(&def.name, value);
    }

    /// What a class is to SQLAlchemy: the table of a model, the members of an enum.
    pub(super) fn face(&mut self, value: Value) -> Value {
        let Kind::Handle(Handle::Class(number)) = value.kind else { return value };
        let Some(class) = self.classes.get(number) else { return value };
        if class.is_enum {
            return self.enum_face(number).unwrap_or(value);
        }
        let table = self.table_of(number);
        let place = value.source;
        table.or_else(|| self.type_of(number, Arguments::default(), place)).unwrap_or(value)
    }

    fn enum_face(&self, number: usize) -> Option<Value> {
        let class = self.classes.get(number)?;
        let members = class.members.iter().filter(|(name, value)| {
            !name.starts_with('_') && !matches!(value.kind, Kind::Handle(Handle::Function(_)))
        });
        let call = Call {
            callee: Callee::Path(SmolStr::new("enum.Enum")),
            args: vec![Value::text(&class.name, class.source)],
            kwargs: members.cloned().collect(),
        };
        Some(Value::new(Kind::Call(Arc::new(call)), class.source))
    }

    /// The table that a model stands for.
    pub(super) fn table_of(&self, number: usize) -> Option<Value> {
        let class = self.classes.get(number)?;
        let member = |wanted: &str| {
            class.members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        if let Some(table) = member("__table__") {
            return Some(table);
        }
        let name = member("__tablename__")?;
        name.as_str()?;
        let mut args = vec![name];
        for (name, value) in &class.members {
            if is_column(value) {
                let column = column_name(name, value);
                let name = Value::text(&column, value.source);
                args.push(call_of("sqlalchemy.column", vec![name], value.source));
            }
        }
        let schema = member("__table_args__").and_then(|value| match &value.kind {
            Kind::Dict(_) => Some(value),
            Kind::Tuple(all) => all.last().cloned(),
            _ => None,
        });
        let schema = schema.and_then(|options| match options.kind {
            Kind::Dict(items) => {
                let item = items.iter().find(|(key, _)| key.as_str() == Some("schema"));
                item.map(|(_, value)| value.clone())
            }
            _ => None,
        });
        let kwargs = schema.map(|schema| (SmolStr::new("schema"), schema));
        let call = Call {
            callee: Callee::Path(SmolStr::new("sqlalchemy.table")),
            args,
            kwargs: kwargs.into_iter().collect(),
        };
        Some(Value::new(Kind::Call(Arc::new(call)), class.source))
    }

    /// `Class.name`.
    pub(super) fn class_attribute(&mut self, number: usize, name: &str, place: Source) -> Value {
        let Some(class) = self.classes.get(number).cloned() else {
            return Value::unknown("a class that is not known", place);
        };
        if class.is_enum
            && name != "__members__"
            && let Some(face) = self.enum_face(number)
        {
            return self.attribute(face, name, place);
        }
        if let Some(table) = self.table_of(number) {
            let member = class.members.iter().find(|(known, _)| known == name);
            match (name, member) {
                ("__table__", _) => return table,
                (_, Some((_, value))) if is_column(value) => {
                    let column = column_name(name, value);
                    let columns = (table, SmolStr::new("c"));
                    let columns = Value::new(Kind::Attribute(Arc::new(columns)), place);
                    let member = (columns, SmolStr::new(column));
                    return Value::new(Kind::Attribute(Arc::new(member)), place);
                }
                _ => {}
            }
        }
        let member = class.members.iter().find(|(known, _)| known == name);
        match (member, name) {
            (Some((_, value)), _) => value.clone(),
            (None, "metadata") => call_of("sqlalchemy.MetaData", Vec::new(), place),
            (None, "__name__") => Value::text(&class.name, place),
            _ => {
                let bases = class.bases.into_iter();
                let mut inherited = bases.filter_map(|base| match base.kind {
                    Kind::Handle(Handle::Class(base)) if base != number => Some(base),
                    _ => None,
                });
                match inherited.next() {
                    Some(base) => self.class_attribute(base, name, place),
                    None => Value::unknown(format!("`{name}` of a class"), place),
                }
            }
        }
    }

    /// `Class(…)`.
    pub(super) fn instance(
        &mut self,
        number: usize,
        arguments: Arguments,
        call: &'a ExprCall,
    ) -> Value {
        let place = self.source(call);
        let Some(class) = self.classes.get(number) else {
            return Value::unknown("an object", place);
        };
        if class.is_enum {
            let wanted = arguments.args.first();
            let member = class.members.iter().find(|(_, value)| {
                wanted.is_some_and(|wanted| super::compare::equal(value, wanted) == Some(true))
            });
            if let (Some((name, _)), Some(face)) = (member.cloned(), self.enum_face(number)) {
                return Value::new(Kind::Attribute(Arc::new((face, name))), place);
            }
            return Value::unknown("a member of an enum", place);
        }
        let name = class.name.clone();
        if let Some(data_type) = self.type_of(number, arguments.clone(), place) {
            return data_type;
        }
        // Fields of named tuples and data classes, in the order of the body.
        let fields = self.fields_of(number);
        let mut kwargs: Vec<(SmolStr, Value)> = fields.into_iter().zip(arguments.args).collect();
        kwargs.extend(arguments.kwargs.into_iter().map(|one| (one.name, one.value)));
        let callee = Callee::Path(SmolStr::new(format!("project.{name}")));
        Value::new(Kind::Call(Arc::new(Call { callee, args: Vec::new(), kwargs })), place)
    }

    /// A member of a value that a call made.
    pub(super) fn call_attribute(&mut self, owner: Value, name: &str, place: Source) -> Value {
        if let Kind::Call(call) = &owner.kind
            && let ("naming_convention", Some(given)) = (name, call.keyword(name))
        {
            return given.clone();
        }
        if let Kind::Call(call) = &owner.kind
            && call.path().is_some_and(|path| path.starts_with("project."))
        {
            let number = self.class_named(call.path());
            return match (call.keyword(name), number) {
                (Some(value), _) => value.clone(),
                (None, Some(number)) => self.class_attribute(number, name, place),
                (None, None) => Value::unknown(format!("`{name}` of an object"), place),
            };
        }
        Value::new(Kind::Attribute(Arc::new((owner, SmolStr::new(name)))), place)
    }

    /// `.value` and `.name` of an enum's member.
    pub(super) fn member_attribute(
        &self,
        owner: &Value,
        name: &str,
        place: Source,
    ) -> Option<Value> {
        let Kind::Attribute(member) = &owner.kind else { return None };
        let call = member.0.as_call().filter(|call| call.path() == Some("enum.Enum"))?;
        match name {
            "value" => call.keyword(&member.1).cloned(),
            "name" => Some(Value::text(&member.1, place)),
            _ => None,
        }
    }
}

/// Names that the body of a class annotates.
fn fields(def: &StmtClassDef) -> Vec<SmolStr> {
    let annotated = def.body.iter().filter_map(|statement| match statement {
        Stmt::AnnAssign(assign) => match &*assign.target {
            Expr::Name(name) => Some(SmolStr::new(name.id.as_str())),
            _ => None,
        },
        _ => None,
    });
    annotated.collect()
}

fn is_column(value: &Value) -> bool {
    let last = value.path().and_then(|path| path.rsplit('.').next());
    matches!(last, Some("Column" | "mapped_column" | "Field"))
}

fn column_name(member: &str, value: &Value) -> String {
    let first = value.as_call().and_then(|call| call.args.first()).and_then(Value::as_str);
    first.unwrap_or(member).to_owned()
}
