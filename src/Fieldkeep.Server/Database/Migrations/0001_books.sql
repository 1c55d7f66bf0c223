-- Access: who holds which role at which scope.
create schema access;
create table access.grants (
    actor_id bigint not null,
    role text not null check (role in ('admin', 'manager', 'viewer', 'collector', 'app-user')),
    scope_kind text not null check (scope_kind in ('installation', 'project', 'form')),
    scope_id bigint not null,
    granted_by bigint not null,
    granted_at timestamptz not null,
    primary key (actor_id, role, scope_kind, scope_id)
);

-- Ledger: every change, append only. body is sealed; leaf is the hash that the log will be built on.
create schema ledger;
create table ledger.entries (
    id bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null,
    actor_id bigint not null,
    door text not null,
    action text not null,
    project_id bigint,
    subject_kind text not null,
    subject_id text not null,
    row_id uuid not null,
    leaf bytea not null check (octet_length(leaf) = 32),
    body bytea not null
);
create index entries_subject on ledger.entries (subject_kind, subject_id, id);
create index entries_project on ledger.entries (project_id, id);

create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger only grows' using errcode = 'insufficient_privilege';
end
$$;
create trigger entries_only_grow before update or delete or truncate on ledger.entries
    for each statement execute function ledger.refuse_change();

-- Audit: who did or saw what, when, from where. No answers, no secrets.
create schema audit;
create table audit.events (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor_id bigint not null,
    actor_kind text not null,
    door text not null,
    action text not null,
    project_id bigint,
    subject_kind text not null,
    subject_id text not null,
    detail text,
    address text
);
create index events_project on audit.events (project_id, id desc);
create index events_actor on audit.events (actor_id, id desc);

-- Jobs: what is due.
create schema jobs;
create table jobs.jobs (
    id bigint generated always as identity primary key,
    kind text not null,
    payload jsonb not null,
    due_at timestamptz not null,
    attempts integer not null default 0,
    last_error text,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'dead')),
    created_at timestamptz not null,
    finished_at timestamptz
);
create index jobs_due on jobs.jobs (due_at) where state = 'waiting';

-- Blobs: sealed bytes on disk, named by the SHA-256 of what lies there.
create schema blobs;
create table blobs.blobs (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    size bigint not null,
    created_at timestamptz not null
);
