// Holds an upgrade at one of its statements, through PostgreSQL itself, and kills it there.
import { pause } from '../../../bench/load/server.mjs';
import { run, sql } from './trial.mjs';

/** What a program holds while it migrates, and nobody else: 1 × 2³² + 2929042705. */
export const LOCK = 'select pg_advisory_lock(7224010001)';

/**
 * While somebody migrates: before every statement that changes the schema, and before every one that changes rows of a table that is there already, the statement is
 * counted; at the one that is due, it sleeps. A sequence counts over rollbacks.
 */
export const HOOK = `
  create schema hook;
  create sequence hook.statements;
  create table hook.due (statement bigint not null);
  insert into hook.due values (0);
  create function hook.count() returns void language plpgsql security definer as $$
  begin
    if exists (select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and classid = 1 and objid = 2929042705) and nextval('hook.statements') = (select statement from hook.due) then
      perform pg_sleep(600);
    end if;
  end $$;
  create function hook.on_ddl() returns event_trigger language plpgsql security definer as $$ begin perform hook.count(); end $$;
  create function hook.on_rows() returns trigger language plpgsql security definer as $$ begin perform hook.count(); return null; end $$;
  do $$
  declare place text;
  begin
    for place in select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'hook') loop
      execute format('create trigger zz_hook before insert or update or delete on %s for each statement execute function hook.on_rows()', place);
    end loop;
  end $$;
  create event trigger hook on ddl_command_start execute function hook.on_ddl();
`;

/** Makes no statement due, whatever was counted; what sleeps sleeps on. */
export const DISARM = 'update hook.due set statement = 0;';

/** Makes a statement due, counted from now on; 0 for none. */
export const statementsOf = (due) => `${DISARM} select setval('hook.statements', 1, false); update hook.due set statement = ${due};`;

/** Whether a statement sleeps at the hook. */
export const isHeld = async (server) => {
  try {
    return (await sql(server, "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")).trim() !== '0';
  } catch {
    // PostgreSQL does not run yet, or is stopped for the snapshot.
    return false;
  }
};

/** Kills server and PostgreSQL at once, and waits until neither is there. */
export const kill = async (server) => {
  const postgres = server.postgresPid;
  if (postgres) {
    process.kill(postgres, 'SIGKILL');
  }
  await server.kill();
  // What copies is a child of nobody now, and must not go on.
  await run('sh', ['-c', `for p in $(pgrep -x cp); do case "$(tr '\\0' ' ' < /proc/$p/cmdline)" in *${server.data}*) kill -9 $p;; esac; done`]);
  while (server.postgresPid) {
    await pause(20);
  }
};

/** What the database is: its columns, its constraints and its migrations. */
export const shapeOf = (server) => sql(server, `
  select md5(string_agg(table_schema || '.' || table_name || '.' || column_name || ' ' || data_type, ',' order by 1)) from (
    select * from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema', 'hook')
    order by table_schema, table_name, ordinal_position) c;
  select md5(string_agg(conrelid::regclass || pg_get_constraintdef(oid), ',' order by conrelid::regclass::text, pg_get_constraintdef(oid))) from pg_constraint;
  select string_agg(name, ',' order by name) from database.migrations;
`);
