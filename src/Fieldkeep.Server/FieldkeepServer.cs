using Fieldkeep.Server.Access;
using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Accounts.Factors;
using Fieldkeep.Server.Answers;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Database.Servers;
using Fieldkeep.Server.Deployments;
using Fieldkeep.Server.Erasure;
using Fieldkeep.Server.Exports;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Health;
using Fieldkeep.Server.Hooks;
using Fieldkeep.Server.Incidents;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Lifecycle;
using Fieldkeep.Server.Limits;
using Fieldkeep.Server.Mail;
using Fieldkeep.Server.Maintenance;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Past;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Server.Recovery;
using Fieldkeep.Server.Rights;
using Fieldkeep.Server.Setup;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Intake;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Server.SupportAccess;
using Fieldkeep.Server.Wire.Api;
using Fieldkeep.Server.Wire.CentralV1;
using Fieldkeep.Server.Wire.OData;
using Fieldkeep.Server.Wire.OpenApi;
using Fieldkeep.Server.Wire.OpenRosa;
using Fieldkeep.Server.Wire.Shared;
using Fieldkeep.Server.Witnesses;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server;

/// <summary>Composes the server into an ASP.NET Core application. The only way in from outside.</summary>
public static class FieldkeepServer
{
    /// <summary>The last migration of this version.</summary>
    public static string LastMigration => Migrator.LastEmbedded;

    /// <summary>The name of the server of a data directory: what it is called in alerts, and on a database that others may reach, too. Made the first time.</summary>
    public static string NameOf(string dataDirectory) => Machine.Of(dataDirectory).Name;

    /// <summary>Adds every room, in floor order.</summary>
    public static WebApplicationBuilder AddFieldkeep(this WebApplicationBuilder builder, ServerSettings settings)
    {
        var services = builder.Services;
        services
            .AddSingleton(settings)
            .AddSingleton(settings.Clock)
            .AddSingleton<Measures>()
            .AddSingleton(settings.Keyring)
            .AddSingleton(_ => Db.Open(settings.ConnectionString))
            .AddSingleton(provider => provider.GetRequiredService<Db>().Life)
            .AddServers(() => settings.ServerName ?? NameOf(settings.DataDirectory), settings.IsOneOfSeveral, settings.SharedDirectory)
            .AddSingleton<Migrator>()
            .AddSingleton<OwnInstallation>()
            .AddSingleton(new KeptFolder(Path.Combine(settings.DataDirectory, "kept"), settings.Keyring))
            .AddBlobs(Path.Combine(settings.DataDirectory, "blobs"), settings.Backup, settings.IsOneOfSeveral)
            .AddAccess()
            .AddLedger(settings.DataDirectory)
            .AddAudit()
            .AddMail(settings.Mail, settings.PublicAddress, Path.Combine(settings.DataDirectory, "mail"))
            .AddHooks(settings.PrivateWebhooks)
            .AddSingleton(new FactorGrace(settings.SecondFactorGrace))
            .AddAccounts(settings.ExternalProvider)
            .AddOrganisations()
            .AddLimits()
            .AddSupportAccess()
            .AddKeys(settings.OldKeysFor)
            .AddForms()
            .AddDeployments()
            .AddSubmissions(new SubmissionLimits(), new ReadsAnHour(settings.ConfidentialReadsAnHour), settings.JournalDirectory)
            .AddAnswers()
            .AddExports(Path.Combine(settings.DataDirectory, "spool"))
            .AddLifecycle()
            .AddErasure()
            .AddRecoveries()
            .AddRecovery()
            .AddRights()
            .AddPast()
            .AddSingleton<DescribeBackups>()
            .AddSingleton<ListBaseBackups>()
            .AddSingleton<TryOutRestore>()
            .AddSingleton<ListServers>()
            .AddSingleton<ForgetServer>()
            .AddWitnesses()
            .AddHealth(settings.DataDirectory, settings.JournalDirectory)
            .AddIncidents()
            .AddSetup(settings.SetupCode)
            .AddSingleton(new PublicAddress(settings.PublicAddress))
            .AddWireShared()
            .AddSingleton<MentionedNames>()
            .AddSingleton<ActivityNames>()
            .AddSingleton<Candidates>()
            .AddOpenRosa()
            .AddCentralV1()
            .AddSingleton<SessionView>()
            .AddOpenApiDocuments();
        services.AddRouting();
        return builder;
    }

    /// <summary>
    /// Takes the database for this process until the application stops; call before <see cref="MigrateAsync"/>, in a server that is about to serve or in a command that no
    /// server runs beside.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="isPrivate">Whether the database's cluster lies in the data directory, which one process has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServedElsewhereException">Another process has it. Nothing was changed.</exception>
    public static Task TakeDatabaseAsync(this WebApplication app, bool isPrivate, CancellationToken cancellationToken) =>
        app.Services.GetRequiredService<DatabaseHold>().TakeAsync(isPrivate, cancellationToken);

    /// <summary>Tells whether the application stopped because another server took its database over.</summary>
    public static bool HasLostDatabase(this WebApplication app) => app.Services.GetRequiredService<KeepServers>().IsReplaced;

    /// <summary>
    /// Proves that this server has the folder of the others on its database, and says that it is there; nothing in a server that is alone, which says so when it starts.
    /// Call after <see cref="MigrateAsync"/> and before <see cref="DrainAgainAsync"/>, which stores.
    /// </summary>
    /// <exception cref="ServedElsewhereException">It has another, or a copy.</exception>
    public static Task EnterAsync(this WebApplication app, CancellationToken cancellationToken) => app.Services.GetRequiredService<OwnServer>().IsOneOfSeveral
        ? app.Services.GetRequiredService<KeepServers>().EnterAsync(cancellationToken)
        : Task.CompletedTask;

    /// <summary>Brings the database to this program's schema, and ends what a restore brought back; call once before the application starts.</summary>
    /// <returns>The names of the migrations applied.</returns>
    /// <exception cref="Vault.VaultException">KeyringMissing: the database belongs to other keys. Nothing was changed.</exception>
    /// <exception cref="SchemaException">The database is of a later version, or a migration failed. Nothing was changed.</exception>
    /// <exception cref="ServedElsewhereException">A server of an earlier version is beside this one. Nothing was changed.</exception>
    public static async Task<IReadOnlyList<string>> MigrateAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        var own = app.Services.GetRequiredService<OwnInstallation>();
        await own.RequireAsync(cancellationToken);
        if (app.Services.GetRequiredService<OwnServer>().IsOneOfSeveral
            && await app.Services.GetRequiredService<Migrator>().PlanAsync(cancellationToken) is { IsUpgrade: true }
            && await app.Services.GetRequiredService<ServerRows>().FindHeardAsync(cancellationToken) is { } earlier)
        {
            throw ServedElsewhereException.Earlier(earlier);
        }

        await app.Services.GetRequiredService<SharedFolder>().RequireNewestAsync(cancellationToken);
        var applied = await app.Services.GetRequiredService<Migrator>().RunAsync(cancellationToken);
        await own.NoteAsync(cancellationToken);
        await app.Services.GetRequiredService<SealSuspensions>().RunAsync(cancellationToken);
        await app.Services.GetRequiredService<EndAfterRestore>().RunOnceAsync(cancellationToken);
        return applied;
    }

    /// <summary>Requires that the database is of this program's version, or new: who only works beside a server upgrades nothing, for that takes a snapshot first.</summary>
    /// <exception cref="SchemaException">Older or Newer: it is of another version.</exception>
    public static async Task RequireThisVersionAsync(this WebApplication app, CancellationToken cancellationToken)
    {
        if (await app.Services.GetRequiredService<Migrator>().PlanAsync(cancellationToken) is { IsUpgrade: true } plan)
        {
            throw new SchemaException(
                SchemaTrouble.Older,
                $"the database is of an earlier version: it lacks the migration {plan.Pending[0]}",
                "start the server with this version first: it takes a snapshot and upgrades");
        }
    }

    /// <summary>
    /// Stores what the intake journal holds and a restored database lacks; call once after <see cref="MigrateAsync"/> in a server that is about to serve, and nowhere
    /// else. Fails for no record.
    /// </summary>
    public static Task DrainAgainAsync(this WebApplication app, CancellationToken cancellationToken) =>
        app.Services.GetRequiredService<DrainAgain>().RunOwedAsync(cancellationToken);

    /// <summary>Tells whether nobody has set this server up yet.</summary>
    public static Task<bool> IsSetupNeededAsync(this WebApplication app, CancellationToken cancellationToken) =>
        app.Services.GetRequiredService<SetupState>().IsNeededAsync(cancellationToken);

    /// <summary>Maps every door.</summary>
    public static WebApplication MapFieldkeep(this WebApplication app)
    {
        app.Lifetime.ApplicationStarted.Register(() => TellAddress(app));
        app.UseForwardedCallers(app.Services.GetRequiredService<ServerSettings>().TrustedProxies);
        app.UseWireShared();
        app.MapHealth();
        app.MapSecurityText();
        app.MapOpenRosa();
        app.MapCentralV1();
        app.MapOData();
        app.MapApi();
        app.MapOpenApiDocuments();
        app.MapWebPages(app.Services.GetRequiredService<ServerSettings>().WebRoot);
        return app;
    }

    // Links in letters lead where the server listens, unless the settings name its public address.
    private static void TellAddress(WebApplication app)
    {
        if (app.Urls.FirstOrDefault(url => url.StartsWith("https:", StringComparison.Ordinal)) is { } url)
        {
            var at = url.Replace("*", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal);
            app.Services.GetRequiredService<MailLinks>().Listens(new Uri(at));
            app.Services.GetRequiredService<OwnServer>().Listens(app.Services.GetRequiredService<ServerSettings>().PublicAddress ?? new Uri(at));
        }
    }
}
