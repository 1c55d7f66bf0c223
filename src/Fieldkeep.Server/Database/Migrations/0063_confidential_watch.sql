-- How many confidential answers somebody was shown of a form, in steps of ten minutes; of a day at most. told_at: when the form's administrators were told
-- that it were many.
create table submissions.confidential_reads (
    actor_id bigint not null,
    form_id bigint not null,
    slot timestamptz not null,
    reads bigint not null check (reads > 0),
    told_at timestamptz,
    primary key (actor_id, form_id, slot)
);

-- Whether those who answer for a form were told that a question will be shown to more people, and that it is. What was set before this needs no letter.
alter table forms.confidential_flags add column told_at timestamptz, add column told_effect_at timestamptz;
update forms.confidential_flags set told_at = now(), told_effect_at = case when takes_effect_at <= now() then now() end;
create index confidential_flags_untold on forms.confidential_flags (takes_effect_at)
    where takes_effect_at > set_at and told_effect_at is null and withdrawn_at is null;

-- Files that confidential questions name are not counted any more: how many there are tells whether they were answered.
update submissions.submissions s
set attachments_expected = open.expected, attachments_present = open.present
from (
    select submission_id, version, count(*) filter (where not confidential) as expected,
           count(*) filter (where not confidential and blob is not null) as present
    from submissions.attachments group by submission_id, version having bool_or(confidential)) open
where open.submission_id = s.id and open.version = s.current_version;
