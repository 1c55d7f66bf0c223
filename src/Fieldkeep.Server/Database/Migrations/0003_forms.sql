create schema forms;
create table forms.forms (
    id bigint generated always as identity primary key,
    project_id bigint not null references organisations.projects (id),
    xml_form_id text not null check (length(xml_form_id) between 1 and 255),
    state text not null default 'open' check (state in ('open', 'closing', 'closed')),
    current_version_id bigint,
    draft_version_id bigint,
    created_by bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz,
    deleted_at timestamptz
);
create unique index forms_xml_form_id on forms.forms (project_id, xml_form_id) where deleted_at is null;

create table forms.versions (
    id bigint generated always as identity primary key,
    form_id bigint not null references forms.forms (id),
    version text not null,
    title text not null,
    xform text not null,
    workbook bytea,
    workbook_type text,
    itemsets_csv text,
    created_by bigint not null,
    created_at timestamptz not null,
    published_by bigint,
    published_at timestamptz
);
create unique index versions_published on forms.versions (form_id, version) where published_at is not null;
create index versions_form on forms.versions (form_id, id);

-- Media and lists that belong to a form version. Bytes are sealed blobs; meta (content type, MD5) is sealed too.
create table forms.attachments (
    version_id bigint not null references forms.versions (id),
    name text not null check (length(name) between 1 and 255),
    kind text not null check (kind in ('image', 'audio', 'video', 'file')),
    row_id uuid,
    blob bytea,
    meta bytea,
    size bigint,
    updated_at timestamptz,
    primary key (version_id, name)
);
