//! Names that a convention gives.

use super::*;
use crate::frontend::alembic::{NoSources, evaluate};
use crate::migration::{Dialect, Direction};
use crate::source::SourceFile;

const ENV: &str = "from sqlalchemy import MetaData\nfrom sqlalchemy.orm import declarative_base\n\nNAMES = {\"fk\": \"fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s\", \"uq\": \"uq_%(table_name)s_%(column_0_N_name)s\", \"pk\": \"pk_%(table_name)s\", \"ck\": \"ck_%(table_name)s_%(constraint_name)s\", \"ix\": \"ix_%(column_0_label)s\"}\n";

fn convention(metadata: &str) -> NamingConvention {
    let text = format!("{ENV}{metadata}\n");
    let module = Module::parse(Arc::new(SourceFile::new("env.py", text)), None);
    NamingConvention::of(&module, &Library::new(&NoSources))
}

/// The name of the first argument, or of each constraint of a table.
fn names_in(body: &str) -> Vec<String> {
    let text = format!(
        "import sqlalchemy as sa\nfrom alembic import op\n\n\ndef upgrade():\n    {body}\n"
    );
    let module = Module::parse(Arc::new(SourceFile::new("a.py", text)), None);
    let library = Library::new(&NoSources);
    let found = evaluate(&module, &library, Direction::Up, Dialect::Postgres).unwrap();
    let mut call = found.calls.into_iter().next().unwrap();
    convention("target_metadata = MetaData(naming_convention=NAMES)").apply(&mut call);
    let mut out: Vec<String> = call.object_name().and_then(Value::to_name).into_iter().collect();
    call.args.iter().for_each(|item| out.extend(names_of(item)));
    out
}

/// Names in a call, and in the calls that it is given.
fn names_of(item: &Value) -> Vec<String> {
    let Some(made) = item.as_call() else { return Vec::new() };
    let flags = ["index", "unique", "name"].into_iter();
    let mut out: Vec<String> =
        flags.filter_map(|flag| made.keyword(flag)?.as_str().map(str::to_owned)).collect();
    if let Some(("Index", made)) = called(item) {
        out.extend(made.args.first().and_then(Value::to_name));
    }
    made.args.iter().for_each(|inner| out.extend(names_of(inner)));
    out
}

#[test]
fn it_is_read_from_the_metadata_however_that_is_made() {
    for metadata in [
        "target_metadata = MetaData(naming_convention=NAMES)",
        "Base = declarative_base(metadata=MetaData(naming_convention=NAMES))\ntarget_metadata = Base.metadata",
        "class Base:\n    metadata = MetaData(naming_convention=NAMES)\n\ntarget_metadata = Base.metadata",
    ] {
        assert!(!convention(metadata).is_empty(), "{metadata}");
    }
    assert!(convention("target_metadata = None").is_empty());
    assert!(convention("target_metadata = MetaData()").is_empty());
}

#[test]
fn constraints_without_a_name_get_theirs() {
    let key = "op.create_foreign_key(None, 'orders', 'users', ['user_id'], ['id'])";
    assert_eq!(names_in(key), ["fk_orders_user_id_users"]);
    let unique = "op.create_unique_constraint(None, 'orders', ['shop', 'number'])";
    assert_eq!(names_in(unique), ["uq_orders_shop_number"]);
    let own = "op.create_unique_constraint('own', 'orders', ['number'])";
    assert_eq!(names_in(own), ["own"]);
    let table = "op.create_table('lines', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('order_id', sa.Integer(), sa.ForeignKey('orders.id')), sa.UniqueConstraint('order_id'))";
    let expected = ["fk_lines_order_id_orders", "uq_lines_order_id", "pk_lines"];
    assert_eq!(names_in(table), expected);
}

#[test]
fn names_that_are_no_final_ones_are_put_into_patterns_that_ask_for_them() {
    let check =
        |name: &str| names_in(&format!("op.create_check_constraint({name}, 'lines', 'n > 0')"));
    assert_eq!(check("'positive'"), ["ck_lines_positive"]);
    assert_eq!(check("op.f('positive')"), ["positive"]);
    let dropped = |rest: &str| names_in(&format!("op.drop_constraint('positive', 'lines'{rest})"));
    assert_eq!(dropped(", type_='check'"), ["ck_lines_positive"]);
    assert_eq!(dropped(", type_='unique'"), ["positive"]);
    assert_eq!(dropped(""), ["positive"]);
    let batch = "with op.batch_alter_table('lines') as b:\n        b.create_check_constraint('positive', 'n > 0')";
    assert_eq!(names_in(batch), ["ck_lines_positive"]);
    let final_one = batch.replace("'positive'", "b.f('positive')");
    assert_eq!(names_in(&final_one), ["positive"]);
}

#[test]
fn indexes_and_what_comes_with_a_column_are_named_too() {
    let index = |name: &str| {
        names_in(&format!("op.create_index({name}, 'lines', ['a', 'b'], schema='shop')"))
    };
    assert_eq!(index("None"), ["ix_shop_lines_a"]);
    assert_eq!(index("'ix_own'"), ["ix_own"]);
    let column = |rest: &str| {
        names_in(&format!("op.add_column('lines', sa.Column('n', sa.Integer(), {rest}))"))
    };
    assert_eq!(
        column("sa.ForeignKey('orders.id'), index=True"),
        ["ix_lines_n", "fk_lines_n_orders"]
    );
    assert_eq!(column("unique=True"), ["uq_lines_n"]);
    assert_eq!(column("sa.CheckConstraint('n > 0', name='positive')"), ["ck_lines_positive"]);
    let table = "op.create_table('lines', sa.Column('state', sa.Enum('a', 'b', name='state', native_enum=False, create_constraint=True)), sa.Column('mood', sa.Enum('a', name='mood')), sa.CheckConstraint('id > 0', name='big'), sa.Index(None, 'state'))";
    assert_eq!(names_in(table), ["ck_lines_state", "mood", "ck_lines_big", "ix_lines_state"]);
}
