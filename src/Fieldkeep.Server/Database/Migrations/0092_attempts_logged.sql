-- A copy of the database that takes over has the attempts at secrets, too: else each failover would forgive them all (decision 0025).
alter table accounts.attempts set logged;
