-- Conditions that say which submissions of a form someone may see: docs/formats/conditions.md. body holds name and condition, sealed: they
-- tell of answers. kinds says how its questions are compared, without their names. A condition counts once it is ready: all rows asked.
create table submissions.row_conditions (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    project_id bigint not null,
    form_id bigint not null,
    body bytea not null,
    kinds text not null,
    created_by bigint not null,
    created_at timestamptz not null,
    ready_at timestamptz,
    deleted_at timestamptz
);
create index row_conditions_form on submissions.row_conditions (form_id) where deleted_at is null;

-- What was found: written with the submission, and by the background for what was here before. No row: not asked yet.
create table submissions.row_matches (
    submission_id uuid not null references submissions.submissions (id) on delete cascade,
    condition_id bigint not null references submissions.row_conditions (id),
    holds boolean not null,
    primary key (submission_id, condition_id)
);
