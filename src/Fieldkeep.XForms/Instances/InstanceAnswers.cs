using System.Globalization;

namespace Fieldkeep.XForms.Instances;

/// <summary>
/// Holds answers by their place in an instance: <c>/household/member[2]/age</c>, names below the root, rows of repeats
/// counted from 1. A step without a number means the first. <c>/meta/entity/@id</c> is an attribute.
/// </summary>
public sealed class InstanceAnswers
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    /// <summary>The places that have an answer, in the order they were set; first rows without their number.</summary>
    public IReadOnlyCollection<string> Paths => _values.Keys;

    /// <summary>Sets the answer at a place, and with it makes the rows on the way exist.</summary>
    /// <exception cref="ArgumentException">The path is not well-formed.</exception>
    public void Set(string path, string value)
    {
        var steps = Split(path);
        CountRows(steps);
        _values[Join(steps)] = value;
    }

    /// <summary>Makes a repeat have at least this many rows, be they empty.</summary>
    /// <exception cref="ArgumentException">The path is not well-formed, or ends with a number.</exception>
    public void SetRows(string repeatPath, int rows)
    {
        var steps = Split(repeatPath);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        if (repeatPath.EndsWith(']') || steps[^1].Name[0] == '@')
        {
            throw new ArgumentException($"The path {repeatPath} must end with the name of a repeat.", nameof(repeatPath));
        }

        CountRows(steps.AsSpan()[..^1]);
        Raise(Join(steps), rows);
    }

    /// <summary>Finds the answer at a place; null when none was set.</summary>
    /// <exception cref="ArgumentException">The path is not well-formed.</exception>
    public string? Find(string path) => _values.GetValueOrDefault(Join(Split(path)));

    /// <summary>Counts the rows of a repeat that answers speak of; its path ends without a number.</summary>
    public int CountRows(string repeatPath) => _rows.GetValueOrDefault(Join(Split(repeatPath)));

    /// <summary>Finds the answer at a place written as <see cref="Join"/> writes it.</summary>
    internal string? FindExact(string path) => _values.GetValueOrDefault(path);

    internal int CountExact(string path) => _rows.GetValueOrDefault(path);

    /// <summary>Takes a path apart.</summary>
    internal static Step[] Split(string path)
    {
        if (path.Length < 2 || path[0] != '/')
        {
            throw Malformed(path);
        }

        var parts = path[1..].Split('/');
        var steps = new Step[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            steps[i] = StepOf(parts[i], path);
            if (steps[i].Name[0] == '@' && (i < parts.Length - 1 || steps[i].Name.Length == 1))
            {
                throw Malformed(path);
            }
        }

        return steps;
    }

    /// <summary>Puts a path together; first rows go without their number.</summary>
    internal static string Join(ReadOnlySpan<Step> steps)
    {
        var path = "";
        foreach (var step in steps)
        {
            path = Below(path, step.Name, step.Row);
        }

        return path;
    }

    /// <summary>Adds a step to a path.</summary>
    internal static string Below(string path, string name, int row) =>
        row == 1 ? $"{path}/{name}" : string.Create(CultureInfo.InvariantCulture, $"{path}/{name}[{row}]");

    private void CountRows(ReadOnlySpan<Step> steps)
    {
        var parent = "";
        foreach (var step in steps)
        {
            Raise(Below(parent, step.Name, 1), step.Row);
            parent = Below(parent, step.Name, step.Row);
        }
    }

    private void Raise(string path, int rows) => _rows[path] = Math.Max(rows, _rows.GetValueOrDefault(path));

    private static Step StepOf(string part, string path)
    {
        var bracket = part.IndexOf('[', StringComparison.Ordinal);
        if (bracket < 0)
        {
            return part.Length > 0 ? new Step(part, 1) : throw Malformed(path);
        }

        return bracket > 0
            && part[0] != '@'
            && part[^1] == ']'
            && int.TryParse(part.AsSpan()[(bracket + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var row)
            && row > 0
                ? new Step(part[..bracket], row)
                : throw Malformed(path);
    }

    private static ArgumentException Malformed(string path) =>
        new($"“{path}” is no path of an answer. Write names from below the root, such as /household/member[2]/age.", nameof(path));

    /// <summary>One name of a path, and which of its rows; the name of an attribute begins with <c>@</c>.</summary>
    internal readonly record struct Step(string Name, int Row);
}
