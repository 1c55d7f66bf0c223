namespace Fieldkeep.Server.Tests.Support;

/// <summary>Stops a server's work at one place, as a database does that goes away there.</summary>
internal static class Stopping
{
    /// <summary>From now on, what does this to a table fails.</summary>
    /// <param name="when">Such as <c>before update on lifecycle.rewrites</c>.</param>
    /// <param name="condition">Of which rows; written in the test.</param>
    public static Task StopAtAsync(this TestServer server, string when, string condition) => server.QueryAsync<long>(
        $"""
        create or replace function public.stop_here() returns trigger language plpgsql as $$ begin raise exception 'stopped here'; end $$;
        create trigger stop_here {when} for each row when ({condition}) execute function public.stop_here();
        select 1::bigint
        """);

    /// <summary>From now on it goes on.</summary>
    public static Task GoOnAsync(this TestServer server, string table) => server.QueryAsync<long>($"drop trigger stop_here on {table}; select 1::bigint");
}
