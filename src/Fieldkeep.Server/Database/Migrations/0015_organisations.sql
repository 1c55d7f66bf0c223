-- What went into the trash with a unit comes back with it.
alter table organisations.units add column removed_with bigint references organisations.units (id);
alter table organisations.projects add column removed_with bigint references organisations.units (id);
create index units_removed_with on organisations.units (removed_with) where removed_with is not null;
create index projects_removed_with on organisations.projects (removed_with) where removed_with is not null;
create index projects_unit on organisations.projects (unit_id);

-- Ways into an organisation: by a letter to one person, or by a link for some. Only the hash of the token is kept.
create table organisations.invitations (
    id bigint generated always as identity primary key,
    unit_id bigint not null references organisations.units (id),
    role text,
    email text check (length(email) between 3 and 320),
    email_key text,
    name text check (length(name) between 1 and 255),
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    most_uses integer not null check (most_uses between 1 and 10000),
    uses integer not null default 0 check (uses between 0 and most_uses),
    is_founding boolean not null default false,
    created_by bigint not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_by bigint,
    check ((email is null) = (email_key is null)),
    check (email is null or most_uses = 1)
);
create unique index invitations_open on organisations.invitations (unit_id, email_key)
    where ended_at is null and uses = 0 and email_key is not null;
create index invitations_unit on organisations.invitations (unit_id, id);
create table organisations.invitation_uses (
    invitation_id bigint not null references organisations.invitations (id),
    actor_id bigint not null,
    used_at timestamptz not null,
    primary key (invitation_id, actor_id)
);

-- Letters to one address, and of one organisation, have a ceiling for each day.
create index invitations_letters on organisations.invitations (email_key, created_at) where email_key is not null;

-- Since when it is known that the owner of an account reads its address: they followed a letter, or whoever runs the server wrote it.
-- Nobody is found or given anything by an address that is not.
alter table accounts.accounts add column email_proved_at timestamptz;
update accounts.accounts set email_proved_at = email_since;

-- What the rooms above read: the tree, who belongs where, who holds what, and who the people are.
create view access.places_view as select kind, id, parent_kind, parent_id, since, until from access.places;
create view access.members_view as select unit_id, actor_id, since, added_by, until, ended_by from access.members;
create view access.grants_view as
    select id, subject_kind, subject_id, role, scope_kind, scope_id, is_own, condition_id, expires_at, granted_by, granted_at, ended_at, ended_by
    from access.grants;
create view accounts.people_view as
    select accounts.actor_id as id, actors.display_name, accounts.email, accounts.email_key, accounts.second_factor_since is not null as has_second_factor,
        greatest(accounts.last_login_at, accounts.last_seen_at, (
            select max(sessions.last_seen_at) from accounts.sessions where sessions.actor_id = accounts.actor_id and sessions.ended_at is null)) as last_seen_at,
        accounts.email_proved_at is not null as is_email_proved
    from accounts.accounts join accounts.actors on actors.id = accounts.actor_id
    where accounts.deleted_at is null;
