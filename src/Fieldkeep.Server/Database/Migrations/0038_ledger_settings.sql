-- Settings and permissions are few among very many submissions; what is told of them, and the state as of a moment, must not read those.
create index entries_settings on ledger.entries (project_id, id) where subject_kind <> 'submission';
