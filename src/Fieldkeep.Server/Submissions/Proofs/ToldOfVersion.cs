using System.Text.Json;

namespace Fieldkeep.Server.Submissions.Proofs;

/// <summary>Gathers what the ledger's entries tell of one version, in their order, and says whether that is what the version is now.</summary>
/// <param name="submission">Our id of the submission: what was rewritten or purged is named by it.</param>
/// <param name="version">The version's number.</param>
/// <param name="form">The version's form.</param>
/// <param name="isDraft">Whether its submission is a test; entries of before that was told leave it open.</param>
internal sealed class ToldOfVersion(Guid submission, int version, long form, bool isDraft)
{
    private readonly List<(string Mac, long Actor)> _came = [];
    private string? _rewritten;
    private long? _submitter;

    /// <summary>Whether an entry tells that it was purged.</summary>
    public bool IsPurged { get; private set; }

    /// <summary>Takes the next entry.</summary>
    /// <param name="plain">Its opened body.</param>
    public void Take(string action, long actor, ReadOnlyMemory<byte> plain)
    {
        using var told = JsonDocument.Parse(plain);
        if (!told.RootElement.TryGetProperty("after", out var after) || after.ValueKind != JsonValueKind.Object
            || !after.TryGetProperty("version", out var number) || number.GetInt32() != version
            || (after.TryGetProperty("form", out var named) && named.GetInt64() != form)
            || (after.TryGetProperty("draft", out var test) && test.GetBoolean() != isDraft))
        {
            return;
        }

        var mac = after.TryGetProperty("contentMac", out var content) ? content.GetString() : null;
        switch (action)
        {
            case "submission.rewrite" when IsOfThis(after) && mac is not null:
                _rewritten = mac;
                _submitter = after.TryGetProperty("submitter", out var sender) && sender.ValueKind == JsonValueKind.Number ? sender.GetInt64() : _submitter;
                break;
            case "submission.purge":
                IsPurged |= IsOfThis(after);
                break;
            case "submission.recover" when IsOfThis(after) && mac is not null:
                _came.Add((mac, after.TryGetProperty("submitter", out var of) && of.ValueKind == JsonValueKind.Number ? of.GetInt64() : actor));
                break;
            case "submission.create" or "submission.edit" when mac is not null:
                _came.Add((mac, actor));
                break;
            default:
                break;
        }
    }

    /// <summary>Says whether the version is what it is told to be: as it came, or as it was last rewritten.</summary>
    /// <param name="isSender">Tells whether who an entry names is who the version names.</param>
    public bool Fits(ReadOnlySpan<byte> contentMac, Func<long, bool> isSender)
    {
        var mac = Convert.ToHexStringLower(contentMac);
        return _rewritten is null
            ? _came.Exists(one => one.Mac == mac && isSender(one.Actor))
            : _rewritten == mac && (_submitter is { } told ? isSender(told) : _came.Exists(one => isSender(one.Actor)));
    }

    private bool IsOfThis(JsonElement after) => after.TryGetProperty("submission", out var of) && of.TryGetGuid(out var id) && id == submission;
}
