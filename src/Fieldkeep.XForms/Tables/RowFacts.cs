using System.Text;

namespace Fieldkeep.XForms.Tables;

/// <summary>What is known about a submission beside its answers; one for each core, filled anew for each submission.</summary>
public sealed class RowFacts
{
    /// <summary>Stands in <see cref="Status"/> where answers could not be opened.</summary>
    public const string Damaged = "damaged";

    /// <summary>Stands in <see cref="Status"/> where answers were encrypted on the phone, in ODK Central's words.</summary>
    public const string NotDecrypted = "not decrypted";

    /// <summary>Stands in <see cref="Status"/> where the file with the encrypted answers has not come, in ODK Central's words.</summary>
    public const string MissingAnswers = "missing encrypted form data";

    /// <summary>Stands in <see cref="Status"/> where encrypted answers were opened, but something was cut off, exchanged or damaged.</summary>
    public const string Mismatched = "signature mismatch";

    private byte[] _instanceId = new byte[1024];
    private int _length;

    /// <summary>The id it was first sent with, in UTF-8.</summary>
    public ReadOnlySpan<byte> InstanceId => _instanceId.AsSpan(0, _length);

    /// <summary>When it arrived.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>The number of whoever sent it.</summary>
    public long SubmitterId { get; set; }

    /// <summary>The name of whoever sent it; empty when it is not known.</summary>
    public string SubmitterName { get; set; } = "";

    /// <summary>Files that are here.</summary>
    public int AttachmentsPresent { get; set; }

    /// <summary>Files that its answers name.</summary>
    public int AttachmentsExpected { get; set; }

    /// <summary>One of the words above; null for a whole one.</summary>
    public string? Status { get; set; }

    /// <summary>Its review state as stored; null when nobody reviewed it.</summary>
    public string? ReviewState { get; set; }

    /// <summary>What the phone calls itself; null when it did not say.</summary>
    public string? DeviceId { get; set; }

    /// <summary>How often it was edited.</summary>
    public int Edits { get; set; }

    /// <summary>The version of the form it was filled in with.</summary>
    public string FormVersion { get; set; } = "";

    /// <summary>Begins another submission.</summary>
    public void SetInstanceId(string instanceId)
    {
        var most = Encoding.UTF8.GetMaxByteCount(instanceId.Length);
        if (_instanceId.Length < most)
        {
            _instanceId = new byte[most];
        }

        _length = Encoding.UTF8.GetBytes(instanceId, _instanceId);
    }
}
