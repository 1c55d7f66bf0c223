-- Texts that people and organisations agree to: terms, privacy notice, data-processing agreement. A version is never changed.
create table rights.texts (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('terms', 'privacy', 'dpa')),
    version integer not null check (version > 0),
    body text not null check (length(body) between 1 and 200000),
    published_by bigint not null,
    published_at timestamptz not null,
    unique (kind, version)
);

-- What people agreed to, when and through which door. Withdrawn ones stay.
create table rights.consents (
    id bigint generated always as identity primary key,
    actor_id bigint not null,
    kind text not null,
    version integer not null,
    given_at timestamptz not null,
    given_door text not null,
    withdrawn_at timestamptz,
    withdrawn_door text,
    foreign key (kind, version) references rights.texts (kind, version)
);
create unique index consents_now on rights.consents (actor_id, kind, version) where withdrawn_at is null;

-- What organisations agreed to, and which of their administrators did it. Nothing is taken back: an organisation that leaves is removed.
create table rights.agreements (
    id bigint generated always as identity primary key,
    unit_id bigint not null,
    kind text not null,
    version integer not null,
    actor_id bigint not null,
    agreed_at timestamptz not null,
    door text not null,
    foreign key (kind, version) references rights.texts (kind, version)
);
create unique index agreements_once on rights.agreements (unit_id, kind, version);
