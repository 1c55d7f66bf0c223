-- The ledger proves a comment by a salted hash. The salt lies beside the text and is deleted with it; comments of before have none.
alter table submissions.comments add column salt bytea;

-- So are the reasons of deletions.
alter table lifecycle.reports add column reason_salt bytea;
