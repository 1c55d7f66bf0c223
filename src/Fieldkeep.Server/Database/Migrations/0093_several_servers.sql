-- Whether a server lets others serve beside it: then they have one folder for keys and files, and each a folder of its own for all else.
alter table database.servers add column is_one_of_several boolean not null default false;
