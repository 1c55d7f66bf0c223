-- Keys that phones encrypt answers to. Of a key the server made, the private half is kept: sealed under a passphrase that is kept
-- nowhere, and that again under the project's key. Of a key that came with a form only the public half is known.
create schema keys;
create table keys.form_keys (
    id bigint generated always as identity primary key,
    project_id bigint not null,
    row_id uuid not null unique,
    public_key text not null check (length(public_key) between 1 and 2000),
    is_managed boolean not null,
    hint bytea,
    private_key bytea,
    created_by bigint not null,
    created_at timestamptz not null,
    check (is_managed = (private_key is not null))
);
create unique index form_keys_public on keys.form_keys (project_id, public_key);
create unique index form_keys_managed on keys.form_keys (project_id) where is_managed;

-- The key in the form; null for a form whose answers come in the clear.
alter table forms.versions add column key_id bigint;
insert into keys.form_keys (project_id, row_id, public_key, is_managed, created_by, created_at)
select distinct on (found.project_id, found.public_key)
       found.project_id, gen_random_uuid(), found.public_key, false, found.created_by, found.created_at
from (
    select f.project_id, v.created_by, v.created_at,
           regexp_replace(substring(v.xform from '<[^<>]*\sbase64RsaPublicKey\s*=\s*"([^"]*)"'), '\s', '', 'g') as public_key
    from forms.versions v join forms.forms f on f.id = v.form_id) found
where length(found.public_key) between 1 and 2000
order by found.project_id, found.public_key, found.created_at;
update forms.versions v set key_id = k.id
from keys.form_keys k, forms.forms f
where f.id = v.form_id and k.project_id = f.project_id
  and k.public_key = regexp_replace(substring(v.xform from '<[^<>]*\sbase64RsaPublicKey\s*=\s*"([^"]*)"'), '\s', '', 'g');

-- Which of a version's files holds its answers, encrypted on the phone; null for answers that came in the clear.
alter table submissions.versions add column encrypted_ordinal integer;
create index versions_encrypted on submissions.versions (form_id) where encrypted_ordinal is not null;
