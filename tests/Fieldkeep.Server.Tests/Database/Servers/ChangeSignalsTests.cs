using System.Reflection;
using System.Text.RegularExpressions;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Exports.Jobs;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Forms.Confidential;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Tests.Support;
using Fieldkeep.Vault.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Fieldkeep.Server.Tests.Database.Servers;

/// <summary>What one server changes, no other goes on by: it is told with the commit, and who does not hear remembers nothing.</summary>
public sealed partial class ChangeSignalsTests(TestServer server, TestCluster cluster) : IClassFixture<TestServer>
{
    private const string Triggers = """
        select t.tgrelid::regclass::text || ' ' || split_part(encode(t.tgargs, 'escape'), '\000', 1)
        from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'database' and p.proname = 'tell_change' and not t.tgisinternal and t.tgenabled = 'O'
          -- For each row, after an insert, a delete and an update, of all columns but when a phone was used last.
          and t.tgtype & 29 = 29
          and (cardinality(t.tgattr::int2[]) = 0 or t.tgattr::int2[] @> (
              select array_agg(a.attnum) from pg_attribute a
              where a.attrelid = t.tgrelid and a.attnum > 0 and not a.attisdropped and a.attname <> 'last_used_at'))
        """;

    private const string Listeners = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name = 'fieldkeep hears'";

    // By what each of them remembers, and the statements that it reads that with.
    private static readonly Dictionary<Type, (Type Of, string[] Statements, string Word)[]> Memories = new()
    {
        [typeof(HeldRoles)] = [(typeof(HeldRoles), ["OfActor"], "rights")],
        [typeof(Places)] = [(typeof(Places), ["Path"], "rights")],
        [typeof(DeploymentCatalogue)] = [(typeof(DeploymentRows), ["All", "AllStages", "Forms"], "rights")],
        [typeof(Suspensions)] = [(typeof(Suspensions), ["All"], "rights")],
        [typeof(FindLimits)] = [(typeof(LimitRow), ["All"], "rights")],
        [typeof(AppUserTokens)] = [(typeof(AppUserTokens), ["ByToken"], "phones")],
        [typeof(FactorRules)] = [(typeof(FactorRules), ["All"], "factors")],
        [typeof(ProjectRefs)] = [(typeof(ProjectQueries), ["One"], "projects")],
        [typeof(FormConditions)] = [(typeof(RowConditionStore), ["OfForm"], "conditions"), (typeof(FormQueries), ["Published"], "forms")],
        [typeof(FormCatalogue)] =
        [
            (typeof(FormCatalogue), ["FormsOfProject", "VersionsOfProject"], "forms"),
            (typeof(ConfidentialFlags), ["Count", "InEffect"], "confidential"),
        ],
    };

    // They ask by it, or whether it hears, or make others forget: they remember nothing.
    private static readonly Type[] Others = [typeof(AccessEpoch), typeof(Policy), typeof(ForgetProject), typeof(HearChanges), typeof(FetchExport), typeof(ExportJobs)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Whatever_is_remembered_is_listed_here() => Assert.Equal(
        Memories.Keys.Concat(Others).Select(type => type.Name).Order(),
        typeof(ChangeSignals).Assembly.GetTypes()
            .Where(type => type.GetConstructors().Any(made => made.GetParameters().Any(one => one.ParameterType == typeof(ChangeSignals) || one.ParameterType == typeof(AccessEpoch))))
            .Select(type => type.Name).Order());

    [Fact]
    public async Task Every_table_that_is_remembered_tells_of_each_change_whoever_makes_it()
    {
        var told = await server.Services.GetRequiredService<Db>().ListAsync<string>(Triggers, null, Token);
        var read = from memory in Memories.Values
                   from source in memory
                   from statement in source.Statements
                   from match in TableInSql().Matches(TextOf(source.Of, statement))
                   select $"{match.Groups["table"].Value} {source.Word}";
        var owed = read.ToHashSet(StringComparer.Ordinal);

        Assert.Equal(16, owed.Count);
        Assert.Empty(owed.Except(told));
    }

    [Fact]
    public async Task What_one_server_takes_away_is_gone_on_the_other_though_no_time_passes()
    {
        await using var beside = server.Beside(isOneOfSeveral: true);
        await beside.InitializeAsync();

        // What it remembers never grows too old there: whatever it forgets, it was told of.
        beside.Clock.Freeze();
        var admin = await server.OrganisationAdminAsync();
        var project = new ProjectId(await admin.ProjectAsync());
        await admin.UploadAsync(project.Value, Village.Form());
        var (id, token) = await admin.AppUserAsync(project.Value);
        var (signals, tokens) = (beside.Services.GetRequiredService<ChangeSignals>(), beside.Services.GetRequiredService<AppUserTokens>());
        var catalogue = beside.Services.GetRequiredService<FormCatalogue>();
        var phone = new Actor(new ActorId(id), ActorKind.AppUser, "", Door.OpenRosa, null);
        var roles = beside.Services.GetRequiredService<HeldRoles>();
        await Sealing.UntilAsync(() => Task.FromResult(signals.IsHeard));

        Assert.NotNull(await tokens.FindAsync(token, Token));
        Assert.NotEmpty(await roles.OfAsync(phone, Token));
        Assert.Equal(FormState.Open, (await catalogue.FindAsync(project, Village.FormId, Token))?.State);

        // Not before the commit, and by whatever hand.
        await using (var tx = await server.Services.GetRequiredService<Db>().BeginAsync(Token))
        {
            await tx.ExecuteAsync("update forms.forms set state = 'closed' where project_id = @project", new { project }, Token);
            Assert.Equal(FormState.Open, (await catalogue.FindAsync(project, Village.FormId, Token))?.State);
            await tx.CommitAsync(Token);
        }

        await Sealing.UntilAsync(async () => (await catalogue.FindAsync(project, Village.FormId, Token))?.State == FormState.Closed);

        using var revoked = await admin.SendAsync(HttpMethod.Delete, $"/api/projects/{project}/app-users/{id}");
        Assert.True(revoked.IsSuccessStatusCode);
        await Sealing.UntilAsync(async () => await tokens.FindAsync(token, Token) is null);
        await Sealing.UntilAsync(async () => (await roles.OfAsync(phone, Token)).Count == 0);

        // And the other way round: one that was started alone hears, too.
        server.Clock.Freeze();
        var (second, its) = await admin.AppUserAsync(project.Value);
        var known = server.Services.GetRequiredService<AppUserTokens>();
        Assert.NotNull(await known.FindAsync(its, Token));
        using var elsewhere = await (await beside.OrganisationAdminAsync()).SendAsync(HttpMethod.Delete, $"/api/projects/{project}/app-users/{second}");
        Assert.True(elsewhere.IsSuccessStatusCode);
        await Sealing.UntilAsync(async () => await known.FindAsync(its, Token) is null);
    }

    [Fact]
    public void One_of_several_that_does_not_hear_itself_remembers_nothing_and_one_alone_does()
    {
        var clock = new FakeClock();
        var alone = new ChangeSignals(new DatabaseLife(), new OwnServer("alone", isOneOfSeveral: false), clock);
        var signals = new ChangeSignals(new DatabaseLife(), new OwnServer("one", isOneOfSeveral: true), clock);
        var (readAt, count) = (clock.GetTimestamp(), signals.CountOf(ChangeKind.Rights));
        Assert.Equal((true, false), (alone.IsFresh(readAt), signals.IsFresh(readAt)));

        var now = TimeProvider.System.GetTimestamp();
        signals.HearSelf(now);
        Assert.True(signals.IsFresh(readAt));
        signals.HearSelf(now - TimeProvider.System.TimestampFrequency);
        Assert.False(signals.IsFresh(readAt));

        signals.HearSelf(TimeProvider.System.GetTimestamp());
        Assert.False(signals.Hear("unlocks"));
        Assert.Equal(count, signals.CountOf(ChangeKind.Rights));
        Assert.True(signals.Hear("rights"));
        Assert.NotEqual(count, signals.CountOf(ChangeKind.Rights));
        count = signals.CountOf(ChangeKind.Rights);
        signals.Miss();
        alone.Miss();
        Assert.Equal((1, 0), (signals.Breaks, alone.Breaks));
        Assert.Equal((false, true), (signals.IsFresh(readAt), signals.CountOf(ChangeKind.Rights) > count));
        clock.Advance(ChangeSignals.Longest);
        Assert.False(alone.IsFresh(readAt));
    }

    [Fact]
    public async Task A_connection_that_ends_may_have_missed_something_and_what_is_done_by_words_is_told_so()
    {
        await using var db = Db.Open(await cluster.CreateDatabaseAsync());
        var own = new OwnServer("one", isOneOfSeveral: true);
        var signals = new ChangeSignals(db.Life, own, TimeProvider.System);
        using var keyring = Keyring.Create(
            KeyringFiles.Below(Directory.CreateDirectory(Path.Combine(cluster.Folder, Guid.CreateVersion7().ToString("n"))).FullName), TimeProvider.System);
        var heard = new List<string?>();
        var mine = new OnSignal("answers", (rest, _) =>
        {
            lock (heard)
            {
                heard.Add(rest);
            }

            return Task.CompletedTask;
        });
        using var hear = new HearChanges(db, signals, own, keyring, [mine], NullLogger<HearChanges>.Instance);
        await hear.StartAsync(Token);
        Assert.NotNull(keyring.IsTold);
        await HeardAsync(1);
        await OnSignal.TellAsync(db, "answers 7", Token);
        await HeardAsync(2);
        await Sealing.UntilAsync(() => Task.FromResult(signals.IsHeard));
        var count = signals.CountOf(ChangeKind.Phones);

        Assert.Equal(1, await db.GetAsync<long>(Listeners, null, Token));
        await HeardAsync(3);
        await Sealing.UntilAsync(() => Task.FromResult(signals.IsHeard));
        Assert.True(signals.CountOf(ChangeKind.Phones) > count);
        lock (heard)
        {
            Assert.Equal([null, "7", null], heard);
        }

        await hear.StopAsync(Token);
        Assert.Null(hear.FailingFor);

        Task HeardAsync(int times) => Sealing.UntilAsync(() =>
        {
            lock (heard)
            {
                return Task.FromResult(heard.Count >= times);
            }
        });
    }

    private static string TextOf(Type type, string name) => (string)(type.GetField(name, BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.Static)
        ?? throw new InvalidOperationException($"{type.Name} has no statement {name}.")).GetRawConstantValue()!; // a constant text

    [GeneratedRegex(@"\b(from|join)\s+(?<table>[a-z_]+\.[a-z_]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableInSql();
}
