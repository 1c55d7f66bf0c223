-- What authors of a form answered to its privacy check. about is a question's path, which stands in the form, or risk: and a risk's name. body holds
-- the reason given, and what was found when it was given, sealed. Of one finding the last answer counts; those before stay.
create table forms.privacy_decisions (
    id bigint generated always as identity primary key,
    row_id uuid not null unique,
    form_id bigint not null references forms.forms (id),
    about text not null,
    body bytea not null,
    decided_by bigint not null,
    decided_at timestamptz not null,
    ended_at timestamptz
);
create unique index privacy_decisions_open on forms.privacy_decisions (form_id, about) where ended_at is null;
