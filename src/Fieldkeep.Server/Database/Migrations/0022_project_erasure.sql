-- Projects that were erased for good: their keys first, their rows and files after. The project's own row stays as a tombstone without its name.
create schema erasure;
create table erasure.projects (
    project_id bigint primary key,
    key_id uuid not null unique,
    unit_id bigint not null,
    by_actor bigint not null,
    door text not null,
    begun_at timestamptz not null,
    reason_row uuid not null unique,
    reason bytea not null,
    is_replay boolean not null,
    -- What the keyring held before, as JSON: a process that dies in between still knows what it destroyed.
    keys text not null,
    epoch_before uuid not null,
    keys_destroyed_at timestamptz,
    certificate text,
    copies_open boolean not null default false,
    rows_erased_at timestamptz,
    rows_erased bigint not null default 0
);
create index projects_unfinished on erasure.projects (begun_at) where rows_erased_at is null or copies_open;

alter table organisations.projects add column erased_at timestamptz;

-- Blobs that no row means any more. is_alone: nothing else can mean it, so nobody needs to look.
create table blobs.dropped (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    is_alone boolean not null,
    due_at timestamptz not null
);
create index dropped_due on blobs.dropped (due_at);
