using System.Text;
using Fieldkeep.XForms.Model;

namespace Fieldkeep.XForms.Tables;

/// <summary>Finds the labels of choices by their values, in UTF-8.</summary>
internal sealed class ChoiceLabels
{
    // A value is a name of some letters; anything longer is no choice.
    private const int LongestValue = 256;

    private readonly Dictionary<string, byte[]> _labels = new(StringComparer.Ordinal);

    public ChoiceLabels(IReadOnlyList<Choice> choices, string? language)
    {
        foreach (var choice in choices)
        {
            if (choice.Label.Find(language) is { Length: > 0 } label)
            {
                _labels.TryAdd(choice.Value, Encoding.UTF8.GetBytes(label));
            }
        }
    }

    /// <summary>Gives the label of a choice; the value itself when it has none.</summary>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<byte> value)
    {
        if (value.Length > LongestValue)
        {
            return value;
        }

        Span<char> text = stackalloc char[LongestValue];
        var length = Encoding.UTF8.GetChars(value, text);
        return _labels.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out var label) ? label : value;
    }

    /// <summary>Gives the labels of several choices separated by spaces, with semicolons between.</summary>
    public byte[] FindAll(ReadOnlySpan<byte> values)
    {
        var labels = new List<byte>(values.Length * 2);
        foreach (var part in values.Split((byte)' '))
        {
            if (values[part].IsEmpty)
            {
                continue;
            }

            if (labels.Count > 0)
            {
                labels.AddRange("; "u8);
            }

            labels.AddRange(Find(values[part]));
        }

        return [.. labels];
    }
}
