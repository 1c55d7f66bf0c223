using System.Globalization;
using System.Security.Cryptography;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.OData;

/// <summary>
/// Computes the ids of rows of repeats as ODK Central does: SHA-1, in hex, of
/// <c>Submissions#{instanceId}%%group#%%repeat#0</c>. Keeps a buffer: one for each core.
/// </summary>
internal sealed class RepeatRowIds : IDisposable
{
    private const int HexLength = 40;

    private readonly PooledBytes _text = new();
    private readonly byte[] _hex = new byte[HexLength];

    /// <summary>Gives the id of the row with a key such as <c>/group/repeat[1]</c>; valid until the next is asked for.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> instanceId, ReadOnlySpan<byte> key)
    {
        _text.Truncate(0);
        Append("Submissions#"u8);
        Append(instanceId);
        foreach (var range in key.Split((byte)'/'))
        {
            AppendStep(key[range]);
        }

        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // An id that clients of ODK Central join tables by; it guards nothing.
        SHA1.HashData(_text.Written.Span, hash);
#pragma warning restore CA5350
        Convert.TryToHexStringLower(hash, _hex, out _);
        return _hex;
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private void AppendStep(ReadOnlySpan<byte> step)
    {
        if (step.IsEmpty)
        {
            return;
        }

        Append("%%"u8);
        var bracket = step.IndexOf((byte)'[');
        Append(bracket < 0 ? step : step[..bracket]);
        Append("#"u8);
        if (bracket >= 0)
        {
            // Keys count from 1, Central's ids from 0.
            var number = int.Parse(step[(bracket + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture) - 1;
            number.TryFormat(_text.GetSpan(11), out var length, default, CultureInfo.InvariantCulture);
            _text.Advance(length);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_text.GetSpan(bytes.Length));
        _text.Advance(bytes.Length);
    }
}
