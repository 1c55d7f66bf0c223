-- What people said about a submission. The text is personal data: sealed.
create table submissions.comments (
    id bigint generated always as identity primary key,
    submission_id uuid not null references submissions.submissions (id),
    row_id uuid not null unique,
    author_id bigint not null,
    body bytea not null,
    created_at timestamptz not null
);
create index comments_submission on submissions.comments (submission_id, id desc);

-- What happened to a submission beside its versions: reviews, files, trash. body holds notes and details, sealed.
create table submissions.events (
    id bigint generated always as identity primary key,
    submission_id uuid not null references submissions.submissions (id),
    version integer,
    row_id uuid not null unique,
    action text not null,
    actor_id bigint not null,
    at timestamptz not null,
    body bytea not null
);
create index events_submission on submissions.events (submission_id, id desc);

-- Public links: whoever has the token may fill in one form. Only SHA-256 of the token is kept.
alter table accounts.actors drop constraint actors_kind_check;
alter table accounts.actors add constraint actors_kind_check check (kind in ('account', 'app_user', 'public_link'));
create table accounts.public_links (
    actor_id bigint primary key references accounts.actors (id),
    project_id bigint not null,
    form_id bigint not null,
    token_hash bytea not null unique check (octet_length(token_hash) = 32),
    once boolean not null,
    created_by bigint not null references accounts.actors (id),
    revoked_at timestamptz
);
create index public_links_form on accounts.public_links (form_id, actor_id desc);
