-- The servers on this database, as each says of itself every few seconds by the clock of this database. Nothing here tells of a person.
create table database.servers (
    name text primary key check (length(name) between 1 and 200),
    -- Another with each start: who finds another here than its own was replaced.
    run uuid not null,
    address text not null check (length(address) <= 500),
    version text not null check (length(version) <= 100),
    started_at timestamptz not null,
    seen_at timestamptz not null,
    -- Stopped in order; null while it runs, or was killed.
    left_at timestamptz,
    keyring_generation bigint not null,
    journal_waiting bigint not null,
    journal_set_aside bigint not null,
    -- Whether it can tell which files and keys its journal needs.
    is_journal_known boolean not null
);

-- Who does what only one may do at a time. The number grows with each new holder: what an earlier one still has in hand is refused by it.
create table database.leases (
    name text primary key check (name in ('serving', 'background')),
    run uuid,
    server text,
    epoch bigint not null default 0,
    since timestamptz not null default '-infinity',
    until timestamptz not null default '-infinity',
    -- Makes the number a key: whoever takes a lease over waits for the transactions that hold it “for key share”.
    unique (name, epoch)
);
insert into database.leases (name) values ('serving'), ('background');
