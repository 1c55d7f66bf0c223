using System.Text.Json;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Knows what the ledger's entry of a version tells about it.</summary>
internal static class VersionEntry
{
    /// <summary>Gives what an entry tells after a version was stored.</summary>
    /// <param name="submission">Our id of the submission, where it is an entry of what is stored already.</param>
    /// <param name="isDraft">Whether it is a test, where it is an entry of what comes.</param>
    public static Dictionary<string, object> Of(
        long form, int version, string? instanceId, byte[] contentMac, ConfidentialPart? confidential, Guid? submission = null, bool? isDraft = null)
    {
        var after = new Dictionary<string, object>(StringComparer.Ordinal) { ["form"] = form, ["version"] = version };
        if (isDraft is { } draft)
        {
            after["draft"] = draft;
        }

        if (submission is { } id)
        {
            after["submission"] = id;
        }

        if (instanceId is not null)
        {
            after["instanceId"] = instanceId;
        }

        after["contentMac"] = Convert.ToHexStringLower(contentMac);
        if (confidential is not null)
        {
            after["maskedMac"] = Convert.ToHexStringLower(confidential.MaskedMac);
            after["valuesMac"] = Convert.ToHexStringLower(confidential.ValuesMac);
        }

        return after;
    }

    /// <summary>Gives the keyed hashes that an entry's opened body tells of a version: of what stayed and of what was taken out; null when it tells none of this one.</summary>
    /// <param name="submission">Our id; entries of what phones sent name none.</param>
    public static SplitTold? SplitOf(ReadOnlyMemory<byte> plain, Guid submission, long form, int version)
    {
        using var told = JsonDocument.Parse(plain);
        if (!told.RootElement.TryGetProperty("after", out var after) || after.ValueKind != JsonValueKind.Object || !IsOf(after, form, version)
            || !after.TryGetProperty("maskedMac", out var masked) || !after.TryGetProperty("valuesMac", out var values))
        {
            return null;
        }

        var isNamed = after.TryGetProperty("submission", out var of) && of.TryGetGuid(out var id);
        return isNamed && of.GetGuid() != submission ? null : new SplitTold(masked.GetString() ?? "", values.GetString() ?? "");
    }

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

    /// <summary>Says whether an entry's opened body tells what a version contains; of a deployment's edits there is another entry, which tells only where it stands.</summary>
    public static bool TellsContent(ReadOnlyMemory<byte> plain)
    {
        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object && after.TryGetProperty("contentMac", out _);
    }

    /// <summary>Says whether an entry's opened body tells of a version of this number in this form; older entries of edits name no form.</summary>
    public static bool IsOf(ReadOnlyMemory<byte> plain, long form, int version)
    {
        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object && IsOf(after, form, version);
    }

    /// <summary>Says whether the entry of a purge tells of the version whose coming another entry tells of.</summary>
    /// <param name="coming">The opened body of the one; older entries of edits name no form, and older ones say not whether it is a test.</param>
    /// <param name="going">The opened body of the other.</param>
    public static bool IsOfSame(ReadOnlyMemory<byte> coming, ReadOnlyMemory<byte> going)
    {
        using var one = JsonDocument.Parse(coming);
        using var other = JsonDocument.Parse(going);
        return one.RootElement.TryGetProperty("after", out var came) && came.ValueKind == JsonValueKind.Object
            && other.RootElement.TryGetProperty("after", out var went) && went.ValueKind == JsonValueKind.Object
            && came.TryGetProperty("version", out var number) && went.TryGetProperty("version", out var gone) && number.GetInt32() == gone.GetInt32()
            && went.TryGetProperty("form", out var form) && (!came.TryGetProperty("form", out var named) || named.GetInt64() == form.GetInt64())
            && (!came.TryGetProperty("draft", out var test) || !went.TryGetProperty("draft", out var was) || test.GetBoolean() == was.GetBoolean());
    }

    /// <summary>Says whether an entry's opened body tells that it is about a test, or about a submission to another form, that has the same id.</summary>
    /// <param name="action">The entry's; a body that was sealed for another is not believed.</param>
    public static bool IsOfOther(ReadOnlyMemory<byte> plain, string action, long form)
    {
        using var told = JsonDocument.Parse(plain);
        return told.RootElement.TryGetProperty("of", out var of) && of.TryGetProperty("action", out var sealedFor) && sealedFor.GetString() == action
            && told.RootElement.TryGetProperty("after", out var after) && after.ValueKind == JsonValueKind.Object
            && ((after.TryGetProperty("draft", out var test) && test.GetBoolean()) || (after.TryGetProperty("form", out var named) && named.GetInt64() != form));
    }

    private static bool IsOf(JsonElement after, long form, int version) =>
        after.TryGetProperty("version", out var number) && number.GetInt32() == version
        && (!after.TryGetProperty("form", out var named) || named.GetInt64() == form);
}

/// <summary>What an entry tells of a version whose confidential answers were taken out, in lower-case hexadecimal.</summary>
internal sealed record SplitTold(string MaskedMac, string ValuesMac);
