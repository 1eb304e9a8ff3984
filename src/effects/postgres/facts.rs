//! Facts per server version, read from the tables that `scripts/facts/postgres.sh` makes of real
//! servers.

use crate::migration::Target;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

const FUNCTIONS: &str = include_str!("../../../data/postgres/functions.tsv");
const CASTS: &str = include_str!("../../../data/postgres/casts.tsv");
/// Kind, name and extension of each member.
static MEMBERS: LazyLock<HashSet<[&str; 3]>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/postgres/members.tsv").lines();
    let fields = |line: &'static str| {
        let mut fields = line.split('\t');
        Some([fields.next()?, fields.next()?, fields.next()?])
    };
    lines.filter_map(fields).collect()
});

/// Access methods with the types that they have no default operator class for, extensions counted.
static CLASSLESS: LazyLock<HashMap<[&str; 2], Majors>> = LazyLock::new(|| {
    let lines = include_str!("../../../data/postgres/classless.tsv").lines();
    let fields = |line: &'static str| {
        let mut fields = line.split('\t');
        let key = [fields.next()?, fields.next()?];
        Some((key, Majors::parse(fields.next(), fields.next())?))
    };
    lines.filter_map(fields).collect()
});

/// The first and last major version that have a fact.
#[derive(Debug, Clone, Copy)]
struct Majors {
    first: u16,
    last: u16,
}

/// The newest major that was measured; newer servers are taken to be like it.
const NEWEST: u16 = 18;
/// The oldest major that was measured; older servers are taken to be like it.
const OLDEST: u16 = 12;

impl Majors {
    fn has(self, target: &Target) -> bool {
        let major = target.version.major.clamp(OLDEST, NEWEST);
        (self.first..=self.last).contains(&major)
    }

    fn parse(first: Option<&str>, last: Option<&str>) -> Option<Self> {
        Some(Self { first: first?.parse().ok()?, last: last?.parse().ok()? })
    }
}

/// The volatility of a function that comes with the server or a contrib extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FunctionVolatility {
    /// Depends on its arguments alone.
    Immutable,
    /// Fixed within a statement.
    Stable,
    /// May differ at each call.
    Volatile,
}

struct FunctionFact {
    /// Number of arguments; `None` for any number.
    arguments: Option<usize>,
    volatility: FunctionVolatility,
    /// The extension that brings it.
    extension: Option<&'static str>,
    majors: Majors,
}

static FUNCTION_FACTS: LazyLock<HashMap<&'static str, Vec<FunctionFact>>> = LazyLock::new(|| {
    let mut facts: HashMap<&str, Vec<FunctionFact>> = HashMap::new();
    for line in FUNCTIONS.lines() {
        let mut fields = line.split('\t');
        let (Some(name), Some(arguments), Some(letter), Some(extension)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let Some(majors) = Majors::parse(fields.next(), fields.next()) else { continue };
        let volatility = match letter {
            "v" => FunctionVolatility::Volatile,
            "s" => FunctionVolatility::Stable,
            _ => FunctionVolatility::Immutable,
        };
        let arguments = arguments.parse().ok();
        let extension = Some(extension).filter(|extension| *extension != "-");
        let fact = FunctionFact { arguments, volatility, extension, majors };
        facts.entry(name).or_default().push(fact);
    }
    facts
});

/// The volatility of a built-in or contrib function; `None` where no such function is known.
pub(super) fn function_volatility(
    name: &str,
    arguments: usize,
    target: &Target,
) -> Option<FunctionVolatility> {
    let facts = FUNCTION_FACTS.get(name)?;
    let here = || facts.iter().filter(|fact| fact.majors.has(target));
    let fits = |fact: &&FunctionFact| fact.arguments.is_none_or(|count| count == arguments);
    here().filter(fits).map(|fact| fact.volatility).max()
}

/// The extension that brings a function.
pub(super) fn function_extension(name: &str, target: &Target) -> Option<&'static str> {
    FUNCTION_FACTS.get(name)?.iter().find(|fact| fact.majors.has(target))?.extension
}

/// A cast that leaves the stored bytes as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct BinaryCast {
    /// Whether it needs an explicit cast (`USING x::type`).
    pub explicit: bool,
    /// Whether both types use the same default btree operator class, so that an index is reused.
    pub same_class: bool,
}

type Casts = HashMap<(&'static str, &'static str), (BinaryCast, Majors)>;

static CAST_FACTS: LazyLock<Casts> = LazyLock::new(|| {
    let mut facts = HashMap::new();
    for line in CASTS.lines() {
        let mut fields = line.split('\t');
        let (Some(from), Some(to), Some(context), Some(class)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let Some(majors) = Majors::parse(fields.next(), fields.next()) else { continue };
        let cast = BinaryCast { explicit: context == "e", same_class: class == "same" };
        facts.insert((from, to), (cast, majors));
    }
    facts
});

/// The binary cast between two types of canonical names, if the server has one.
pub(super) fn binary_cast(from: &str, to: &str, target: &Target) -> Option<BinaryCast> {
    CAST_FACTS.get(&(from, to)).filter(|(_, majors)| majors.has(target)).map(|(cast, _)| *cast)
}

/// Whether an index of the method takes columns of the built-in type only with an operator class
/// that is named, whatever contrib extension is there.
pub(super) fn is_classless(method: &str, data_type: &str, target: &Target) -> bool {
    CLASSLESS.get(&[method, data_type]).is_some_and(|majors| majors.has(target))
}

/// What an extension brings that tables and indexes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberKind {
    /// A type.
    Type,
    /// An operator class, named in an index.
    OperatorClass,
    /// A default operator class: `method type`.
    DefaultClass,
}

/// Whether an extension brings the member.
pub(super) fn extension_has(extension: &str, kind: MemberKind, name: &str) -> bool {
    let word = match kind {
        MemberKind::Type => "type",
        MemberKind::OperatorClass => "opclass",
        MemberKind::DefaultClass => "default",
    };
    MEMBERS.contains(&[word, name, extension])
}

#[cfg(test)]
mod tests {
    use super::{FunctionVolatility, binary_cast, extension_has, function_volatility};
    use crate::effects::postgres::facts::MemberKind;
    use crate::migration::Target;

    #[test]
    fn volatility_depends_on_the_server_version() {
        let v =
            |name, arguments, major| function_volatility(name, arguments, &Target::postgres(major));
        assert_eq!(v("random", 0, 14), Some(FunctionVolatility::Volatile));
        assert_eq!(v("now", 0, 14), Some(FunctionVolatility::Stable));
        assert_eq!(v("uuidv7", 0, 18), Some(FunctionVolatility::Volatile));
        assert_eq!(v("uuidv7", 0, 17), None);
        assert_eq!(v("lower", 1, 12), Some(FunctionVolatility::Immutable));
    }

    #[test]
    fn casts_know_their_operator_class() {
        let target = Target::postgres(16);
        let cast = binary_cast("character varying", "text", &target);
        assert!(cast.is_some_and(|cast| cast.same_class && !cast.explicit));
        assert!(binary_cast("text", "citext", &target).is_some_and(|cast| !cast.same_class));
        assert!(binary_cast("integer", "bigint", &target).is_none());
    }

    #[test]
    fn members_of_extensions_are_known() {
        assert!(extension_has("citext", MemberKind::Type, "citext"));
        assert!(extension_has("pg_trgm", MemberKind::OperatorClass, "gin_trgm_ops"));
        assert!(!extension_has("pg_trgm", MemberKind::Type, "citext"));
    }
}
