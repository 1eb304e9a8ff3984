//! Imports: what is SQLAlchemy's keeps its canonical path, what is the project's is read.

use super::super::module::Module;
use super::super::paths::{canonical, is_foreign};
use super::state::Machine;
use crate::migration::python::{Handle, Kind, Source, Value};
use ruff_python_ast::{StmtImport, StmtImportFrom};

/// How many modules of the project one revision may read.
const MODULES: usize = 200;

impl<'a> Machine<'a> {
    pub(super) fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            let place = self.source(alias);
            match &alias.asname {
                Some(bound) => {
                    let value = self.imported(&alias.name, place);
                    self.bind(bound, value);
                }
                None => {
                    let top = alias.name.split('.').next().unwrap_or(&alias.name);
                    let value = self.imported(top, place);
                    self.bind(top, value);
                }
            }
        }
    }

    pub(super) fn import_from(&mut self, import: &'a StmtImportFrom) {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        let base = match import.level {
            0 => module.to_owned(),
            level => self.relative(level, module),
        };
        for alias in &import.names {
            let place = self.source(alias);
            if alias.name.as_str() == "*" {
                self.import_all(&base, place);
                continue;
            }
            let value = self.imported_from(&base, &alias.name, place);
            self.bind(alias.asname.as_ref().unwrap_or(&alias.name), value);
        }
    }

    /// The module that dots stand for: `from ..helpers import x`.
    fn relative(&self, level: u32, module: &str) -> String {
        let own = self.module().and_then(|module| module.dotted.clone()).unwrap_or_default();
        let is_package =
            self.module().is_some_and(|module| module.file.path().ends_with("__init__.py"));
        let mut parts: Vec<&str> = own.split('.').filter(|part| !part.is_empty()).collect();
        let up = usize::try_from(level).unwrap_or(0).saturating_sub(usize::from(is_package));
        parts.truncate(parts.len().saturating_sub(up));
        parts.extend(module.split('.').filter(|part| !part.is_empty()));
        parts.join(".")
    }

    fn project_module(&mut self, dotted: &str) -> Option<u16> {
        if dotted.is_empty() || is_foreign(dotted) || self.modules.len() >= MODULES {
            return None;
        }
        let library = self.library;
        let module: &'a Module = library.module(dotted)?;
        Some(self.load(module))
    }

    fn imported(&mut self, dotted: &str, place: Source) -> Value {
        match self.project_module(dotted) {
            Some(number) => Value::new(Kind::Handle(Handle::Module(number)), place),
            None => Value::new(Kind::Name(canonical(dotted)), place),
        }
    }

    fn imported_from(&mut self, base: &str, name: &str, place: Source) -> Value {
        if let Some(number) = self.project_module(base)
            && let Some(value) = self.global(number, name)
        {
            return value;
        }
        let full = if base.is_empty() { name.to_owned() } else { format!("{base}.{name}") };
        self.imported(&full, place)
    }

    fn import_all(&mut self, base: &str, _place: Source) {
        let Some(number) = self.project_module(base) else { return };
        let Some(module) = self.modules.get(usize::from(number)).map(|loaded| loaded.module) else {
            return;
        };
        for name in module.names() {
            if name.starts_with('_') {
                continue;
            }
            if let Some(value) = self.global(number, name) {
                self.bind(name, value);
            }
        }
    }

    /// `package.module.name` of the project, reached through `import package`.
    pub(super) fn imported_member(&mut self, full: &str, place: Source) -> Option<Value> {
        let (base, name) = full.rsplit_once('.')?;
        if let Some(number) = self.project_module(full) {
            return Some(Value::new(Kind::Handle(Handle::Module(number)), place));
        }
        let number = self.project_module(base)?;
        self.global(number, name)
    }

    /// `module.name`.
    pub(super) fn module_attribute(&mut self, number: u16, name: &str, place: Source) -> Value {
        if let Some(value) = self.global(number, name) {
            return value;
        }
        let dotted = self
            .modules
            .get(usize::from(number))
            .and_then(|loaded| loaded.module.dotted.clone())
            .unwrap_or_default();
        self.imported(&format!("{dotted}.{name}"), place)
    }
}
