-- Preferences: how one person likes the interface; project_id 0 is the whole server.
create table accounts.preferences (
    actor_id bigint not null references accounts.actors (id),
    project_id bigint not null,
    name text not null check (length(name) between 1 and 255),
    value jsonb not null,
    updated_at timestamptz not null,
    primary key (actor_id, project_id, name)
);

-- Settings of the whole server that anyone may read; secrets do not belong here.
create table organisations.settings (
    key text primary key check (length(key) between 1 and 100),
    value jsonb not null,
    set_at timestamptz not null
);

-- Notes that people add to what they do (X-Action-Notes) are sealed: they may say anything.
alter table audit.events add column notes_row uuid, add column notes bytea;
create index events_subject on audit.events (subject_kind, subject_id, id desc);

create index grants_scope on access.grants (scope_kind, scope_id);
