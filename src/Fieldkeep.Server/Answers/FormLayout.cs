using System.Collections.Concurrent;
using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Kernel;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Answers;

/// <summary>The tables of a form with the keyed names of its columns, computed once each.</summary>
internal sealed class FormLayout(ProjectRef project, FormShape shape, SegmentSealing sealing)
{
    private readonly ConcurrentDictionary<string, byte[]> _names = new(StringComparer.Ordinal);

    /// <summary>The tables, labels and versions.</summary>
    public FormShape Shape => shape;

    /// <summary>The tables.</summary>
    public FormTables Tables => shape.Tables;

    /// <summary>Gives the text of a form version; null for one that is not known here.</summary>
    public string? VersionOf(FormVersionId version) => shape.Versions.GetValueOrDefault(version);

    /// <summary>Gives a column's keyed name.</summary>
    public byte[] NameOf(string key) => _names.GetOrAdd(key, one => sealing.NameMac(project, one));
}
