-- Removing accounts: what is left of a person is a number and a name that says so. tombstone: 'person' for the account itself, 'stand_in' for who
-- stands in a project's submissions in its place, another one in each project.
alter table accounts.actors add column tombstone text check (tombstone in ('person', 'stand_in'));
create view accounts.tombstones_view as select id, tombstone from accounts.actors where tombstone is not null;

-- Addresses of removed accounts, as keyed hashes: nobody gets one for a year.
create table accounts.retired_addresses (
    address_mac bytea primary key check (octet_length(address_mac) = 32),
    actor_id bigint not null references accounts.actors (id),
    until timestamptz not null
);
create index retired_addresses_actor on accounts.retired_addresses (actor_id);

create schema rights;
-- A removal from the question to its end. asked: a second administrator has to agree. waiting: the account is ended, its owner may think better of it.
create table rights.removals (
    id bigint generated always as identity primary key,
    actor_id bigint not null,
    mark uuid not null,
    state text not null check (state in ('asked', 'waiting', 'cancelled', 'done')),
    asked_by bigint not null,
    asked_at timestamptz not null,
    reason_row uuid not null unique,
    reason bytea,
    agreed_by bigint,
    begun_at timestamptz,
    due_at timestamptz,
    cancel_hash bytea unique check (octet_length(cancel_hash) = 32),
    -- What is given back when it is cancelled: ids of units, projects and roles.
    plan text not null default '{}',
    is_replay boolean not null default false,
    ended_at timestamptz,
    report text,
    check (state not in ('waiting', 'done') or due_at is not null)
);
create unique index removals_open on rights.removals (actor_id) where state in ('asked', 'waiting');
create index removals_due on rights.removals (due_at) where state = 'waiting';
create index removals_mark on rights.removals (mark);

-- Who stands in a project in the place of a removed person. Kept only while rows are written anew: after that nothing joins one to the other.
create table rights.stand_ins (
    removal_id bigint not null references rights.removals (id),
    project_id bigint not null,
    stand_in_id bigint not null,
    primary key (removal_id, project_id)
);

-- What the Rights room reads of the rooms below it.
create view organisations.projects_view as
    select id, unit_id, name, deleted_at, erased_at, created_by from organisations.projects;
create view submissions.sent_view as
    select project_id, form_id, submitter_id, created_at from submissions.submissions where not is_draft;
