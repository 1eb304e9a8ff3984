//! Words that cannot be names without quotes.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that neither MySQL nor MariaDB takes as a name without quotes. What one of them alone
/// reserves is taken for a name: the server judges that.
const WORDS: &str = "\
    add all alter analyze and as asc before between bigint binary blob both by call cascade \
    case change char character check collate column condition constraint continue convert \
    create cross current_date current_time current_timestamp current_user cursor database \
    databases day_hour day_microsecond day_minute day_second dec decimal declare default \
    delayed delete desc describe deterministic distinct distinctrow div double drop dual each \
    else elseif enclosed escaped except exists exit explain false fetch float float4 float8 \
    for force foreign from fulltext grant group having high_priority hour_microsecond \
    hour_minute hour_second if ignore in index infile inner inout insensitive insert int int1 \
    int2 int3 int4 int8 integer interval into is iterate join key keys kill leading leave left \
    like limit linear lines load localtime localtimestamp lock long longblob longtext loop \
    low_priority match mediumblob mediumint mediumtext middleint minute_microsecond \
    minute_second mod modifies natural no_write_to_binlog not null numeric on optimize \
    optionally or order out outer outfile over partition precision primary procedure purge \
    range read reads real recursive references regexp release rename repeat replace require \
    resignal restrict return revoke right rlike rows schema schemas second_microsecond select \
    sensitive separator set show signal smallint spatial specific sql sql_big_result \
    sql_calc_found_rows sql_small_result sqlexception sqlstate sqlwarning ssl starting \
    straight_join table terminated then tinyblob tinyint tinytext to trailing trigger true \
    undo union unique unlock unsigned update usage use using utc_date utc_time utc_timestamp \
    values varbinary varchar varcharacter varying when where while window with write xor \
    year_month zerofill";

static RESERVED: LazyLock<HashSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// Whether a word in lower case cannot be a name.
pub(in super::super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(word)
}
