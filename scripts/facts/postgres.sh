#!/usr/bin/env bash
# Reads facts that effects need from real PostgreSQL servers and writes data/postgres/*.tsv.
#   tests/servers.sh start 12 13 14 15 16 17 18 | scripts/facts/postgres.sh
# Standard input: one "MAJOR URL" per line. Each server gets a scratch database, dropped at the end.
# A line of a result holds the fact and the first and last major that have it.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/data/postgres"

ask() { # URL SQL-FILE
  psql -X -q -v ON_ERROR_STOP=1 -AtF $'\t' -d "$1" -f "$2"
}

cat >"$work/functions.sql" <<'SQL'
-- name, number of arguments ("*" from a variadic one on), strongest volatility, extension or "-"
with f as (
  select p.proname, p.provolatile, n, coalesce(e.extname, '-') as extension,
         p.provariadic <> 0 as endless
  from pg_proc p
  left join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid
       and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
  left join pg_extension e on e.oid = d.refobjid
  cross join lateral generate_series((p.pronargs - p.pronargdefaults)::int, p.pronargs::int) n
  where p.prokind <> 'p'
    and p.prorettype not in ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
      'cstring'::regtype, 'index_am_handler'::regtype, 'fdw_handler'::regtype)
    and (p.prokind <> 'f' or not 'internal'::regtype = any (p.proargtypes)) and not ('cstring'::regtype = any (p.proargtypes))
    and (p.pronamespace = 'pg_catalog'::regnamespace or e.oid is not null)
)
select proname, case when endless then '*' else n::text end,
       case when bool_or(provolatile = 'v') then 'v' when bool_or(provolatile = 's') then 's' else 'i' end,
       min(extension)
from f group by 1, 2;
SQL

cat >"$work/casts.sql" <<'SQL'
-- source, target, context (i implicit, a assignment, e explicit) of casts that change no bytes, and
-- whether both sides use the same default btree operator class
create or replace function pg_temp.class_of(t regtype) returns oid language plpgsql as $$
declare found oid;
begin
  execute format('create temp table probe (x %s)', t);
  create index probe_x on probe (x);
  select indclass[0] into found from pg_index where indexrelid = 'probe_x'::regclass;
  drop table probe;
  return found;
exception when others then return null;
end $$;
select format_type(castsource, null), format_type(casttarget, null), castcontext,
       case when pg_temp.class_of(castsource) = pg_temp.class_of(casttarget) then 'same' else 'other' end
from pg_cast where castmethod = 'b';
SQL

cat >"$work/members.sql" <<'SQL'
-- kind, name, extension: types and operator classes that leave with their extension
select 'type', t.typname, e.extname from pg_type t
join pg_depend d on d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
where t.typtype in ('b', 'd', 'r', 'e') and t.typname not like '\_%'
union
select 'opclass', o.opcname, e.extname from pg_opclass o
join pg_depend d on d.classid = 'pg_opclass'::regclass and d.objid = o.oid and d.deptype = 'e'
join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
union
-- a default class is used without being named
select 'default', am.amname || ' ' || format_type(o.opcintype, null), e.extname from pg_opclass o
join pg_am am on am.oid = o.opcmethod
join pg_depend d on d.classid = 'pg_opclass'::regclass and d.objid = o.oid and d.deptype = 'e'
join pg_extension e on e.oid = d.refobjid and d.refclassid = 'pg_extension'::regclass
where o.opcdefault;
SQL

cat >"$work/classless.sql" <<'SQL'
-- access method, type: what has no default operator class
create function pg_temp.lacks(m name, t regtype) returns boolean language plpgsql as $$
begin
  execute format('create temp table probe (x %s)', t);
  begin
    execute format('create index probe_x on probe using %I (x)', m);
  exception when undefined_object then
    drop table probe;
    return true;
  end;
  drop table probe;
  return false;
exception when others then return false;
end $$;
select a.amname, format_type(t.oid, null) from pg_am a, pg_type t
where a.amtype = 'i' and t.typtype = 'b' and t.typnamespace = 'pg_catalog'::regnamespace
  and t.typcategory <> 'A' and t.typname not like 'pg\_%' and t.typname not like '\_%'
  and pg_temp.lacks(a.amname, t.oid);
SQL

while read -r major url; do
  psql -X -q -d "$url" -c 'drop database if exists lockgate_facts' -c 'create database lockgate_facts'
  scratch=${url%/*}/lockgate_facts
  for extension in citext pg_trgm btree_gist btree_gin hstore ltree intarray uuid-ossp pgcrypto cube isn seg tablefunc unaccent; do
    psql -X -q -d "$scratch" -c "create extension \"$extension\" cascade" 2>/dev/null || echo "$major has no $extension" >&2
  done
  for fact in functions casts members classless; do
    ask "$scratch" "$work/$fact.sql" | sed "s/^/$major\t/" >>"$work/$fact.all"
  done
  psql -X -q -d "$url" -c 'drop database lockgate_facts'
done

for fact in functions casts members classless; do
  python3 - "$work/$fact.all" >"$root/data/postgres/$fact.tsv" <<'PY'
import sys
majors = {}
for line in open(sys.argv[1]):
    major, rest = line.rstrip("\n").split("\t", 1)
    majors.setdefault(rest, []).append(int(major))
for rest in sorted(majors):
    seen = sorted(majors[rest])
    # a fact that comes and goes gives one line per run of majors
    run = [seen[0]]
    for major in seen[1:] + [None]:
        if major is None or major != run[-1] + 1:
            print(rest, run[0], run[-1], sep="\t")
            run = []
        if major is not None:
            run.append(major)
PY
done
wc -l "$root"/data/postgres/*.tsv >&2
