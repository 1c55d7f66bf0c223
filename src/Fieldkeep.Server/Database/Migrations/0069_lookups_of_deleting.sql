-- What deleting looks for: what lies in the trash, and which rows mean a file.
create index submissions_gone on submissions.submissions (project_id, deleted_at) where deleted_at is not null;
create index attachments_blob on submissions.attachments (blob) where blob is not null;
create index versions_xml_blob on submissions.versions (xml_blob) where xml_blob is not null;
