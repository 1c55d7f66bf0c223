-- What an order to rewrite answers has not done, or has to do once more: it is taken again until it is done. Ids only.
create table lifecycle.rewrites_left (
    rewrite_id uuid not null references lifecycle.rewrites (id) on delete cascade,
    submission_id uuid not null,
    -- held: a legal hold stood on it. encrypted: only its phone's owner reads it. failed: it could not be read or written. edited: answers came anew.
    why text not null check (why in ('held', 'encrypted', 'failed', 'edited')),
    tried_at timestamptz not null,
    primary key (rewrite_id, submission_id)
);
