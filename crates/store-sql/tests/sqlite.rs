//! The suite on SQLite, and what only files can show.

mod suite;

use waypost_store_sql::Stores;

macro_rules! on_sqlite {
    ($area:ident, $($name:ident),* $(,)?) => {
        mod $area {
            $(
                #[tokio::test]
                async fn $name() {
                    let stores = super::Stores::in_memory().await.unwrap();
                    super::suite::$area::$name(&*stores.$area).await;
                }
            )*
        }
    };
}

on_sqlite!(
    config,
    everything_reads_back,
    a_list_of_changes_happens_together_or_not_at_all,
    names_collide_with_a_noun,
    versions_are_numbered_and_roll_back,
    a47_ids_of_another_gateway_are_not_found,
    a_draft_changes_one_revision_at_a_time,
    keys_are_rotated_revoked_and_take_over,
    a_deleted_gateway_takes_along_what_is_its_own,
    s04_text_is_data,
    f59_a84_a_moved_secret_disables_that_key_alone,
);
