-- What is confidential in a form changed: what its conditions were found to be is of before. Until they were asked again by what is confidential now they show
-- nothing; one that asks a confidential question stays so. kinds is set to what none has, so that what was found is forgotten first.
create function submissions.begin_conditions_again() returns trigger language plpgsql as $$
begin
    update submissions.row_conditions set ready_at = null, kinds = '?' where form_id = new.form_id and deleted_at is null;
    return null;
end
$$;
create trigger begin_conditions_again after insert on forms.confidential_flags
    for each row execute function submissions.begin_conditions_again();
