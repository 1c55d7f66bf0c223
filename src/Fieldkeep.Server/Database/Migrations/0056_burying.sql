-- burying: the grace is over and rows are being written anew; from here on nobody gets the account back.
alter table rights.removals drop constraint removals_state_check;
alter table rights.removals add constraint removals_state_check check (state in ('asked', 'waiting', 'burying', 'cancelled', 'done'));
alter table rights.removals add constraint removals_burying_due check (state <> 'burying' or due_at is not null);
