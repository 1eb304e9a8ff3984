-- Queries of catalog.rs. Each section yields a key and a JSON value; the shared part stands before each of them.
-- They run on every major from 12 on.

-- :: shared
WITH spaces AS ( -- schemas of the user; `prefix` makes `t`, or `s.t` outside public
    SELECT n.oid, n.nspname, CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END AS prefix
    FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')
), own AS ( -- relations of the user
    SELECT c.*, s.prefix || c.relname AS shown
    FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
), own_types AS (
    SELECT t.*, s.prefix || t.typname AS shown
    FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
), column_lists AS (
    SELECT a.attrelid, json_agg(json_build_object(
        'name', a.attname,
        'data_type', format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
        'generated', CASE WHEN a.attgenerated <> ''
            THEN json_build_object('expression', pg_get_expr(d.adbin, d.adrelid), 'stored', a.attgenerated = 's') END,
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN o.collname END
    ) ORDER BY a.attnum) AS list
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_collation o ON o.oid = a.attcollation
    WHERE a.attrelid IN (SELECT oid FROM own) AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
)

-- :: schemas
SELECT nspname::text, to_json(nspname::text)::text FROM spaces

-- :: tables
SELECT c.shown, json_build_object(
    'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
    'kind', CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign' ELSE 'plain' END,
    'partition_key', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    'partition_bound', pg_get_expr(c.relpartbound, c.oid),
    'inherits', (
        SELECT coalesce(json_agg(p.shown ORDER BY i.inhseqno), '[]')
        FROM pg_inherits i JOIN own p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid),
    'row_security', c.relrowsecurity,
    'columns', coalesce((SELECT list FROM column_lists l WHERE l.attrelid = c.oid), '[]'),
    'constraints', (
        SELECT coalesce(json_object_agg(k.conname, json_build_object(
            'kind', CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
                WHEN 'c' THEN 'check' ELSE 'exclude' END,
            'columns', (
                SELECT coalesce(json_agg(a.attname ORDER BY u.nth), '[]')
                FROM unnest(k.conkey) WITH ORDINALITY u (num, nth) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num),
            'references', (SELECT f.shown FROM own f WHERE f.oid = k.confrelid),
            'referenced_columns', (
                SELECT coalesce(json_agg(a.attname ORDER BY u.nth), '[]')
                FROM unnest(k.confkey) WITH ORDINALITY u (num, nth) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num),
            'validated', k.convalidated,
            'deferrable', k.condeferrable,
            'deferred', k.condeferred,
            'inherited', NOT k.conislocal,
            'definition', pg_get_constraintdef(k.oid))), '{}')
        FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')
          -- the server adds a row for each partition of a referenced table
          AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = k.conrelid))
)::text
FROM own c WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'

-- :: views
SELECT c.shown, json_build_object(
    'columns', (SELECT list FROM column_lists l WHERE l.attrelid = c.oid),
    'depends_on', (
        SELECT coalesce(json_agg(DISTINCT o.shown), '[]')
        FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        JOIN own o ON o.oid = d.refobjid WHERE r.ev_class = c.oid AND o.oid <> c.oid),
    'populated', c.relispopulated,
    'definition', pg_get_viewdef(c.oid))::text
FROM own c WHERE c.relkind = 'v' AND c.relpersistence <> 't'

-- :: materialized_views
SELECT c.shown, json_build_object(
    'columns', (SELECT list FROM column_lists l WHERE l.attrelid = c.oid),
    'depends_on', (
        SELECT coalesce(json_agg(DISTINCT o.shown), '[]')
        FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        JOIN own o ON o.oid = d.refobjid WHERE r.ev_class = c.oid AND o.oid <> c.oid),
    'populated', c.relispopulated,
    'definition', pg_get_viewdef(c.oid))::text
FROM own c WHERE c.relkind = 'm'

-- :: indexes
SELECT s.prefix || c.relname, json_build_object(
    'table', t.shown,
    'unique', i.indisunique,
    'primary', i.indisprimary,
    'method', m.amname,
    'valid', i.indisvalid,
    'columns', (
        SELECT json_agg(a.attname ORDER BY u.nth)
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY u (num, nth)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num <> 0
        WHERE u.nth <= i.indnkeyatts),
    'included', (
        SELECT coalesce(json_agg(a.attname ORDER BY u.nth), '[]')
        FROM unnest(i.indkey::int2[]) WITH ORDINALITY u (num, nth) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num
        WHERE u.nth > i.indnkeyatts),
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'constraint', (
        SELECT k.conname FROM pg_constraint k
        WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')),
    'definition', pg_get_indexdef(i.indexrelid))::text
FROM pg_index i
JOIN own t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
JOIN pg_class c ON c.oid = i.indexrelid
JOIN spaces s ON s.oid = c.relnamespace
JOIN pg_am m ON m.oid = c.relam

-- :: sequences
SELECT c.shown, json_build_object(
    'data_type', format_type(q.seqtypid, NULL), 'start', q.seqstart, 'increment', q.seqincrement,
    'min', q.seqmin, 'max', q.seqmax, 'cycle', q.seqcycle,
    'owned_by', (
        SELECT t.shown || '.' || a.attname
        FROM pg_depend d JOIN own t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))::text
FROM own c JOIN pg_sequence q ON q.seqrelid = c.oid WHERE c.relpersistence <> 't'

-- :: enums
SELECT t.shown, (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = t.oid)::text
FROM own_types t WHERE t.typtype = 'e'

-- :: domains
SELECT t.shown, json_build_object(
    'base_type', format_type(t.typbasetype, t.typtypmod),
    'not_null', t.typnotnull,
    'default', t.typdefault,
    'checks', (
        SELECT coalesce(json_object_agg(k.conname, pg_get_constraintdef(k.oid)), '{}')
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))::text
FROM own_types t WHERE t.typtype = 'd'

-- :: composites
SELECT c.shown, coalesce((SELECT list FROM column_lists l WHERE l.attrelid = c.oid), '[]')::text FROM own c WHERE c.relkind = 'c'

-- :: functions
SELECT s.prefix || p.proname || '(' || oidvectortypes(p.proargtypes) || ')', json_build_object(
    'name', s.prefix || p.proname,
    'arguments', oidvectortypes(p.proargtypes),
    'kind', CASE p.prokind WHEN 'f' THEN 'function' WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'window' END,
    'returns', pg_get_function_result(p.oid),
    'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    'language', l.lanname,
    'strict', p.proisstrict)::text
FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
-- neither members of extensions nor constructors of range types
WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype IN ('e', 'i'))

-- :: triggers
SELECT t.shown || '.' || g.tgname, json_build_object(
    'table', t.shown,
    'name', g.tgname,
    'function', s.prefix || p.proname,
    'enabled', g.tgenabled <> 'D',
    'inherited', EXISTS (
        SELECT FROM pg_depend d
        WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid AND d.refclassid = 'pg_trigger'::regclass),
    'definition', pg_get_triggerdef(g.oid))::text
FROM pg_trigger g JOIN own t ON t.oid = g.tgrelid JOIN pg_proc p ON p.oid = g.tgfoid
JOIN (SELECT oid, prefix FROM spaces UNION ALL SELECT 'pg_catalog'::regnamespace, '') s ON s.oid = p.pronamespace
-- before 13 the clones on partitions count as internal
WHERE NOT g.tgisinternal OR (g.tgconstraint = 0 AND EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = g.oid AND d.refclassid = 'pg_trigger'::regclass))

-- :: policies
SELECT t.shown || '.' || y.polname, json_build_object(
    'table', t.shown,
    'name', y.polname,
    'command', CASE y.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
    'permissive', y.polpermissive,
    'roles', (
        SELECT json_agg(CASE WHEN u.role = 0 THEN 'public' ELSE pg_get_userbyid(u.role)::text END ORDER BY u.nth)
        FROM unnest(y.polroles) WITH ORDINALITY u (role, nth)),
    'using', pg_get_expr(y.polqual, y.polrelid),
    'check', pg_get_expr(y.polwithcheck, y.polrelid))::text
FROM pg_policy y JOIN own t ON t.oid = y.polrelid

-- :: extensions
SELECT e.extname::text, to_json(n.nspname)::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'
