-- Support access: whoever runs the server reads what its owner lets them read, for a time. A case is one row from the question to its end.
create schema support_access;
create table support_access.cases (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('support', 'break_glass')),
    operator_id bigint not null,
    scope_kind text not null check (scope_kind in ('unit', 'project')),
    scope_id bigint not null,
    may_export boolean not null,
    minutes integer not null check (minutes between 1 and 20160),
    ticket text check (length(ticket) between 1 and 60),
    reason_row uuid not null unique,
    reason bytea not null,
    asked_by bigint not null,
    asked_at timestamptz not null,
    decided_by bigint,
    decided_at timestamptz,
    grant_id bigint unique,
    expires_at timestamptz,
    ended_at timestamptz,
    ended_by bigint,
    told_at timestamptz,
    check ((decided_by is null) = (decided_at is null)),
    check ((grant_id is null) = (expires_at is null)),
    check (grant_id is null or decided_by is not null),
    -- Nobody lets themselves in.
    check (grant_id is null or decided_by <> operator_id),
    check (kind = 'support' or (minutes <= 60 and not may_export and asked_by = operator_id))
);
create index cases_scope on support_access.cases (scope_kind, scope_id, id desc);
create index cases_operator on support_access.cases (operator_id, id desc);
create index cases_untold on support_access.cases (expires_at) where grant_id is not null and told_at is null;
create index cases_break_glass on support_access.cases (decided_at) where kind = 'break_glass';

-- Every line of the audit book that was written because of support access names its grant.
alter table audit.events add column support_grant bigint;
create index events_support on audit.events (support_grant) where support_grant is not null;

-- Grants end in more ways than one: with their time, with being an operator, with the second factor.
create view access.ended_grants_view as select id, ended_at, ended_by from access.grants where ended_at is not null;
