-- Second factors: secrets are sealed under the installation's key and bound to their row, codes are kept as HMACs.
create table accounts.totp_secrets (
    id uuid primary key,
    actor_id bigint not null references accounts.actors (id),
    secret bytea not null,
    created_at timestamptz not null,
    activated_at timestamptz,
    last_step bigint not null default 0
);
-- One that is in use, and one that waits for its first code.
create unique index totp_secrets_actor on accounts.totp_secrets (actor_id, (activated_at is not null));

create table accounts.recovery_codes (
    actor_id bigint not null references accounts.actors (id),
    code_hash bytea not null check (octet_length(code_hash) = 32),
    made_at timestamptz not null,
    used_at timestamptz,
    primary key (actor_id, code_hash)
);

create table accounts.passkeys (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
    name text not null check (length(name) between 1 and 100),
    public_key bytea not null,
    sign_count bigint not null,
    transports text[] not null,
    is_backup_eligible boolean not null,
    is_backed_up boolean not null,
    created_at timestamptz not null,
    last_used_at timestamptz
);
create index passkeys_actor on accounts.passkeys (actor_id);

-- Tickets are sealed and held by whoever signs in; a row appears when one is used.
create table accounts.tickets (
    id uuid primary key,
    tries integer not null,
    used_at timestamptz,
    expires_at timestamptz not null
);
create index tickets_expiry on accounts.tickets (expires_at);

-- Wrong codes of one day.
create table accounts.factor_tries (
    actor_id bigint primary key references accounts.actors (id),
    since timestamptz not null,
    failures integer not null
);

-- Who must have a second factor beside administrators; 0 is everyone on this server, else a unit of the tree.
create table accounts.factor_rules (
    unit_id bigint primary key,
    set_at timestamptz not null,
    set_by bigint not null
);

-- A lost factor is taken away a day after an administrator asked, unless its owner objects.
create table accounts.factor_resets (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    asked_by bigint not null,
    asked_at timestamptz not null,
    due_at timestamptz not null,
    cancel_hash bytea not null unique check (octet_length(cancel_hash) = 32),
    cancelled_at timestamptz,
    done_at timestamptz
);
create unique index factor_resets_waiting on accounts.factor_resets (actor_id) where cancelled_at is null and done_at is null;

alter table accounts.accounts
    add column second_factor_since timestamptz,
    -- Counts changes of password and factors: a sign-in that began with another number opens nothing.
    add column credentials_version bigint not null default 0,
    add column factor_asked_at timestamptz;
alter table accounts.sessions add column confirmed_at timestamptz;
