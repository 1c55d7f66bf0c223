using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>What the text of an element is kept as.</summary>
internal enum Wanted
{
    /// <summary>Not kept.</summary>
    Nothing,

    /// <summary>The instance's id.</summary>
    InstanceId,

    /// <summary>The id of the instance it replaces.</summary>
    DeprecatedId,

    /// <summary>The name shown for it.</summary>
    InstanceName,

    /// <summary>The name of an attached file.</summary>
    File,

    /// <summary>The name of the file that holds the encrypted answers.</summary>
    AnswersFile,
}

/// <summary>Collects the parts of an <see cref="InstanceHead"/>; of several values of one part the first counts.</summary>
internal struct HeadParts
{
    private string? _instanceId;
    private string? _deprecatedId;
    private string? _instanceName;
    private string? _answersFile;
    private List<string>? _files;
    private HashSet<string>? _known;

    /// <summary>Id in the root's own attribute, which old clients write; the element counts before it.</summary>
    public string? RootInstanceId { get; init; }

    public void Set(Wanted part, string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        switch (part)
        {
            case Wanted.InstanceId:
                _instanceId ??= value;
                break;
            case Wanted.DeprecatedId:
                _deprecatedId ??= value;
                break;
            case Wanted.InstanceName:
                _instanceName ??= value;
                break;
            case Wanted.AnswersFile:
                _answersFile ??= value;
                goto case Wanted.File;
            case Wanted.File:
                if ((_known ??= new HashSet<string>(StringComparer.Ordinal)).Add(value))
                {
                    (_files ??= []).Add(value);
                    RequireFew(_files.Count);
                }

                break;
        }
    }

    private static void RequireFew(int files)
    {
        if (files > InstanceReader.MaxFiles)
        {
            throw new InstanceException(
                InstanceFault.TooManyFiles, $"The instance names more than {InstanceReader.MaxFiles} files.");
        }
    }

    public readonly InstanceHead ToHead(InstanceRoot root)
    {
        var instanceId = _instanceId ?? RootInstanceId;
        if (string.IsNullOrEmpty(instanceId))
        {
            throw new InstanceException(InstanceFault.MissingInstanceId, "The instance has no meta/instanceID.");
        }

        if (instanceId.Length > InstanceReader.MaxInstanceIdLength)
        {
            throw new InstanceException(
                InstanceFault.InstanceIdTooLong,
                $"The instanceID has {instanceId.Length} characters; {InstanceReader.MaxInstanceIdLength} are allowed.");
        }

        return new InstanceHead(
            root.RootName,
            root.FormId,
            root.Version,
            instanceId,
            _deprecatedId,
            _instanceName,
            root.IsEncrypted,
            _files ?? (IReadOnlyList<string>)[])
        { AnswersFile = _answersFile };
    }
}

/// <summary>Joins the pieces of one element's text.</summary>
internal struct HeadText
{
    private string? _first;
    private StringBuilder? _joined;

    public void Clear()
    {
        _first = null;
        _joined = null;
    }

    public void Add(ref InstanceCursor cursor)
    {
        var piece = InstanceText.DecodeToString(cursor.RawText, cursor.IsEscaped, cursor.IsCdata);
        if (_first is null)
        {
            _first = piece;
            return;
        }

        _joined ??= new StringBuilder(_first);
        _joined.Append(piece);
    }

    public readonly string Take() => (_joined?.ToString() ?? _first ?? "").Trim();
}
