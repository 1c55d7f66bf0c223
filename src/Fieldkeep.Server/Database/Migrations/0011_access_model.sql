-- The tree that rights run down: unit, project, form, deployment, stage. Ids only; rows end and do not move, so that the
-- tree of any day can be read. What lies in the trash is hidden: no role reaches it. A root unit has no parent: who runs the installation is not above it.
create table access.places (
    row_id bigint generated always as identity primary key,
    kind text not null check (kind in ('unit', 'project', 'form', 'deployment', 'stage')),
    id bigint not null,
    parent_kind text check (parent_kind in ('unit', 'project', 'form', 'deployment')),
    parent_id bigint,
    position integer not null default 0,
    is_hidden boolean not null default false,
    since timestamptz not null,
    until timestamptz,
    check ((parent_kind is null) = (parent_id is null)),
    check (kind = 'unit' or parent_kind is not null)
);
create unique index places_now on access.places (kind, id) where until is null;
create index places_below on access.places (parent_kind, parent_id) where until is null;
create index places_then on access.places (kind, id, since);

-- Who belongs to which unit. Rows end and are never deleted.
create table access.members (
    row_id bigint generated always as identity primary key,
    unit_id bigint not null,
    actor_id bigint not null,
    since timestamptz not null,
    added_by bigint not null,
    until timestamptz,
    ended_by bigint
);
create unique index members_now on access.members (unit_id, actor_id) where until is null;
create index members_actor on access.members (actor_id) where until is null;

-- Roles that an organisation makes for itself; a change ends the row and writes another with the same id.
create table access.roles (
    row_id bigint generated always as identity primary key,
    id bigint not null,
    unit_id bigint not null,
    name text not null check (length(name) between 1 and 100),
    permissions text[] not null,
    since timestamptz not null,
    until timestamptz
);
create unique index roles_now on access.roles (id) where until is null;
create unique index roles_name on access.roles (unit_id, lower(name)) where until is null;
create sequence access.role_ids;

-- A grant has a subject, may be limited to some rows and in time, and ends instead of being deleted.
alter table access.grants drop constraint grants_pkey;
alter table access.grants drop constraint grants_role_check;
alter table access.grants drop constraint grants_scope_kind_check;
alter table access.grants rename column actor_id to subject_id;
alter table access.grants
    add column id bigint generated always as identity primary key,
    add column subject_kind text not null default 'actor' check (subject_kind in ('actor', 'unit', 'everyone')),
    add column is_own boolean not null default false,
    add column condition_id bigint,
    add column expires_at timestamptz,
    add column ended_at timestamptz,
    add column ended_by bigint,
    add constraint grants_scope_kind_check check (scope_kind in ('installation', 'unit', 'project', 'form', 'deployment', 'stage'));
alter table access.grants alter column subject_kind drop default;
drop index access.grants_scope;
create unique index grants_now on access.grants
    (subject_kind, subject_id, role, scope_kind, scope_id, is_own, coalesce(condition_id, 0)) where ended_at is null;
create index grants_scope on access.grants (scope_kind, scope_id) where ended_at is null;
create index grants_history on access.grants (scope_kind, scope_id, granted_at);

-- Organisations have units: themselves, branches and teams.
create table organisations.units (
    id bigint generated always as identity primary key,
    organisation_id bigint not null references organisations.organisations (id),
    parent_id bigint references organisations.units (id),
    kind text not null check (kind in ('organisation', 'branch', 'team')),
    name text not null check (length(name) between 1 and 255),
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz,
    check ((kind = 'organisation') = (parent_id is null))
);
create index units_organisation on organisations.units (organisation_id);
create unique index units_root on organisations.units (organisation_id) where parent_id is null;
create unique index units_name on organisations.units (parent_id, lower(name)) where deleted_at is null and parent_id is not null;

alter table organisations.projects add column unit_id bigint references organisations.units (id);
insert into organisations.units (organisation_id, kind, name, created_at)
    select id, 'organisation', name, created_at from organisations.organisations order by id;
update organisations.projects p set unit_id = u.id from organisations.units u where u.organisation_id = p.organisation_id;
alter table organisations.projects alter column unit_id set not null;
insert into access.places (kind, id, since) select 'unit', id, created_at from organisations.units;
insert into access.places (kind, id, parent_kind, parent_id, is_hidden, since)
    select 'project', id, 'unit', unit_id, deleted_at is not null, created_at from organisations.projects;
insert into access.places (kind, id, parent_kind, parent_id, since)
    select 'form', id, 'project', project_id, created_at from forms.forms;

-- What held on the whole server holds in the organisation; running the server is a role of its own.
insert into access.grants (subject_kind, subject_id, role, scope_kind, scope_id, granted_by, granted_at)
    select subject_kind, subject_id, 'operator', 'installation', 0, granted_by, granted_at
    from access.grants where role = 'admin' and scope_kind = 'installation';
update access.grants g set scope_kind = 'unit', scope_id = (select min(u.id) from organisations.units u)
    where g.scope_kind = 'installation' and g.role <> 'operator' and exists (select from organisations.units);
insert into access.members (unit_id, actor_id, since, added_by)
    select distinct on (g.scope_id, g.subject_id) g.scope_id, g.subject_id, g.granted_at, g.granted_by
    from access.grants g where g.scope_kind = 'unit' order by g.scope_id, g.subject_id, g.granted_at;

-- Who may stand behind a public link or a phone is decided by grants like everything else.
insert into access.grants (subject_kind, subject_id, role, scope_kind, scope_id, granted_by, granted_at)
    select 'actor', l.actor_id, 'public-link', 'form', l.form_id, l.created_by, a.created_at
    from accounts.public_links l join accounts.actors a on a.id = l.actor_id where l.revoked_at is null;
