-- Data keys of projects in turn: a new one seals at once, what the older ones sealed is sealed anew in the background.
create table keys.rotations (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    project_key uuid not null,
    new_key uuid not null,
    old_keys uuid[] not null,
    by_actor bigint not null,
    begun_at timestamptz not null,
    resealed bigint not null default 0,
    -- Nothing that lives is sealed with an old key any more.
    finished_at timestamptz,
    -- Backups from before open until then.
    destroy_at timestamptz,
    destroyed_at timestamptz,
    -- Entries of the ledger are never sealed again: keys of before ledger keys stay for them.
    kept_for_ledger uuid[]
);
create index rotations_project on keys.rotations (project_id, id desc);
create index rotations_open on keys.rotations (id) where destroyed_at is null;

-- How often each key has sealed, as far as it was counted: noted once a minute.
create table keys.usage (
    key_id uuid primary key,
    seals bigint not null check (seals >= 0),
    counted_at timestamptz not null
);

-- The same answers under another key are no change: nothing that was made from them is stale.
create or replace function submissions.note_version_change() returns trigger language plpgsql as $$
begin
    if coalesce(current_setting('fieldkeep.resealing', true), '') = 'on' then
        return null;
    end if;
    insert into submissions.changes (form_id, sequence)
    select form_id, sequence from submissions.submissions where id = old.submission_id and not is_draft;
    return null;
end $$;

