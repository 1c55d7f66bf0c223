using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.AccessLog;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Wire.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Api;

/// <summary>Answers <c>/api/account/access-log</c> and <c>/api/accounts/{id}/access-log</c>: who came in, was refused, and did what.</summary>
internal static class AccessLogApi
{
    private const int LinesAtOnce = 100;

    // A year of a busy person; more is asked for in parts, by “from” and “until”.
    private const int MostInFile = 10_000;

    /// <summary>Maps the routes.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var own = api.MapGroup("/account/access-log").WithTags("Access log").Refuses(403, "session.needed").Refuses(404, "account.not_found");
        own.MapGet("", ListOwnAsync)
            .Declare("listOwnAccess", "List who used your account, when, from where, newest first")
            .Refuses(400, "audit.bad_cursor", "access_log.bad_topic");
        own.MapGet("/hour", ListHourAsync)
            .Declare("listOwnAccessOfHour", "List the single lines behind one that stands for an hour");
        own.MapGet("/file", SendAsync)
            .Declare("downloadOwnAccess", "Download your access log as CSV")
            .Refuses(400, "access_log.bad_topic")
            .SendsFile("text/csv");
        api.MapGet("/accounts/{id:long}/access-log", ListAsync)
            .WithTags("Access log")
            .Declare("listAccess", "List who used someone's account; network addresses only where the server allows it", Permission.AuditRead)
            .Refuses(400, "audit.bad_cursor", "access_log.bad_topic")
            .Refuses(403, "token.not_here")
            .Refuses(404, "account.not_found");
        api.MapGet("/access-log/strangers", ListStrangersAsync)
            .WithTags("Access log")
            .Declare("listStrangers", "List attempts with names and tokens that nobody has, newest first", Permission.AuditRead);
    }

    private static async Task<AccessLogPage> ListOwnAsync(
        OwnCall call, [AsParameters] AccessLogParameters wanted, ReadAccessLog read, AccountQueries accounts) =>
        await PageAsync(call.Actor, call.Actor.Id, wanted, true, read, accounts, call.Aborted);

    private static async Task<AccessLogPage> ListAsync(
        Call call,
        long id,
        [AsParameters] AccessLogParameters wanted,
        ReadAccessLog read,
        AccountQueries accounts,
        ServerSettings settings) =>
        await PageAsync(call.Actor, new ActorId(id), wanted, settings.AdministratorsSeeAddresses, read, accounts, call.Aborted);

    private static async Task<ItemList<AccessItem>> ListHourAsync(
        OwnCall call,
        [Description("The `kind` of the line."), Required, MaxLength(60)] string kind,
        [Description("The `at` of the line.")] DateTimeOffset at,
        [Description("The `project` of the line, if it has one.")] long? project,
        ReadAccessLog read,
        AccountQueries accounts)
    {
        var lines = await read.ListOfHourAsync(call.Actor, kind, project, at.ToUniversalTime(), call.Aborted);
        var names = await accounts.NamesAsync(lines.Select(line => line.ActorId), call.Aborted);
        return ItemList.Of(lines, line => AccessItem.Of(line, names));
    }

    private static async Task<ItemList<AccessItem>> ListStrangersAsync(
        Call call,
        [Description("Only before this instant; without it, up to now.")] DateTimeOffset? before,
        [Description("Lines at most. Default: 100."), Range(1, ReadAccessLog.MostLines)] int? limit,
        ReadAccessLog read,
        ServerSettings settings)
    {
        var lines = await read.ListOfNobodyAsync(
            call.Actor, before?.ToUniversalTime(), limit ?? LinesAtOnce, settings.AdministratorsSeeAddresses, call.Aborted);
        return ItemList.Of(lines, line => AccessItem.Of(line, new Dictionary<long, string>()));
    }

    private static async Task SendAsync(
        OwnCall call, [AsParameters] AccessLogParameters wanted, ReadAccessLog read, AccountQueries accounts)
    {
        var items = new List<AccessItem>();
        var next = wanted with { Limit = ReadAccessLog.MostLines };
        do
        {
            var page = await PageAsync(call.Actor, call.Actor.Id, next, true, read, accounts, call.Aborted);
            items.AddRange(page.Items);
            next = next with { Before = page.Next };
        }
        while (next.Before is not null && items.Count < MostInFile);

        call.Http.Response.ContentType = "text/csv; charset=utf-8";
        FileAnswer.NameIt(call.Http, "access-log.csv");
        await call.Http.Response.WriteAsync(AccessLogFile.Write(items), call.Aborted);
    }

    private static AccessTopic TopicOf(string? topic) => topic switch
    {
        null or "" or "all" => AccessTopic.All,
        "signIns" => AccessTopic.SignIns,
        "refusals" => AccessTopic.Refusals,
        "account" => AccessTopic.Account,
        "data" => AccessTopic.Data,
        _ => throw new ProblemException(
            "access_log.bad_topic", 400, $"“topic” is “{topic}”; give all, signIns, refusals, account or data."),
    };

    private static async Task<AccessLogPage> PageAsync(
        Actor actor,
        ActorId account,
        AccessLogParameters wanted,
        bool withAddresses,
        ReadAccessLog read,
        AccountQueries accounts,
        CancellationToken cancellationToken)
    {
        var query = new AccessLogQuery(
            TopicOf(wanted.Topic),
            wanted.From?.ToUniversalTime(),
            wanted.Until?.ToUniversalTime(),
            wanted.Before,
            wanted.Limit ?? LinesAtOnce,
            withAddresses);
        var page = await read.RunAsync(actor, account, query, cancellationToken);
        var names = await accounts.NamesAsync(page.Items.Select(line => line.ActorId), cancellationToken);
        return new AccessLogPage([.. page.Items.Select(line => AccessItem.Of(line, names))], page.Next);
    }
}

/// <summary>Which part of an access log is wanted.</summary>
internal sealed record AccessLogParameters
{
    /// <summary>`signIns`, `refusals`, `account` or `data`; without it, or with `all`, everything.</summary>
    public string? Topic { get; init; }

    /// <summary>The first instant.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that is too late.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The `next` of the page before.</summary>
    public string? Before { get; init; }

    /// <summary>Lines at most. Default: 100.</summary>
    [Range(1, ReadAccessLog.MostLines)]
    public int? Limit { get; init; }
}
