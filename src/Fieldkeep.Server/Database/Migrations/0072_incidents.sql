-- What operators tell everybody about the server: disturbances and planned work, what became of them, and what was learnt. All of it is public, and nothing in it
-- tells of a person: who wrote it stands in the ledger.
create schema incidents;
create table incidents.incidents (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('incident', 'maintenance')),
    title text not null check (length(title) between 1 and 200),
    impact text not null check (impact in ('none', 'slower', 'partly', 'down')),
    parts text[] not null,
    begins_at timestamptz not null,
    ends_at timestamptz,
    state text not null check (state in ('planned', 'begun', 'investigating', 'identified', 'watching', 'over')),
    post_mortem text check (length(post_mortem) between 1 and 50000),
    post_mortem_at timestamptz,
    withdrawn_at timestamptz,
    revision integer not null default 1,
    check (ends_at is null or ends_at >= begins_at),
    check ((post_mortem is null) = (post_mortem_at is null))
);
create index incidents_shown on incidents.incidents (begins_at desc) where withdrawn_at is null;

create table incidents.updates (
    id bigint generated always as identity primary key,
    incident_id bigint not null references incidents.incidents (id) on delete cascade,
    state text not null check (state in ('planned', 'begun', 'investigating', 'identified', 'watching', 'over')),
    text text not null check (length(text) between 1 and 4000),
    at timestamptz not null
);
create index updates_incident on incidents.updates (incident_id, id);
