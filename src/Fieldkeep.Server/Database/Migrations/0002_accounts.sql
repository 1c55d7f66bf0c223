create schema accounts;

-- Anyone or anything that acts. Never deleted, so that the books keep a name to point at.
create table accounts.actors (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('account', 'app_user')),
    display_name text not null check (length(display_name) between 1 and 255),
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz
);

create table accounts.accounts (
    actor_id bigint primary key references accounts.actors (id),
    email text not null check (length(email) between 3 and 320),
    email_key text not null,
    password_hash text,
    password_changed_at timestamptz not null,
    last_login_at timestamptz,
    deleted_at timestamptz
);
create unique index accounts_email_key on accounts.accounts (email_key) where deleted_at is null;

-- Opaque tokens; only SHA-256 of the 256 random bits is kept.
create table accounts.sessions (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    kind text not null check (kind in ('cookie', 'bearer')),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    csrf_hash bytea check (octet_length(csrf_hash) = 32),
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    idle_seconds integer not null,
    address text,
    agent text,
    ended_at timestamptz
);
create index sessions_actor on accounts.sessions (actor_id) where ended_at is null;

create table accounts.app_users (
    actor_id bigint primary key references accounts.actors (id),
    project_id bigint not null,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    created_by bigint not null references accounts.actors (id),
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index app_users_project on accounts.app_users (project_id);

create schema organisations;
create table organisations.organisations (
    id bigint generated always as identity primary key,
    name text not null check (length(name) between 1 and 255),
    created_at timestamptz not null
);
create table organisations.projects (
    id bigint generated always as identity primary key,
    organisation_id bigint not null references organisations.organisations (id),
    key_id uuid not null unique,
    name text not null check (length(name) between 1 and 255),
    description text,
    archived boolean not null default false,
    created_by bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz
);
