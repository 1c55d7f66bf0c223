-- Mail: letters that wait to be sent. Whom and what is sealed, and gone once the letter is sent or given up.
create schema mail;
create table mail.outbox (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    kind text not null check (length(kind) between 1 and 60),
    content bytea,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'dead', 'blank')),
    attempts integer not null default 0,
    due_at timestamptz not null,
    expires_at timestamptz not null,
    last_error text,
    created_at timestamptz not null,
    finished_at timestamptz,
    check ((state = 'waiting') = (content is not null))
);
create index outbox_due on mail.outbox (due_at) where state = 'waiting';
create index outbox_finished on mail.outbox (finished_at) where state <> 'waiting';

-- The language a person reads, for letters to them.
alter table accounts.accounts add column language text check (language in ('en', 'fr', 'es', 'ar'));

-- For seven days after a change of address, letters go to the one before, too: of several within that time, to the first.
alter table accounts.accounts
    add column former_email text,
    add column former_email_key text,
    add column former_email_until timestamptz;
create index accounts_former_email on accounts.accounts (former_email_key) where former_email_key is not null;

-- Links by which a password is set anew. actor_id is null where nobody has the address that was asked for.
create table accounts.password_resets (
    id bigint generated always as identity primary key,
    actor_id bigint references accounts.actors (id),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    ended_at timestamptz
);
create index password_resets_actor on accounts.password_resets (actor_id, created_at);
create index password_resets_expires on accounts.password_resets (expires_at);

-- What programs and phones sign in with in a person's name: API tokens and app passwords.
create table accounts.access_tokens (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    kind text not null check (kind in ('token', 'app_password')),
    name text not null check (length(name) between 1 and 255),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    scopes text[] not null,
    projects bigint[],
    networks text[] not null default '{}',
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    ended_at timestamptz,
    ended_by bigint
);
create index access_tokens_actor on accounts.access_tokens (actor_id, id);
alter table accounts.sessions add column access_token_id bigint references accounts.access_tokens (id);
create index sessions_access_token on accounts.sessions (access_token_id) where access_token_id is not null;

-- Where sessions were opened from is sealed; what stood there in clear goes.
alter table accounts.sessions add column address_row uuid, add column address_sealed bytea;
alter table accounts.sessions drop column address;

-- When an account was last seen in a session that is deleted since.
alter table accounts.accounts add column last_seen_at timestamptz;

-- Sign-in by another provider (OpenID Connect): attempts under way, and whose identity there is whose account here.
create table accounts.external_attempts (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    state_hash bytea not null unique check (octet_length(state_hash) = 32),
    browser_hash bytea not null check (octet_length(browser_hash) = 32),
    secrets bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index external_attempts_expires on accounts.external_attempts (expires_at);
create table accounts.external_identities (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    issuer text not null,
    subject_hash bytea not null check (octet_length(subject_hash) = 32),
    linked_at timestamptz not null,
    last_used_at timestamptz,
    ended_at timestamptz
);
create unique index external_identities_subject on accounts.external_identities (issuer, subject_hash) where ended_at is null;
create index external_identities_actor on accounts.external_identities (actor_id) where ended_at is null;
