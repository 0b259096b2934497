//! What the tables of imports are made of: name, support level, type and function of each import, by families.
//!
//! All of it is generic over the environment `E` that the functions share, so that the environment may hold tables.

use wasmer::{Function, FunctionEnv, FunctionType, StoreMut, Type};

pub use crate::imports::needs::{Bound, Capability};

/// How well an import is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Does what the JavaScript glue does, or better.
    Full,
    /// Works for what its documentation says, and answers an error for the rest.
    Partial,
    /// Answers a documented error always, on purpose.
    Refused,
}

/// The series of Emscripten that differ in what their modules import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Emscripten {
    /// 3.1: exceptions and `longjmp` go through JavaScript.
    V3,
    /// 4.0.
    V4,
    /// 5.0.
    V5,
    /// 6.0.
    V6,
}

/// A range of series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    first: Emscripten,
    last: Emscripten,
}

impl Versions {
    /// Every series.
    pub const ALL: Self = Self { first: Emscripten::V3, last: Emscripten::V6 };
    /// Up to 3.1.
    pub const UNTIL_V3: Self = Self { last: Emscripten::V3, ..Self::ALL };
    /// Up to 4.0.
    pub const UNTIL_V4: Self = Self { last: Emscripten::V4, ..Self::ALL };
    /// From 6.0 on.
    pub const FROM_V6: Self = Self { first: Emscripten::V6, ..Self::ALL };

    /// Whether a series is one of these.
    pub fn contains(self, version: Emscripten) -> bool {
        (self.first..=self.last).contains(&version)
    }
}

/// One function that the host supplies.
pub struct HostImport<E: 'static> {
    /// The name the module imports it by.
    pub name: &'static str,
    /// How well it is supported.
    pub support: Support,
    /// What of the host can be reached by it.
    pub needs: Capability,
    /// What limits what can be taken by it.
    pub bounds: &'static [Bound],
    /// Its parameters.
    pub params: &'static [Type],
    /// Its results.
    pub results: &'static [Type],
    /// Makes the host function.
    pub define: fn(&mut StoreMut<'_>, &FunctionEnv<E>) -> Function,
}

impl<E> HostImport<E> {
    /// Whether it has the type that a module asks for.
    pub fn has_type(&self, wanted: &FunctionType) -> bool {
        self.params == wanted.params() && self.results == wanted.results()
    }
}

impl<E> std::fmt::Debug for HostImport<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostImport").field("name", &self.name).field("support", &self.support).finish()
    }
}

/// The imports that one upstream file supplies.
#[derive(Debug)]
pub struct Family<E: 'static> {
    /// A short name, for the documentation.
    pub name: &'static str,
    /// The module name in the import section.
    pub module: &'static str,
    /// The series of Emscripten whose modules import them. Where two families have an import of the same name and type, this
    /// says which is meant.
    pub versions: Versions,
    /// Its imports.
    pub imports: &'static [HostImport<E>],
}

impl<E> Family<E> {
    /// The import of this name, whatever its type.
    pub fn find(&self, module: &str, name: &str) -> Option<&'static HostImport<E>> {
        if self.module != module {
            return None;
        }
        self.imports.iter().find(|import| import.name == name)
    }
}

/// Sets of families. Of two imports of one name and type that a series has, the first counts.
pub type Families<E> = &'static [&'static [&'static Family<E>]];

/// The host functions that the modules of one guest may import.
#[derive(Debug)]
pub struct HostFunctions<E: 'static> {
    families: Families<E>,
    version: Emscripten,
    /// Whether the other series are looked at, too, where this one has nothing of the wanted type.
    any: bool,
}

impl<E> Clone for HostFunctions<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for HostFunctions<E> {}

impl<E> HostFunctions<E> {
    /// Those of these families that modules of the series import.
    pub const fn new(families: Families<E>, version: Emscripten) -> Self {
        Self { families, version, any: false }
    }

    /// Those of these families that modules of any series import. Which series a module is of is not written in it, but its
    /// imports have types: an import is looked for among those of the series `preferred`, and where that has none of the name and
    /// type, among all.
    pub const fn of_any_series(families: Families<E>, preferred: Emscripten) -> Self {
        Self { families, version: preferred, any: true }
    }

    /// The series.
    pub fn version(&self) -> Emscripten {
        self.version
    }

    /// The families that the series has, those that are looked at first in front.
    pub fn families(&self) -> impl Iterator<Item = &'static Family<E>> + use<E> {
        let version = self.version;
        self.all().filter(move |family| family.versions.contains(version))
    }

    fn all(&self) -> impl Iterator<Item = &'static Family<E>> + use<E> {
        self.families.iter().flat_map(|set| set.iter().copied())
    }

    /// The import of this name. Where several families have one, `wanted` says of which type it is to be; with `None`, or when
    /// none has that type, it is the first.
    pub fn find(&self, module: &str, name: &str, wanted: Option<&FunctionType>) -> Option<&'static HostImport<E>> {
        let mut named = self.families().filter_map(|family| family.find(module, name)).peekable();
        let first = named.peek().copied();
        let is_wanted = |import: &&'static HostImport<E>| wanted.is_some_and(|wanted| import.has_type(wanted));
        let of_type = named.find(is_wanted);
        if of_type.is_some() || !self.any {
            return of_type.or(first);
        }
        let mut of_others = self.all().filter_map(|family| family.find(module, name)).peekable();
        let other = of_others.peek().copied();
        of_others.find(is_wanted).or(first).or(other)
    }
}

#[cfg(test)]
mod tests {
    use wasmer::{Engine, Function, Type};

    use super::*;

    const fn import(name: &'static str, params: &'static [Type]) -> HostImport<()> {
        HostImport {
            name,
            support: Support::Full,
            needs: Capability::Nothing,
            bounds: &[Bound::Time],
            params,
            results: &[],
            define: |store, _| Function::new(store, FunctionType::new([], []), |_| Ok(Vec::new())),
        }
    }

    const fn family(name: &'static str, versions: Versions, imports: &'static [HostImport<()>]) -> Family<()> {
        Family { name, module: "env", versions, imports }
    }

    static OLD: Family<()> = family("old", Versions::UNTIL_V4, &[import("a", &[]), import("b", &[Type::I32])]);
    static WIDE: Family<()> = family("wide", Versions::ALL, &[import("b", &[Type::I64])]);
    static COMMON: Family<()> = family("common", Versions::ALL, &[import("b", &[]), import("c", &[])]);
    static SETS: Families<()> = &[&[&OLD], &[&WIDE, &COMMON]];

    #[test]
    fn where_the_series_is_not_known_the_type_decides() {
        let functions = HostFunctions::of_any_series(SETS, Emscripten::V5);
        let params = |name, wanted: &[Type]| {
            let wanted = FunctionType::new(wanted, []);
            functions.find("env", name, Some(&wanted)).map(|import| import.params)
        };
        // Only an older series has `a`, and `b` of that type.
        assert_eq!(params("a", &[]), Some(&[][..]));
        assert_eq!(params("b", &[Type::I32]), Some(&[Type::I32][..]));
        assert_eq!(params("b", &[Type::I64]), Some(&[Type::I64][..]));
        // Of no wanted type: what the preferred series has.
        assert_eq!(params("b", &[Type::F32]), Some(&[Type::I64][..]));
        assert_eq!(params("d", &[]), None);
        assert!(HostFunctions::new(SETS, Emscripten::V5).find("env", "a", None).is_none());
    }

    #[test]
    fn an_import_is_found_by_module_name_and_type() {
        let functions = HostFunctions::new(SETS, Emscripten::V3);
        let params = |name, wanted: &[Type]| {
            let wanted = FunctionType::new(wanted, []);
            functions.find("env", name, Some(&wanted)).map(|import| import.params)
        };
        assert_eq!(params("b", &[Type::I64]), Some(&[Type::I64][..]));
        assert_eq!(params("b", &[Type::I32]), Some(&[Type::I32][..]));
        assert_eq!(params("b", &[]), Some(&[][..]));
        assert_eq!(params("b", &[Type::F64]), Some(&[Type::I32][..]), "none has the type: the first");
        assert_eq!(params("d", &[]), None);
        assert!(functions.find("wasi", "b", None).is_none());
        assert_eq!(functions.find("env", "b", None).unwrap().params, [Type::I32]);
    }

    #[test]
    fn a_series_sees_its_own_families() {
        let names =
            |version| -> Vec<_> { HostFunctions::new(SETS, version).families().map(|family| family.name).collect() };
        assert_eq!(names(Emscripten::V3), ["old", "wide", "common"]);
        assert_eq!(names(Emscripten::V4), ["old", "wide", "common"]);
        assert_eq!(names(Emscripten::V5), ["wide", "common"]);
        assert!(HostFunctions::new(SETS, Emscripten::V5).find("env", "a", None).is_none());
        assert!(Versions::FROM_V6.contains(Emscripten::V6) && !Versions::FROM_V6.contains(Emscripten::V5));
        assert!(Versions::UNTIL_V3.contains(Emscripten::V3) && !Versions::UNTIL_V3.contains(Emscripten::V4));
        let mut store = wasmer::Store::new(Engine::default());
        let env = FunctionEnv::new(&mut store, ());
        let made = (COMMON.imports[0].define)(&mut wasmer::AsStoreMut::as_store_mut(&mut store), &env);
        assert!(COMMON.imports[0].has_type(&made.ty(&store)));
    }
}
