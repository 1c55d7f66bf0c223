-- When a machine last looked at itself: alerts of one that is gone for good stay open for nobody.
create table health.machines (
    machine text primary key check (length(machine) <= 200),
    seen_at timestamptz not null
);

-- When trials of alerts were sent within the last day: each goes to everybody.
create table health.trials (
    at timestamptz not null
);
