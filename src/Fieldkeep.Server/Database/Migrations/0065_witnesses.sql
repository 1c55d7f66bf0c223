-- Who is sent signed checkpoints, so that the past of this machine stands elsewhere too. Where to, and the secret of a webhook, are sealed.
create schema witnesses;
create table witnesses.witnesses (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    kind text not null check (kind in ('mail', 'webhook')),
    every text not null check (every in ('hour', 'day', 'week')),
    content bytea not null,
    created_at timestamptz not null,
    due_at timestamptz not null,
    tried_at timestamptz,
    arrived_at timestamptz,
    arrived_size bigint,
    failures integer not null default 0,
    last_error text check (length(last_error) <= 200),
    check (kind = 'webhook' or every <> 'hour'),
    check ((arrived_at is null) = (arrived_size is null))
);
create index witnesses_due on witnesses.witnesses (due_at);
