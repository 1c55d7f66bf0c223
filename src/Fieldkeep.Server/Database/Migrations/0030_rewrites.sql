-- Answers that are taken out or replaced in place: what was ordered, and how far it has come. The plan names questions, methods and rows, never an answer.
create table lifecycle.rewrites (
    id uuid primary key,
    project_id bigint not null,
    form_id bigint not null,
    kind text not null check (kind in ('mask', 'pseudonymise')),
    plan jsonb not null,
    by_actor bigint not null,
    begun_at timestamptz not null,
    is_replay boolean not null,
    -- Up to this submission all is done; in the transaction that did it.
    place uuid not null default '00000000-0000-0000-0000-000000000000',
    submissions bigint not null default 0,
    versions bigint not null default 0,
    answers bigint not null default 0,
    files bigint not null default 0,
    left_alone bigint not null default 0,
    finished_at timestamptz
);
create index rewrites_project on lifecycle.rewrites (project_id, begun_at);
create index rewrites_unfinished on lifecycle.rewrites (begun_at) where finished_at is null;

-- Which pseudonym stands for which answer: by its keyed hash, so that the same answer is the same pseudonym in all forms of the project.
create table lifecycle.pseudonyms (
    project_id bigint not null,
    mac bytea not null check (octet_length(mac) = 32),
    number integer not null,
    primary key (project_id, mac)
);
create unique index pseudonyms_number on lifecycle.pseudonyms (project_id, number);
