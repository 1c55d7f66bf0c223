using System.Collections;

namespace Fieldkeep.XForms.Diagnostics;

/// <summary>Collects diagnostics in the order they are found, so that one run reports all of them.</summary>
public sealed class DiagnosticList : IReadOnlyList<Diagnostic>
{
    /// <summary>Further diagnostics are not kept: nobody reads them, and a broken file can cause millions.</summary>
    public const int MaxCount = 10_000;

    private readonly List<Diagnostic> _items = [];

    /// <inheritdoc />
    public int Count => _items.Count;

    /// <summary>True as soon as one error was added.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>True as soon as a limit was exceeded; what the form holds beyond it is not to be worked through.</summary>
    public bool IsLimitExceeded { get; private set; }

    /// <inheritdoc />
    public Diagnostic this[int index] => _items[index];

    /// <summary>Adds an error.</summary>
    public void Error(string code, string message, SourceCell? cell = null, string? suggestion = null) =>
        Add(new Diagnostic(code, Severity.Error, message, cell, suggestion));

    /// <summary>Adds a warning.</summary>
    public void Warning(string code, string message, SourceCell? cell = null, string? suggestion = null) =>
        Add(new Diagnostic(code, Severity.Warning, message, cell, suggestion));

    /// <summary>Adds advice.</summary>
    public void Advice(string code, string message, SourceCell? cell = null, string? suggestion = null) =>
        Add(new Diagnostic(code, Severity.Advice, message, cell, suggestion));

    /// <summary>Adds a diagnostic made elsewhere.</summary>
    public void Add(Diagnostic diagnostic)
    {
        ArgumentNullException.ThrowIfNull(diagnostic);
        HasErrors |= diagnostic.Severity == Severity.Error;
        IsLimitExceeded |= diagnostic.Code == DiagnosticCode.LimitExceeded;
        if (_items.Count < MaxCount)
        {
            _items.Add(diagnostic);
        }
    }

    /// <inheritdoc />
    public IEnumerator<Diagnostic> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
