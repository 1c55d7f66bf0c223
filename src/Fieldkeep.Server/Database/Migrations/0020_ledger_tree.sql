-- The tree over the ledger's entries: which entry is which leaf, the nodes that proofs need, what was signed. docs/formats/ledger.md.
create index entries_xid on ledger.entries (xid);

create table ledger.leaves (
    leaf_index bigint primary key check (leaf_index >= 0),
    entry_id bigint not null unique,
    leaf bytea not null check (octet_length(leaf) = 32)
);
create table ledger.nodes (
    level smallint not null check (level in (8, 16, 24, 32, 40, 48, 56)),
    node_index bigint not null check (node_index >= 0),
    hash bytea not null check (octet_length(hash) = 32),
    primary key (level, node_index)
);
create table ledger.checkpoints (
    size bigint primary key check (size > 0),
    root bytea not null check (octet_length(root) = 32),
    at timestamptz not null,
    note text not null
);
create index checkpoints_at on ledger.checkpoints (at);

create trigger leaves_only_grow before update or delete or truncate on ledger.leaves
    for each statement execute function ledger.refuse_change();
create trigger nodes_only_grow before update or delete or truncate on ledger.nodes
    for each statement execute function ledger.refuse_change();
create trigger checkpoints_only_grow before update or delete or truncate on ledger.checkpoints
    for each statement execute function ledger.refuse_change();

create view ledger.entries_view as
    select id, at, actor_id, door, action, project_id, subject_kind, subject_id, row_id, leaf, body from ledger.entries;

-- Which entry of the keyring a project's data is sealed with, also while the project is in the trash.
create view organisations.project_keys_view as select id, key_id from organisations.projects;
