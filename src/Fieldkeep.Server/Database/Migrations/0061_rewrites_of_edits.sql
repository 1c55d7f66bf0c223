-- From which version on answers came anew: what was replaced before stays as it is.
alter table lifecycle.rewrites_left add column version integer;
