-- A deployment is one use of a form: who collects, who approves in which order, who sees what came out of it. People are grants at it.
create schema deployments;
create table deployments.deployments (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    form_id bigint not null,
    name text not null check (length(name) between 1 and 255),
    is_active boolean not null,
    allow_same_person boolean not null,
    reapprove_on_edit boolean not null,
    enumerator_admin_final boolean not null,
    show_provenance_to_viewers boolean not null,
    created_by bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz
);
create index deployments_form on deployments.deployments (form_id);
create unique index deployments_name on deployments.deployments (form_id, lower(name)) where deleted_at is null;

-- A stage keeps its number when stages are put in another order; one that is taken out ends.
create table deployments.stages (
    id bigint generated always as identity primary key,
    deployment_id bigint not null references deployments.deployments (id),
    position integer not null,
    name text not null check (length(name) between 1 and 255),
    min_approvals integer not null check (min_approvals between 1 and 20),
    prevent_editing boolean not null,
    created_at timestamptz not null,
    ended_at timestamptz
);
create index stages_deployment on deployments.stages (deployment_id, position) where ended_at is null;

-- Where what is sent to a deployment begins; no row when it has no stages.
create view deployments.first_stages_view as
    select distinct on (deployment_id) deployment_id, id as stage_id
    from deployments.stages where ended_at is null order by deployment_id, position;

-- Who may hold a role at a deployment: people, the phones of its project, the links of its form.
create view accounts.holders_view as
    select a.id, a.kind, u.project_id, l.form_id
    from accounts.actors a
    left join accounts.app_users u on u.actor_id = a.id
    left join accounts.public_links l on l.actor_id = a.id
    where a.deleted_at is null and u.revoked_at is null and l.revoked_at is null;

-- Where a submission stands; all null outside of deployments. handled_by: who rejected it and whose approvals that took back.
alter table submissions.submissions
    add column deployment_id bigint,
    add column state text check (state in ('draft', 'pending', 'rejected', 'final', 'discarded')),
    add column stage_id bigint,
    add column state_since timestamptz,
    add column handled_by bigint[],
    add column is_anonymous boolean not null default false,
    add constraint submissions_standing check (
        (deployment_id is null) = (state is null) and (stage_id is not null) = (state is not null and state = 'pending'));
create index submissions_standings on submissions.submissions (deployment_id, state, stage_id, state_since) where deployment_id is not null;

create or replace view submissions.submissions_view as
    select form_id, sequence, instance_id, submitter_id, review_state, current_version, attachments_expected,
           attachments_present, created_at, updated_at, deleted_at, deployment_id, state, stage_id
    from submissions.submissions where not is_draft;

-- Who approved which version at which stage. Withdrawn ones no longer count, and stay for the history.
create table submissions.approvals (
    id bigint generated always as identity primary key,
    submission_id uuid not null references submissions.submissions (id) on delete cascade,
    stage_id bigint not null,
    version integer not null,
    actor_id bigint not null,
    at timestamptz not null,
    is_override boolean not null,
    withdrawn_at timestamptz
);
create unique index approvals_once on submissions.approvals (submission_id, stage_id, version, actor_id) where withdrawn_at is null;
create index approvals_submission on submissions.approvals (submission_id, id);

-- When someone was last written to about what waits for them.
create table submissions.waiting_letters (
    actor_id bigint primary key,
    sent_at timestamptz not null
);
