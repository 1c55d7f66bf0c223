-- Attempts at secrets, for all processes of an installation. What is counted is known by its HMAC: no names, no addresses.
-- Unlogged: after a crash of PostgreSQL it is empty, and memory counts on (decision 0025).
create unlogged table accounts.attempts (
    id uuid not null,
    key bytea not null,
    account bytea not null,
    at timestamptz not null,
    until timestamptz not null,
    is_open boolean not null,
    primary key (key, id)
);
create index attempts_id on accounts.attempts (id);
create index attempts_account on accounts.attempts (account);
create index attempts_until on accounts.attempts (until);

-- Accounts whose counters were emptied; every process looks here. The account is known by its HMAC.
create table accounts.unlocks (
    id bigint generated always as identity primary key,
    actor_id bigint not null references accounts.actors (id),
    at timestamptz not null
);

-- Who signed in, was refused, or lost access, from where. Names that are nobody's are hashed; addresses are sealed for a
-- month, then a pseudonym is left, then nothing.
create table accounts.access_events (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    at timestamptz not null,
    actor_id bigint references accounts.actors (id),
    name_hash bytea check (octet_length(name_hash) = 32),
    kind text not null check (length(kind) between 1 and 40),
    is_success boolean not null,
    reason text check (length(reason) between 1 and 40),
    door text not null,
    way text check (length(way) between 1 and 40),
    subject text check (length(subject) between 1 and 80),
    browser text check (length(browser) between 1 and 40),
    system text check (length(system) between 1 and 40),
    address bytea,
    pseudonym bytea
);
create index access_events_actor on accounts.access_events (actor_id, at desc, id desc);
create index access_events_name on accounts.access_events (name_hash, at desc, id desc) where name_hash is not null;
create index access_events_sealed on accounts.access_events (at) where address is not null;
create index access_events_pseudonym on accounts.access_events (at) where pseudonym is not null;

-- "This wasn't me": from then on the password opens nothing until another is set.
alter table accounts.accounts add column password_disowned_at timestamptz;

-- When the owner was last written to because the account was locked: once a day.
alter table accounts.accounts add column lock_told_at timestamptz;

-- Since when the account has its address: attempts at the name before are another's.
alter table accounts.accounts add column email_since timestamptz;
update accounts.accounts set email_since = actors.created_at from accounts.actors where actors.id = accounts.actor_id;
alter table accounts.accounts alter column email_since set not null;

-- The audit book keeps a pseudonym of where from, not the address.
alter table audit.events drop column address;
alter table audit.events add column caller bytea;
