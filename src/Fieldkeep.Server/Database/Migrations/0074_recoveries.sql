-- Projects that operators had recovered from the backup, and how that went. Who asked stands in the ledger; what is told of people and files of the copy is
-- sealed with the copy's keys, and goes with them.
create schema recoveries;
create table recoveries.asked (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    project_id bigint not null,
    unit_id bigint,
    wanted timestamptz,
    run uuid not null,
    state text not null check (state in ('waiting', 'restoring', 'copying', 'done', 'failed')),
    asked_at timestamptz not null,
    ended_at timestamptz,
    backup text,
    as_of timestamptz,
    copy_id bigint,
    counts jsonb,
    told bytea,
    problem_code text,
    problem text check (length(problem) <= 1000),
    check ((ended_at is null) = (state in ('waiting', 'restoring', 'copying'))),
    check ((state = 'failed') = (problem_code is not null)),
    check (told is null or copy_id is not null)
);
-- One at a time.
create unique index asked_one on recoveries.asked ((true)) where ended_at is null;
create index asked_project on recoveries.asked (project_id);
create index asked_copy on recoveries.asked (copy_id) where copy_id is not null;
