create schema answers;

-- A stretch of one form's submissions, in order, with its answers beside each other in sealed columns:
-- docs/formats/segment.md. It is made from the instances and can be made again: nothing here is the only copy.
create table answers.segments (
    id uuid primary key,
    form_id bigint not null,
    project_id bigint not null,
    after_sequence bigint not null,
    through_sequence bigint not null,
    rows integer not null check (rows between 0 and 8192),
    head bytea not null,
    created_at timestamptz not null,
    check (after_sequence < through_sequence)
);
create unique index segments_order on answers.segments (form_id, through_sequence);
alter table answers.segments alter column head set storage external;

-- name_mac finds a column by its path without keeping the path.
create table answers.columns (
    segment_id uuid not null references answers.segments (id) on delete cascade,
    name_mac bytea not null check (octet_length(name_mac) = 16),
    body bytea not null,
    primary key (segment_id, name_mac)
);
alter table answers.columns alter column body set storage external;

-- Which submissions say something else now than when they came: what was made from them is not believed any more.
-- Written by triggers, so that no operation can forget it. A row for every change: whoever has taken one in deletes
-- that one, and a change that came meanwhile stays.
create table submissions.changes (
    id bigint generated always as identity primary key,
    form_id bigint not null,
    sequence bigint not null
);
create index changes_order on submissions.changes (form_id, sequence);

create function submissions.note_submission_change() returns trigger language plpgsql as $$
begin
    insert into submissions.changes (form_id, sequence) values (old.form_id, old.sequence);
    return null;
end $$;
create trigger submission_changed after update of current_version on submissions.submissions
    for each row when (not old.is_draft and old.current_version is distinct from new.current_version)
    execute function submissions.note_submission_change();
create trigger submission_gone after delete on submissions.submissions
    for each row when (not old.is_draft) execute function submissions.note_submission_change();

create function submissions.note_version_change() returns trigger language plpgsql as $$
begin
    insert into submissions.changes (form_id, sequence)
    select form_id, sequence from submissions.submissions where id = old.submission_id and not is_draft;
    return null;
end $$;
create trigger version_changed after update of xml, xml_blob, meta, form_version_id, version on submissions.versions
    for each row execute function submissions.note_version_change();

create index submissions_trash on submissions.submissions (form_id, sequence) where deleted_at is not null and not is_draft;

-- What the answers room may see of the rooms below it.
create view submissions.changes_view as select id, form_id, sequence from submissions.changes;
create view submissions.submissions_view as
    select form_id, sequence, instance_id, submitter_id, review_state, current_version, attachments_expected,
           attachments_present, created_at, updated_at, deleted_at
    from submissions.submissions where not is_draft;
create view submissions.trash_view as
    select form_id, sequence from submissions.submissions where deleted_at is not null and not is_draft;
create view forms.published_view as
    select id, project_id, xml_form_id from forms.forms where deleted_at is null and current_version_id is not null;
