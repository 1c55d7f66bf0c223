create schema exports;

-- An export that someone wants again and again. Its name and settings may tell of answers (filters do): sealed.
create table exports.saved (
    id uuid primary key,
    project_id bigint not null,
    form_id bigint not null,
    settings bytea not null,
    created_by bigint not null,
    created_at timestamptz not null,
    deleted_at timestamptz
);
create index saved_form on exports.saved (form_id, created_at) where deleted_at is null;

-- Addresses that programs fetch a saved export from, with the rights of who made them. Only SHA-256 of the token is kept.
create table exports.links (
    id bigint generated always as identity primary key,
    saved_id uuid not null references exports.saved (id),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    created_by bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index links_saved on exports.links (saved_id);
