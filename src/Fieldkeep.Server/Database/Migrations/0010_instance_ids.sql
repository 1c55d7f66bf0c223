-- An instance id belongs to one version of one submission of a form, or of its draft. Rows from before leave is_draft null: ids that
-- were stored twice then stay as they are, and whoever stores a new one looks for them.
alter table submissions.versions add column is_draft boolean;
drop index submissions.versions_instance;
create unique index versions_instance on submissions.versions (form_id, instance_id, is_draft);
