-- What confidential questions were answered in a version: taken out of its instance before that was stored, and sealed with keys of their own. masked_mac is
-- the keyed hash of the instance that stayed, values_mac that of what was taken out; both stand in the ledger.
create table submissions.confidential (
    submission_id uuid not null,
    version integer not null,
    sealed bytea not null,
    masked_mac bytea not null check (octet_length(masked_mac) = 32),
    values_mac bytea not null check (octet_length(values_mac) = 32),
    primary key (submission_id, version),
    foreign key (submission_id, version) references submissions.versions (submission_id, version) on delete cascade
);

-- The number of the form's flags that a version was split by; null for one that holds nothing confidential.
alter table submissions.versions add column confidential integer;

-- Whether a confidential question names the file, so that its name and bytes are sealed with the keys of confidential answers.
alter table submissions.attachments add column confidential boolean not null default false;

-- Which questions are confidential beside what the form itself says, by path, in all its versions. Lines are only added: of one path the last that has taken
-- effect counts. What takes away protection takes effect a day later, and can be withdrawn until then. reason is sealed. How many lines have taken effect is the
-- number that versions are split by.
create table forms.confidential_flags (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    form_id bigint not null references forms.forms (id),
    path text not null check (length(path) between 2 and 1000),
    kind text not null check (kind in ('marked', 'declassified', 'removed')),
    radius double precision check (radius > 0 and radius <= 100000),
    reason bytea,
    set_by bigint not null,
    set_at timestamptz not null,
    takes_effect_at timestamptz not null,
    withdrawn_at timestamptz
);
create index confidential_flags_form on forms.confidential_flags (form_id, path, id);

-- Up to which number all versions of a form have been split.
alter table forms.forms add column confidential_split integer not null default 0;
