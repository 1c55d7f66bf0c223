-- How long what was moved to the trash of a project stays there.
alter table organisations.projects add column trash_days integer not null default 30 check (trash_days between 0 and 180);

-- A legal hold: while it stands, nothing of the project, or of the one submission, is erased or rewritten. Reasons are sealed.
create table submissions.holds (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    submission_id uuid,
    placed_by bigint not null,
    placed_at timestamptz not null,
    row_id uuid not null unique,
    reason bytea not null,
    lifted_by bigint,
    lifted_at timestamptz,
    lift_row uuid,
    lift_reason bytea
);
create index holds_project on submissions.holds (project_id, id);
create unique index holds_once on submissions.holds (project_id, coalesce(submission_id, '00000000-0000-0000-0000-000000000000')) where lifted_at is null;

-- What was purged: a phone that sends it again is told that it was received, and nothing is stored. Ids only.
create table submissions.purged (
    form_id bigint not null,
    is_draft boolean not null,
    instance_id text not null,
    project_id bigint not null,
    at timestamptz not null,
    primary key (form_id, is_draft, instance_id)
);
create index purged_project on submissions.purged (project_id, form_id);

-- When answers of a version were taken out or replaced in place: its content is not what a phone sent any more.
alter table submissions.versions add column rewritten_at timestamptz;

create schema lifecycle;

-- When the last round of purging was, so that a clock that jumped is noticed before anything is deleted.
create table lifecycle.rounds (
    name text primary key,
    last_at timestamptz not null,
    wait_until timestamptz
);

-- What was deleted or taken out, for good: counts and checksums, never whose it was.
create table lifecycle.reports (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    kind text not null check (kind in ('purge', 'erase', 'mask', 'pseudonymise', 'retention')),
    by_actor bigint not null,
    at timestamptz not null,
    finished_at timestamptz,
    counts jsonb not null,
    checksum bytea,
    row_id uuid not null unique,
    reason bytea
);
create index reports_project on lifecycle.reports (project_id, id);
