//! Places that strangers take in a table, by section ([`Place`]): a full section makes room in the transaction of whoever
//! comes. What is counted is read from the index; the rows are looked at only where it is full.

/// Makes room for a row with `$key_value` and `$bytes` at `$place`; `false` if there is none. The row itself, if it is there
/// already, does not count.
macro_rules! make_room {
    ($tx:expr, $table:ident :: $key:ident, $client_id:ident, $place:expr, $key_value:expr, $bytes:expr, $now:expr) => {{
        let (place, key_value, bytes): (&$crate::domain::places::Place, &str, i64) =
            ($place, $key_value, $bytes);
        let in_section = || {
            $table::table
                .filter($table::section.eq(&place.section))
                .filter($table::expires_at.gt($now.millis()))
        };
        let sizes: Vec<i64> = db!($tx, |db| in_section().select($table::bytes).load(db))?;
        if place.has_room_for(bytes, sizes.into_iter()) {
            true
        } else {
            type Row = (String, Option<String>, Option<String>, i64, bool, i64);
            let rows: Vec<Row> = db!($tx, |db| in_section()
                .filter($table::$key.ne(key_value))
                .select((
                    $table::$key,
                    $table::network.nullable(),
                    $table::$client_id.nullable(),
                    $table::bytes,
                    $table::is_in_use,
                    $table::expires_at,
                ))
                .load(db))?;
            let taken = rows.into_iter().map(|(key, network, client_id, bytes, is_in_use, expires_at)| {
                $crate::domain::places::Taken {
                    key,
                    network: network.unwrap_or_default(),
                    client_id: client_id.unwrap_or_default(),
                    bytes,
                    is_in_use,
                    expires_at,
                }
            });
            match place.who_makes_room(bytes, taken.collect()) {
                Some(gone) => {
                    db!($tx, |db| diesel::delete($table::table.filter($table::$key.eq_any(&gone)))
                        .execute(db))?;
                    true
                }
                None => false,
            }
        }
    }};
}
pub(super) use make_room;
