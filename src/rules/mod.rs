//! The list of rules: one line per rule makes its module, its entry and the include of its page.

use crate::rule::{Rule, RuleMeta};

/// A rule as the list knows it.
pub struct Registered {
    /// Its id: names the hazard, never changes meaning.
    pub id: &'static str,
    /// What it says of itself.
    pub meta: &'static RuleMeta,
    /// Its page, the only prose about it.
    pub page: &'static str,
    /// Makes the rule from its options.
    pub build: fn(toml::Table) -> Result<Box<dyn Rule>, toml::de::Error>,
}

/// Makes a rule of its options; for [`rules!`] alone.
#[doc(hidden)]
pub fn build<R: Rule + serde::de::DeserializeOwned + 'static>(
    options: toml::Table,
) -> Result<Box<dyn Rule>, toml::de::Error> {
    let rule: R = options.try_into()?;
    Ok(Box::new(rule))
}

/// Makes modules, entries and page includes of lines `"rule-id" => module,`.
///
/// Exported for the tests alone, which list the template with it.
#[doc(hidden)]
#[macro_export]
macro_rules! rules {
    ($($(#[$attribute:meta])* $id:literal => $module:ident,)*) => {
        $($(#[$attribute])* mod $module;)*

        /// Every rule, in the order of their ids.
        pub static ALL: &[$crate::rules::Registered] = &[$($crate::rules::Registered {
            id: $id,
            meta: &$module::META,
            page: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/", $id, ".md")),
            build: $crate::rules::build::<$module::Check>,
        },)*];
    };
}

rules! {
    "add-not-null-then-drop-default" => add_not_null_then_drop_default,
    "add-not-null-without-default" => add_not_null_without_default,
    "add-serial-column" => add_serial_column,
    "alembic-autocommit-commits-earlier-work" => alembic_autocommit_commits_earlier_work,
    "alembic-batch-recreate-on-server" => alembic_batch_recreate_on_server,
    "alembic-client-side-default" => alembic_client_side_default,
    "alembic-commit-string" => alembic_commit_string,
    "alembic-dialect-option-ignored" => alembic_dialect_option_ignored,
    "alembic-enum-type-not-created" => alembic_enum_type_not_created,
    "alembic-imports-application" => alembic_imports_application,
    "alembic-inspector-guard" => alembic_inspector_guard,
    "alembic-metadata-create-all" => alembic_metadata_create_all,
    "alembic-not-offline-safe" => alembic_not_offline_safe,
    "alembic-partial-unique-other-dialect" => alembic_partial_unique_other_dialect,
    "alembic-primary-key-not-created" => alembic_primary_key_not_created,
    "alembic-revision-id-too-long" => alembic_revision_id_too_long,
    "alembic-single-transaction" => alembic_single_transaction,
    "alembic-unnamed-constraint" => alembic_unnamed_constraint,
    "already-exists" => already_exists,
    "attach-partition-scan" => attach_partition_scan,
    "backfill-races-writers" => backfill_races_writers,
    "backfill-with-schema-change" => backfill_with_schema_change,
    "blocking-check" => blocking_check,
    "blocking-detach" => blocking_detach,
    "blocking-exclusion" => blocking_exclusion,
    "blocking-foreign-key" => blocking_foreign_key,
    "blocking-matview-refresh" => blocking_matview_refresh,
    "blocking-not-null" => blocking_not_null,
    "blocking-primary-key" => blocking_primary_key,
    "blocking-unique" => blocking_unique,
    "brief-lock" => brief_lock,
    "broken-revision-graph" => broken_revision_graph,
    "cannot-run-in-transaction" => cannot_run_in_transaction,
    "column-assigned-twice" => column_assigned_twice,
    "column-still-in-code" => column_still_in_code,
    "column-type-narrowed" => column_type_narrowed,
    "column-type-rewrite" => column_type_rewrite,
    "concurrent-refresh-without-unique-index" => concurrent_refresh_without_unique_index,
    "constrained-domain-column" => constrained_domain_column,
    "constraint-index-dropped" => constraint_index_dropped,
    "create-partition-locks-parent" => create_partition_locks_parent,
    "data-dependent-change" => data_dependent_change,
    "delete-cascades" => delete_cascades,
    "delete-without-where" => delete_without_where,
    "disable-trigger" => disable_trigger,
    "domain-constraint-scan" => domain_constraint_scan,
    "down-destroys-data" => down_destroys_data,
    "down-does-not-invert" => down_does_not_invert,
    "drop-cascade" => drop_cascade,
    "drop-column" => drop_column,
    "drop-column-drops-indexes" => drop_column_drops_indexes,
    "drop-default" => drop_default,
    "drop-function" => drop_function,
    "drop-locks-referenced-table" => drop_locks_referenced_table,
    "drop-not-null" => drop_not_null,
    "drop-object-in-use" => drop_object_in_use,
    "drop-primary-key" => drop_primary_key,
    "drop-schema" => drop_schema,
    "drop-table" => drop_table,
    "drop-type" => drop_type,
    "drop-view" => drop_view,
    "duplicate-index" => duplicate_index,
    "duplicate-version" => duplicate_version,
    "edited-after-applied" => edited_after_applied,
    "enum-value-position" => enum_value_position,
    "enum-value-used-in-same-transaction" => enum_value_used_in_same_transaction,
    "environment-dependent-branch" => environment_dependent_branch,
    "explicit-table-lock" => explicit_table_lock,
    "feature-newer-than-server" => feature_newer_than_server,
    "forbidden-pattern" => forbidden_pattern,
    "foreign-key-locks-parent" => foreign_key_locks_parent,
    "foreign-key-type-mismatch" => foreign_key_type_mismatch,
    "foreign-key-without-index" => foreign_key_without_index,
    "function-uses-dropped" => function_uses_dropped,
    "heads-after-merge" => heads_after_merge,
    "hot-table-change" => hot_table_change,
    "identifier-too-long" => identifier_too_long,
    "if-not-exists-hides-invalid-index" => if_not_exists_hides_invalid_index,
    "ignored-file" => ignored_file,
    "implicit-transaction-batch" => implicit_transaction_batch,
    "index-column-repeated" => index_column_repeated,
    "index-dropped-before-replacement" => index_dropped_before_replacement,
    "index-on-partitioned-table" => index_on_partitioned_table,
    "ineffective-marker" => ineffective_marker,
    "insert-without-columns" => insert_without_columns,
    "int-primary-key" => int_primary_key,
    "likely-rename-as-drop-and-add" => likely_rename_as_drop_and_add,
    "lock-timeout-too-long" => lock_timeout_too_long,
    "many-exclusive-locks" => many_exclusive_locks,
    "missing-down" => missing_down,
    "missing-lock-timeout" => missing_lock_timeout,
    "missing-object" => missing_object,
    "missing-primary-key" => missing_primary_key,
    "mixed-transactional-file" => mixed_transactional_file,
    "multiple-heads" => multiple_heads,
    "naming-pattern" => naming_pattern,
    "nested-transaction" => nested_transaction,
    "non-concurrent-drop-index" => non_concurrent_drop_index,
    "non-concurrent-index" => non_concurrent_index,
    "non-concurrent-reindex" => non_concurrent_reindex,
    "not-idempotent" => not_idempotent,
    "not-in-journal" => not_in_journal,
    "not-retry-safe" => not_retry_safe,
    "not-valid-never-validated" => not_valid_never_validated,
    "opaque-statement" => opaque_statement,
    "out-of-order-version" => out_of_order_version,
    "password-in-migration" => password_in_migration,
    "pending-trigger-events" => pending_trigger_events,
    "recreate-table" => recreate_table,
    "redundant-index" => redundant_index,
    "refused-statement" => refused_statement,
    "rename-column" => rename_column,
    "rename-enum-value" => rename_enum_value,
    "rename-schema" => rename_schema,
    "rename-table" => rename_table,
    "replication-role-changed" => replication_role_changed,
    "rls-without-policy" => rls_without_policy,
    "security-definer-search-path" => security_definer_search_path,
    "sequence-restart" => sequence_restart,
    "set-local-outside-transaction" => set_local_outside_transaction,
    "setting-leaks" => setting_leaks,
    "short-lock-timeout-on-concurrent" => short_lock_timeout_on_concurrent,
    "sqlite-add-column-limit" => sqlite_add_column_limit,
    "sqlite-drop-column-limit" => sqlite_drop_column_limit,
    "sqlite-pragma-in-transaction" => sqlite_pragma_in_transaction,
    "sqlite-rebuild-deletes-children" => sqlite_rebuild_deletes_children,
    "sqlite-rebuild-loses-objects" => sqlite_rebuild_loses_objects,
    "sqlite-unsupported-alter" => sqlite_unsupported_alter,
    "stale-baseline" => stale_baseline,
    "statement-timeout-below-lock-timeout" => statement_timeout_below_lock_timeout,
    "storage-rewrite" => storage_rewrite,
    "stored-generated-column" => stored_generated_column,
    "suppression-without-reason" => suppression_without_reason,
    "system-column-name" => system_column_name,
    "truncate-table" => truncate_table,
    "type-change-blocked" => type_change_blocked,
    "type-change-locks-foreign-key" => type_change_locks_foreign_key,
    "type-change-rebuilds-index" => type_change_rebuilds_index,
    "type-style" => type_style,
    "unbatched-backfill" => unbatched_backfill,
    "unclosed-transaction" => unclosed_transaction,
    "unique-key-dropped" => unique_key_dropped,
    "unique-may-fail-on-duplicates" => unique_may_fail_on_duplicates,
    "unknown-rule" => unknown_rule,
    "unnamed-concurrent-index" => unnamed_concurrent_index,
    "unparsed-statement" => unparsed_statement,
    "unqualified-name" => unqualified_name,
    "unused-suppression" => unused_suppression,
    "update-without-where" => update_without_where,
    "using-index-unfit" => using_index_unfit,
    "validate-in-same-transaction" => validate_in_same_transaction,
    "volatile-default" => volatile_default,
    "whole-table-rewrite-command" => whole_table_rewrite_command,
    "work-under-exclusive-lock" => work_under_exclusive_lock,
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Registered> {
    ALL.iter().find(|rule| rule.id == id)
}
