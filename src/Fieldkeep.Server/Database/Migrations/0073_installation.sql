-- Whose keys what lies here is sealed with: a server that has others must not write beside it. A number, no key.
create table ledger.installation (
    only_one boolean primary key default true check (only_one),
    id uuid not null,
    noted_at timestamptz not null
);
