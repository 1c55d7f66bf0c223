using System.Text.RegularExpressions;
using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>Says that a room writes its own PostgreSQL schema only, and reads others' through their views, downwards.</summary>
public sealed partial class OwnSchemaTests
{
    private static readonly IReadOnlyList<Access> Accesses =
    [
        .. from type in Rooms.Server.Types
           let room = Rooms.Of(type.FullName)
           where room is not null
           from text in type.Texts
           from match in TableInSql().Matches(text)
           let schema = match.Groups["schema"].Value
           where SchemaOf.ContainsValue(schema)
           select new Access(room, type.Name, match.Groups["verb"].Value, schema, match.Groups["table"].Value),
    ];

    private static Dictionary<string, string> SchemaOf => field ??=
        Rooms.Written.Names.Where(room => !room.StartsWith("Wire", StringComparison.Ordinal))
            .ToDictionary(room => room, SnakeCase, StringComparer.Ordinal);

    [Fact]
    public void A_room_writes_only_its_own_schema() =>
        Strays.AssertNone(Accesses.Where(access => access.IsWrite && !access.IsOwn));

    [Fact]
    public void A_room_reads_a_lower_room_through_its_views_only() =>
        Strays.AssertNone(Accesses.Where(access => !access.IsWrite && !access.IsOwn && !access.IsViewBelow));

    [Fact]
    public void The_test_sees_the_tables_of_a_room() =>
        Assert.Contains(Accesses, access => access is { Room: "Access", IsWrite: true, Schema: "access", Table: "grants" });

    [GeneratedRegex(
        @"\b(?<verb>insert\s+into|update|delete\s+from|truncate(\s+table)?|copy|from|join)\s+(?:only\s+)?(?<schema>[a-z_]+)\.(?<table>[a-z_]+)",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex TableInSql();

    private static string SnakeCase(string room) =>
        string.Concat(room.Select((letter, at) => at > 0 && char.IsUpper(letter) ? "_" + char.ToLowerInvariant(letter) : char.ToLowerInvariant(letter).ToString()));

    /// <summary>One mention of a table in the SQL of a room.</summary>
    private sealed record Access(string Room, string Type, string Verb, string Schema, string Table)
    {
        public bool IsWrite => !Verb.Equals("from", StringComparison.OrdinalIgnoreCase) && !Verb.Equals("join", StringComparison.OrdinalIgnoreCase);

        public bool IsOwn => SchemaOf.GetValueOrDefault(Room) == Schema;

        public bool IsViewBelow =>
            Table.EndsWith("_view", StringComparison.Ordinal) && SchemaOf.Any(one => one.Value == Schema && Rooms.Written.Allow(Room, one.Key));

        public override string ToString() => $"{Room}.{Type}: {Verb} {Schema}.{Table}";
    }
}
