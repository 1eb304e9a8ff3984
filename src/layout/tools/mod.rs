//! One file per layout, and what only these share. To add one, write its file and put it into
//! `CANDIDATES`.

pub(super) mod alembic;
mod atlas;
mod atlas_settings;
pub(super) mod atlas_sum;
mod changeset;
mod dbmate;
mod delta;
mod diesel;
mod drizzle;
mod flyway;
mod flyway_profiles;
mod flyway_settings;
mod golang_migrate;
mod goose;
mod graphile;
mod liquibase;
mod marked;
mod node_pg_migrate;
pub(super) mod not_yet;
pub(super) mod numbered;
pub(super) mod plain;
mod pop;
mod postgrator;
mod prisma;
mod refinery;
pub(super) mod sections;
pub(super) mod sqitch;
mod sql_migrate;
mod sqlx;
mod supabase;
mod uncomment;

pub use alembic::ProjectModules;

use super::layout_trait::Candidate;

/// Every layout in the order in which it is asked: the first that recognises a folder has it.
///
/// Files that only one tool writes come first, then markers inside the scripts, then names, the
/// most particular first. Layouts that are not read yet are in the list too, so that their folders
/// are named as skipped instead of being taken for something else.
pub(super) static CANDIDATES: &[Candidate] = &[
    Candidate::Read(&alembic::Alembic),
    Candidate::Read(&sqitch::Sqitch),
    Candidate::Read(&prisma::Prisma),
    Candidate::Read(&drizzle::Drizzle),
    Candidate::Read(&supabase::Supabase),
    Candidate::Read(&graphile::Graphile),
    Candidate::Read(&diesel::Diesel),
    Candidate::Read(&goose::Goose),
    Candidate::Read(&sql_migrate::SqlMigrate),
    Candidate::Read(&liquibase::Liquibase),
    Candidate::Read(&node_pg_migrate::NodePgMigrate),
    Candidate::NotYet(&not_yet::BY_MARKERS),
    Candidate::Read(&dbmate::Dbmate),
    Candidate::Read(&sections::Sections),
    Candidate::Read(&refinery::Refinery),
    Candidate::Read(&flyway::Flyway(None)),
    Candidate::Read(&pop::Pop),
    Candidate::Read(&postgrator::Postgrator),
    Candidate::Read(&sqlx::Sqlx),
    Candidate::Read(&golang_migrate::GolangMigrate),
    Candidate::Read(&atlas::Atlas),
    Candidate::Read(&delta::Delta),
    Candidate::Read(&numbered::Numbered),
];
