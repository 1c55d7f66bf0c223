-- What servers remember of these tables is told with each change of them, to all who listen and with the commit: whoever changes them cannot leave it out
-- (decision 0050). The same word several times in one transaction is told once.
create function database.tell_change() returns trigger language plpgsql as $$
begin
    perform pg_notify('fieldkeep', tg_argv[0]);
    return null;
end $$;

create trigger told after insert or update or delete on access.grants for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on access.members for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on access.places for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on access.roles for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on access.suspensions for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on limits.limits for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on deployments.deployments for each row execute function database.tell_change('rights');
create trigger told after insert or update or delete on deployments.stages for each row execute function database.tell_change('rights');

-- Without when it was used last: each phone writes that once a minute.
create trigger told after insert or delete or update of actor_id, project_id, token_hash, created_by, revoked_at on accounts.app_users
    for each row execute function database.tell_change('phones');
create trigger told after insert or update or delete on accounts.actors for each row execute function database.tell_change('phones');

create trigger told after insert or update or delete on forms.forms for each row execute function database.tell_change('forms');
create trigger told after insert or update or delete on forms.versions for each row execute function database.tell_change('forms');
create trigger told after insert or update or delete on forms.confidential_flags for each row execute function database.tell_change('confidential');
create trigger told after insert or update or delete on submissions.row_conditions for each row execute function database.tell_change('conditions');
create trigger told after insert or update or delete on organisations.projects for each row execute function database.tell_change('projects');
create trigger told after insert or update or delete on accounts.factor_rules for each row execute function database.tell_change('factors');
create trigger told after insert or update or delete on incidents.incidents for each row execute function database.tell_change('incidents');
create trigger told after insert or update or delete on incidents.updates for each row execute function database.tell_change('incidents');

-- What is to be looked at at once: keys that were destroyed or replaced, and accounts whose counters were emptied.
create trigger told after update of keys_destroyed_at on erasure.projects for each row execute function database.tell_change('keys');
create trigger told after insert or update of destroyed_at on keys.rotations for each row execute function database.tell_change('keys');
create trigger told after insert on accounts.unlocks for each row execute function database.tell_change('unlocks');
