-- Why something is suspended and whom to ask is sealed like all reasons people write. A statement cannot seal: what is here in the clear is sealed by the program
-- before it serves (SealSuspensions), and the columns are empty from then on.
alter table access.suspensions rename column reason to reason_before;
alter table access.suspensions rename column contact to contact_before;
alter table access.suspensions
    alter column reason_before drop not null,
    alter column contact_before drop not null,
    add column row_id uuid not null default gen_random_uuid(),
    add column reason bytea,
    add column contact bytea,
    add check ((reason is null) = (contact is null) and (reason_before is null) = (contact_before is null)),
    add check ((reason is null) <> (reason_before is null));
