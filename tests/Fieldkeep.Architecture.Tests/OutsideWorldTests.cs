using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>Says which parts of the house may touch what lies outside it.</summary>
public sealed class OutsideWorldTests
{
    private const string Cryptography = "System.Security.Cryptography.";

    private static readonly string[] Assemblies = ["Fieldkeep.XForms", "Fieldkeep.Vault", "Fieldkeep.Backup", "Fieldkeep.Journal", "Fieldkeep.Server", "fieldkeep"];

    // Passwords and tokens are checked in Accounts (docs/decisions/0013).
    private static readonly string[] OneWay = ["Rfc2898DeriveBytes", "HMAC"];

    // Hashes are not here: a content address is no secret. Keys, ciphers and what makes keys are.
    private static readonly string[] Ciphers =
    [
        "Aes", "ChaCha20Poly1305", "RSA", "ECDsa", "ECDiffieHellman", "DSA", "TripleDES", "HKDF", "MLKem", "MLDsa",
        .. OneWay,
    ];

    private static readonly IReadOnlyList<CompiledType> Types = [.. Assemblies.SelectMany(name => CompiledAssembly.Read(name).Types)];

    [Fact]
    public void Only_wire_the_composition_and_the_executable_know_asp_net() =>
        Strays.AssertNone(StrangersUsing(
            used => used.StartsWith("Microsoft.AspNetCore.", StringComparison.Ordinal),
            type => IsIn(type, "Fieldkeep.Server.Wire") || type.Namespace is "Fieldkeep.Server" or "Fieldkeep" || IsIn(type, "Fieldkeep.Serving")
                || IsIn(type, "Fieldkeep.Cli")));

    [Fact]
    public void Only_the_vault_holds_ciphers_and_the_executable_makes_certificates() =>
        Strays.AssertNone(StrangersUsing(
            used => IsAnyOf(used, Ciphers),
            type => IsIn(type, "Fieldkeep.Vault") || IsIn(type, "Fieldkeep.Tls") || IsIn(type, "Fieldkeep.Server.Accounts")));

    [Fact]
    public void Accounts_use_one_way_functions_and_no_cipher() =>
        Strays.AssertNone(
            from type in Types
            where IsIn(type, "Fieldkeep.Server.Accounts")
            from used in type.Uses
            where IsAnyOf(used, Ciphers) && !IsAnyOf(used, OneWay)
            select $"{type.FullName} uses {used}");

    [Fact]
    public void Only_backup_starts_processes() =>
        Strays.AssertNone(StrangersUsing(
            used => used.StartsWith("System.Diagnostics.Process", StringComparison.Ordinal),
            type => IsIn(type, "Fieldkeep.Backup")));

    [Fact]
    public void Only_database_and_backup_open_connections() =>
        Strays.AssertNone(StrangersUsing(
            used => used is "Npgsql.NpgsqlConnection" or "Npgsql.NpgsqlDataSource" or "Npgsql.NpgsqlDataSourceBuilder",
            type => IsIn(type, "Fieldkeep.Server.Database") || IsIn(type, "Fieldkeep.Backup")));

    [Theory]
    [InlineData("Fieldkeep.XForms", "ExcelDataReader")]
    [InlineData("Fieldkeep.Vault", "")]
    [InlineData("Fieldkeep.Backup", "Fieldkeep.Vault Npgsql AWSSDK.Core AWSSDK.S3")]
    [InlineData("Fieldkeep.Journal", "Fieldkeep.Vault")]
    public void A_tool_knows_nothing_beyond_its_few_references(string assembly, string allowed)
    {
        var references = CompiledAssembly.Read(assembly).References
            .Where(name => name is not "netstandard" && !name.StartsWith("System.", StringComparison.Ordinal));

        Strays.AssertNone(references.Except(allowed.Split(' '), StringComparer.Ordinal));
    }

    // What is sent to a store of somebody else's goes through one place, which puts and never deletes (docs/decisions/0054).
    [Fact]
    public void Only_the_part_of_backup_that_carries_to_an_object_store_knows_its_client() =>
        Strays.AssertNone(StrangersUsing(
            used => used.StartsWith("Amazon.", StringComparison.Ordinal),
            type => IsIn(type, "Fieldkeep.Backup.Objects")));

    private static IEnumerable<string> StrangersUsing(Func<string, bool> isOutside, Func<CompiledType, bool> mayUse) =>
        from type in Types
        where !mayUse(type)
        from used in type.Uses
        where isOutside(used)
        select $"{type.FullName} uses {used}";

    private static bool IsAnyOf(string used, string[] names) =>
        used.StartsWith(Cryptography, StringComparison.Ordinal)
        && names.Any(name => used[Cryptography.Length..].StartsWith(name, StringComparison.Ordinal));

    private static bool IsIn(CompiledType type, string space) =>
        type.Namespace == space || type.Namespace.StartsWith(space + ".", StringComparison.Ordinal);
}
