-- An erased project takes nothing any more. Whoever writes asks at the end of the transaction: an erasure that was not seen here waits for this
-- transaction before it deletes.
create function organisations.refuse_erased(asked bigint[]) returns void language plpgsql as $$
begin
    if exists (select from organisations.projects where id = any (asked) and erased_at is not null) then
        raise exception 'a project was erased meanwhile' using errcode = 'FK001';
    end if;
end
$$;

-- What was on its way in another room when the rows went is looked for once more.
alter table erasure.projects add column looked_again_at timestamptz;
drop index erasure.projects_unfinished;
create index projects_unfinished on erasure.projects (begun_at) where rows_erased_at is null or copies_open or looked_again_at is null;
