using System.Text.Json;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Knows what the ledger's entry of a version tells about it.</summary>
internal static class VersionEntry
{
    /// <summary>Says whether an entry's opened body is that of a version.</summary>
    /// <param name="plain">UTF-8 JSON of before and after.</param>
    /// <param name="form">The version's form; older entries of edits name none.</param>
    /// <param name="version">Its number.</param>
    /// <param name="contentMac">The keyed hash of its content.</param>
    public static bool Tells(ReadOnlyMemory<byte> plain, long form, int version, ReadOnlySpan<byte> contentMac)
    {
        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object
            && after.TryGetProperty("version", out var number) && number.GetInt32() == version
            && after.TryGetProperty("contentMac", out var mac) && mac.GetString() == Convert.ToHexStringLower(contentMac)
            && (!after.TryGetProperty("form", out var named) || named.GetInt64() == form);
    }
}
