-- What the server noticed about itself, who is told of it, and how that went. Nothing here tells of a person but the number of who acknowledged an alert.
create schema health;
create table health.alerts (
    id bigint generated always as identity primary key,
    machine text not null check (length(machine) <= 200),
    check_name text not null,
    state text not null check (state in ('warning', 'failing')),
    worst text not null check (worst in ('warning', 'failing')),
    code text not null,
    words jsonb not null,
    opened_at timestamptz not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    is_believed_failing boolean not null default false,
    told_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by bigint,
    note_row uuid,
    note bytea,
    check ((acknowledged_at is null) = (acknowledged_by is null)),
    check ((note is null) = (note_row is null))
);
create unique index alerts_open on health.alerts (machine, check_name) where closed_at is null;
create index alerts_last on health.alerts (machine, check_name, id desc);

create table health.events (
    id bigint generated always as identity primary key,
    alert_id bigint not null references health.alerts (id) on delete cascade,
    kind text not null check (kind in ('opened', 'worsened', 'eased', 'closed')),
    state text not null check (state in ('ok', 'warning', 'failing')),
    code text not null,
    words jsonb not null,
    at timestamptz not null
);
create index events_alert on health.events (alert_id, id);

-- Whom else operators want told; their own addresses are their accounts'. Where to, and the secret of a webhook, are sealed.
create table health.recipients (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    kind text not null check (kind in ('mail', 'webhook')),
    content bytea not null,
    created_at timestamptz not null
);

-- What webhooks are sent, until they take it or a day has passed.
create table health.deliveries (
    id bigint generated always as identity primary key,
    recipient_id bigint not null references health.recipients (id) on delete cascade,
    body text not null,
    created_at timestamptz not null,
    due_at timestamptz not null,
    tries integer not null default 0,
    finished_at timestamptz,
    last_error text check (length(last_error) <= 200)
);
create index deliveries_due on health.deliveries (due_at) where finished_at is null;
create index deliveries_recipient on health.deliveries (recipient_id, id desc);
