//! The project's own modules, parsed when a revision first imports them.

use super::module::Module;
use super::naming::NamingConvention;
use crate::source::SourceFile;
use elsa::sync::FrozenMap;
use smol_str::SmolStr;
use std::sync::Arc;

/// Hands out the project's files.
pub trait Sources: Sync {
    /// The file of a module such as `shop.migrations.helpers`, if the project has it.
    fn module(&self, dotted: &str) -> Option<Arc<SourceFile>>;
}

/// A project without modules of its own.
pub struct NoSources;

impl Sources for NoSources {
    fn module(&self, _dotted: &str) -> Option<Arc<SourceFile>> {
        None
    }
}

/// The modules that were asked for, each parsed once however many revisions import it.
pub struct Library<'s> {
    sources: &'s dyn Sources,
    modules: FrozenMap<SmolStr, Box<Option<Module>>>,
    /// How constraints without a name are called.
    naming: NamingConvention,
}

impl<'s> Library<'s> {
    /// A library of the files that `sources` hands out.
    pub fn new(sources: &'s dyn Sources) -> Self {
        Self { sources, modules: FrozenMap::new(), naming: NamingConvention::default() }
    }

    /// The same with a naming convention.
    pub fn naming(self, naming: NamingConvention) -> Self {
        Self { naming, ..self }
    }

    /// How constraints without a name are called.
    pub(super) fn convention(&self) -> &NamingConvention {
        &self.naming
    }

    /// The module of that dotted name, if the project has it.
    pub fn module(&self, dotted: &str) -> Option<&Module> {
        if let Some(known) = self.modules.get(dotted) {
            return known.as_ref();
        }
        let name = SmolStr::new(dotted);
        let module =
            self.sources.module(dotted).map(|file| Module::parse(file, Some(name.clone())));
        self.modules.insert(name, Box::new(module)).as_ref()
    }
}
