-- Rules by which a project takes away what it has kept long enough, counted from the day a submission came. What is new or stricter acts only after notice:
-- until acts_from the days of before count, or nothing where there were none.
create table lifecycle.retention_rules (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    -- The one form it is limited to; null for all of the project.
    form_id bigint,
    kind text not null check (kind in ('delete', 'confidential', 'files', 'sender')),
    days integer not null check (days between 1 and 3650),
    days_before integer check (days_before between 1 and 3650),
    version integer not null default 1,
    set_by bigint not null,
    set_at timestamptz not null,
    acts_from timestamptz not null,
    -- When the second letter was written, a day before; it does not act without.
    told_at timestamptz,
    ended_at timestamptz
);
create unique index retention_rules_once on lifecycle.retention_rules (project_id, coalesce(form_id, 0), kind) where ended_at is null;

-- What each round of a rule did. Its place is the last submission that is done; in the transaction that did it.
create table lifecycle.retention_runs (
    id bigint generated always as identity primary key,
    rule_id bigint not null references lifecycle.retention_rules (id),
    project_id bigint not null,
    days integer not null,
    before timestamptz not null,
    begun_at timestamptz not null,
    finished_at timestamptz,
    form_id bigint not null default 0,
    is_draft boolean not null default false,
    sequence bigint not null default 0,
    submissions bigint not null default 0,
    answers bigint not null default 0,
    files bigint not null default 0,
    held bigint not null default 0,
    encrypted bigint not null default 0,
    failed bigint not null default 0
);
create index retention_runs_project on lifecycle.retention_runs (project_id, id);
create index retention_runs_rule on lifecycle.retention_runs (rule_id, begun_at);
create unique index retention_runs_open on lifecycle.retention_runs (rule_id) where finished_at is null;

-- When what was confidential in a version was taken out for good; null again when the version is split anew.
alter table submissions.confidential add column emptied_at timestamptz;
