//! Objects of the project's classes: their fields and methods, and types that are made of others.

use super::function::Arguments;
use super::state::Machine;
use crate::migration::python::{Call, Callee, Handle, Kind, Source, Value};
use ruff_python_ast::ExprCall;
use smol_str::SmolStr;
use std::sync::Arc;

/// How many classes up a member is looked for.
const ANCESTORS: usize = 16;

impl<'a> Machine<'a> {
    /// The number of the class that an object says it is of.
    pub(super) fn class_named(&self, path: Option<&str>) -> Option<usize> {
        let name = path?.strip_prefix("project.")?;
        self.classes.iter().rposition(|class| class.name == name)
    }

    /// A class and those that it inherits from, first bases alone.
    fn lineage(&self, number: usize) -> Vec<usize> {
        let mut line = vec![number];
        while let Some(class) = line.last().and_then(|at| self.classes.get(*at)) {
            let base = class.bases.iter().find_map(|base| match base.kind {
                Kind::Handle(Handle::Class(base)) => Some(base),
                _ => None,
            });
            match base.filter(|base| !line.contains(base) && line.len() < ANCESTORS) {
                Some(base) => line.push(base),
                None => break,
            }
        }
        line
    }

    /// The fields that arguments by position fill: those of the bases first.
    pub(super) fn fields_of(&self, number: usize) -> Vec<SmolStr> {
        let mut fields: Vec<SmolStr> = Vec::new();
        let classes = self.lineage(number).into_iter().rev();
        for class in classes.filter_map(|at| self.classes.get(at)) {
            let members = class.members.iter().map(|(name, _)| name);
            let own: Vec<&SmolStr> = match class.fields.is_empty() {
                true => members.collect(),
                false => class.fields.iter().collect(),
            };
            for name in own {
                if !fields.contains(name) {
                    fields.push(name.clone());
                }
            }
        }
        fields
    }

    fn member(&self, number: usize, name: &str) -> Option<&Value> {
        let classes = self.lineage(number).into_iter().filter_map(|at| self.classes.get(at));
        let mut members = classes.flat_map(|class| &class.members);
        members.find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A method of an object, called; `None` where the class has none of this name. Objects that
    /// make themselves up are not followed: what they do is opaque.
    pub(super) fn object_method(
        &mut self,
        owner: &Value,
        name: &str,
        arguments: &Arguments,
        call: &'a ExprCall,
        is_effect: bool,
    ) -> Option<Value> {
        let number = self.class_named(owner.path())?;
        let Kind::Handle(Handle::Function(function)) = self.member(number, name)?.kind else {
            return None;
        };
        let constructs = ["__init__", "__post_init__", "__new__"];
        if constructs.into_iter().any(|one| self.member(number, one).is_some()) {
            if is_effect {
                self.opaque(call, "a method of an object that makes itself up");
            }
            return Some(self.unknown("what a method gives", call));
        }
        let mut all = Arguments { args: vec![owner.clone()], ..arguments.clone() };
        all.args.extend(arguments.args.iter().cloned());
        Some(self.call_function(function, all, call))
    }

    /// The type that a `TypeDecorator` of the project stands for on this dialect, where that is one
    /// of SQLAlchemy's.
    pub(super) fn type_of(
        &mut self,
        number: usize,
        arguments: Arguments,
        place: Source,
    ) -> Option<Value> {
        let line = self.lineage(number);
        let decorates = line.iter().filter_map(|at| self.classes.get(*at)).any(|class| {
            class
                .bases
                .iter()
                .any(|base| base.path().is_some_and(|path| path.ends_with("TypeDecorator")))
        });
        if !decorates || self.member(number, "__init__").is_some() {
            return None;
        }
        let data_type = match self.member(number, "load_dialect_impl").map(|one| one.kind.clone()) {
            Some(Kind::Handle(Handle::Function(function))) => self.chosen_type(function, place)?,
            _ => self.member(number, "impl")?.clone(),
        };
        let path = data_type.path().filter(|path| path.starts_with("sqlalchemy."))?;
        if !matches!(data_type.kind, Kind::Name(_)) || arguments.args.is_empty() {
            return Some(Value::new(data_type.kind.clone(), place));
        }
        let kwargs = arguments.kwargs.into_iter().map(|one| (one.name, one.value)).collect();
        let callee = Callee::Path(SmolStr::new(path));
        let call = Call { callee, args: arguments.args, kwargs };
        Some(Value::new(Kind::Call(Arc::new(call)), place))
    }

    /// What `load_dialect_impl` gives on this dialect.
    fn chosen_type(&mut self, number: usize, place: Source) -> Option<Value> {
        let function = self.functions.get(number).copied()?;
        let itself = Value::unknown("the type itself", place);
        let dialect = Value::new(Kind::Handle(Handle::Dialect), place);
        let arguments = Arguments { args: vec![itself, dialect], ..Arguments::default() };
        self.silent += 1;
        let (value, _) = self.enter(number, function, arguments, None, place);
        self.silent -= 1;
        Some(value)
    }
}
