create schema submissions;

-- Clear columns are only those of docs/formats/envelope.md, "What stays clear"; answers live in sealed columns.
create table submissions.submissions (
    id uuid primary key,
    sequence bigint generated always as identity,
    form_id bigint not null,
    project_id bigint not null,
    instance_id text not null,
    is_draft boolean not null,
    submitter_id bigint not null,
    review_state text check (review_state in ('hasIssues', 'edited', 'approved', 'rejected')),
    current_version integer not null default 1,
    attachments_expected integer not null,
    attachments_present integer not null,
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz
);
create unique index submissions_instance on submissions.submissions (form_id, is_draft, instance_id);
create unique index submissions_order on submissions.submissions (form_id, is_draft, sequence);

create table submissions.versions (
    submission_id uuid not null references submissions.submissions (id),
    version integer not null,
    form_id bigint not null,
    form_version_id bigint not null,
    instance_id text not null,
    content_mac bytea not null check (octet_length(content_mac) = 32),
    xml bytea,
    xml_blob bytea,
    meta bytea,
    size integer not null,
    submitter_id bigint not null,
    created_at timestamptz not null,
    primary key (submission_id, version)
);
create unique index versions_instance on submissions.versions (form_id, instance_id, submission_id);

-- name_mac finds a file by its name without keeping the name; name is sealed.
create table submissions.attachments (
    submission_id uuid not null references submissions.submissions (id),
    version integer not null,
    ordinal integer not null,
    row_id uuid not null,
    name_mac bytea not null check (octet_length(name_mac) = 32),
    name bytea not null,
    content_mac bytea,
    blob bytea,
    size bigint,
    received_at timestamptz,
    primary key (submission_id, version, ordinal)
);
create unique index attachments_name on submissions.attachments (submission_id, version, name_mac);
