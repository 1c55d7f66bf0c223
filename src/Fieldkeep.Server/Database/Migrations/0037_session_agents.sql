-- What a client calls itself may say more than anyone should keep: sessions keep two words of a list of ours, as the access log does.
update accounts.sessions set agent = null where agent is not null;
alter table accounts.sessions add constraint sessions_agent_words check (length(agent) <= 81);
