-- Archives of organisations: who asked for one, and whether it was taken whole. Nothing of what was in it.
create table exports.archives (
    id uuid primary key,
    unit_id bigint not null,
    actor_id bigint not null,
    asked_at timestamptz not null,
    begun_at timestamptz,
    finished_at timestamptz,
    projects integer not null default 0,
    submissions bigint not null default 0
);
create index archives_unit on exports.archives (unit_id, asked_at desc);
