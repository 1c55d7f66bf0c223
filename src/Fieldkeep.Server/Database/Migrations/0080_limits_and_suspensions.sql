-- What operators suspend: a project takes nothing and changes nothing, an account opens nothing; nothing is deleted by it. Each suspension is a row that stays, so
-- that it can be told later, and so that nothing is deleted by the clock too soon after one has ended.
create table access.suspensions (
    id bigint generated always as identity primary key,
    scope_kind text not null check (scope_kind in ('project', 'account')),
    scope_id bigint not null,
    reason text not null check (length(reason) between 1 and 1000),
    contact text not null check (length(contact) between 1 and 200),
    since timestamptz not null,
    until timestamptz,
    lifted_at timestamptz,
    check (until is null or until > since)
);
create unique index suspensions_once on access.suspensions (scope_kind, scope_id) where lifted_at is null;
create view access.suspended_accounts_view as select scope_id as id, until from access.suspensions where scope_kind = 'account' and lifted_at is null;

-- How much an account or a project may have: for all of them, and for single ones. What has no row is without a limit.
create schema limits;
create table limits.limits (
    scope_kind text not null check (scope_kind in ('installation', 'project', 'account')),
    scope_id bigint not null,
    name text not null check (name in ('submissions_an_hour', 'submissions_a_day', 'stored_bytes', 'requests_a_minute')),
    most bigint not null check (most between 1 and 1000000000000000),
    primary key (scope_kind, scope_id, name),
    check ((scope_kind = 'installation') = (scope_id = 0)),
    check (scope_kind <> 'project' or name <> 'requests_a_minute'),
    check (scope_kind <> 'account' or name = 'requests_a_minute')
);

-- 1000 a second, for a minute: no page and no script that works asks as much of one account, however many downloads it makes at once.
insert into limits.limits (scope_kind, scope_id, name, most) values ('installation', 0, 'requests_a_minute', 60000);

-- The bytes of a project are those of all its forms, trashed ones too.
create view forms.numbers_view as select id, project_id from forms.forms;
create view organisations.project_places_view as select id, key_id, unit_id, deleted_at, erased_at from organisations.projects;
