using System.Buffers;
using System.Text;

namespace Fieldkeep.XForms.Instances;

/// <summary>Reads the head of an instance a client sent, in one pass over its bytes and with all of it checked.</summary>
/// <remarks>
/// Names are compared without prefix, so <c>orx:meta/orx:instanceID</c> and <c>meta/instanceID</c> are the same.
/// UTF-8, UTF-16 and ISO-8859-1 are accepted. A document type is refused.
/// </remarks>
public static class InstanceReader
{
    /// <summary>Deepest nesting of elements.</summary>
    public const int MaxDepth = 100;

    /// <summary>Largest number of elements.</summary>
    public const int MaxElements = 1_000_000;

    /// <summary>Largest number of attributes of one element.</summary>
    public const int MaxAttributes = 32;

    /// <summary>Largest number of different files one instance may name.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>Longest instanceID in characters.</summary>
    public const int MaxInstanceIdLength = 255;

    /// <summary>Reads the first tag only: which form and version the instance belongs to.</summary>
    /// <exception cref="InstanceException">Not XML up to there, or no form id.</exception>
    public static InstanceRoot ReadRoot(ReadOnlySpan<byte> xml)
    {
        var cursor = new InstanceCursor(xml);
        return ReadRoot(ref cursor);
    }

    /// <summary>Reads the whole instance; <paramref name="paths"/> are those of the form and version it names.</summary>
    /// <exception cref="InstanceException">It cannot be stored; the fault says why.</exception>
    public static InstanceHead ReadHead(ReadOnlySpan<byte> xml, AttachmentPaths? paths)
    {
        var cursor = new InstanceCursor(xml);
        var root = ReadRoot(ref cursor);
        return ReadRest(ref cursor, root, paths ?? AttachmentPaths.None);
    }

    /// <summary>Reads the whole instance; <paramref name="find"/> gets form id and version once the first tag is read.</summary>
    /// <exception cref="InstanceException">It cannot be stored; the fault says why.</exception>
    public static InstanceHead ReadHead(ReadOnlySpan<byte> xml, Func<string, string?, AttachmentPaths?> find)
    {
        var cursor = new InstanceCursor(xml);
        var root = ReadRoot(ref cursor);
        return ReadRest(ref cursor, root, find(root.FormId, root.Version) ?? AttachmentPaths.None);
    }

    /// <summary>Reads the whole instance from a stream of at most <paramref name="maxBytes"/>; the stream stays open.</summary>
    /// <exception cref="InstanceException">It cannot be stored; the fault says why.</exception>
    public static InstanceHead ReadHead(Stream xml, Func<string, string?, AttachmentPaths?> find, int maxBytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var length = 0;
        try
        {
            int read;
            while ((read = xml.Read(buffer, length, buffer.Length - length)) > 0)
            {
                length += read;
                if (length > maxBytes)
                {
                    throw new InstanceException(
                        InstanceFault.TooLarge, $"The instance is larger than {maxBytes} bytes.", length);
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
                    buffer = larger;
                }
            }

            return ReadHead(buffer.AsSpan(0, length), find);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static InstanceRoot ReadRoot(ref InstanceCursor cursor)
    {
        cursor.Read();
        var id = cursor.FindAttribute("id"u8)?.Trim();
        if (string.IsNullOrEmpty(id))
        {
            id = cursor.FindOwnNamespace()?.Trim();
        }

        if (string.IsNullOrEmpty(id))
        {
            throw new InstanceException(
                InstanceFault.MissingFormId, "The root of the instance has neither an id nor a namespace.");
        }

        var version = cursor.FindAttribute("version"u8) ?? cursor.FindAttribute("orx:version"u8);
        var isEncrypted = cursor.FindAttribute("encrypted"u8)?.Trim() is "yes" or "true";
        return new InstanceRoot(Encoding.UTF8.GetString(cursor.LocalName), id, version?.Trim(), isEncrypted);
    }

    private static InstanceHead ReadRest(ref InstanceCursor cursor, InstanceRoot root, AttachmentPaths paths)
    {
        var head = new HeadParts { RootInstanceId = cursor.FindAttribute("instanceID"u8)?.Trim() };
        var step = paths.Start;
        var unknown = 0;
        var isMeta = false;
        var isMedia = false;
        var wanted = Wanted.Nothing;
        var text = default(HeadText);
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start:
                    var name = cursor.LocalName;
                    if (unknown > 0 || step.Find(name) is not { } found)
                    {
                        unknown++;
                    }
                    else
                    {
                        step = found;
                    }

                    if (cursor.Depth == 2)
                    {
                        isMeta = name.SequenceEqual("meta"u8);
                        isMedia = root.IsEncrypted && name.SequenceEqual("media"u8);
                    }

                    wanted = WantedOf(name, cursor.Depth, isMeta, isMedia, root.IsEncrypted);
                    wanted = wanted == Wanted.Nothing && unknown == 0 && step.IsFile ? Wanted.File : wanted;
                    text.Clear();
                    break;
                case InstanceNode.Text:
                    if (wanted != Wanted.Nothing)
                    {
                        text.Add(ref cursor);
                    }

                    break;
                case InstanceNode.End:
                    if (wanted != Wanted.Nothing)
                    {
                        head.Set(wanted, text.Take());
                        wanted = Wanted.Nothing;
                    }

                    // The root has no step of its own: the tree of steps starts below it.
                    if (unknown > 0)
                    {
                        unknown--;
                    }
                    else
                    {
                        step = step.Parent ?? step;
                    }

                    break;
                default:
                    return head.ToHead(root);
            }
        }
    }

    private static Wanted WantedOf(ReadOnlySpan<byte> name, int depth, bool isMeta, bool isMedia, bool isEncrypted)
    {
        if (depth == 3 && isMeta)
        {
            return name switch
            {
                _ when name.SequenceEqual("instanceID"u8) => Wanted.InstanceId,
                _ when name.SequenceEqual("instanceName"u8) => Wanted.InstanceName,
                _ when name.SequenceEqual("deprecatedID"u8) => Wanted.DeprecatedId,
                _ when name.SequenceEqual("audit"u8) => Wanted.File,
                _ => Wanted.Nothing,
            };
        }

        return depth switch
        {
            2 when isEncrypted && name.SequenceEqual("encryptedXmlFile"u8) => Wanted.AnswersFile,
            3 when isMedia && name.SequenceEqual("file"u8) => Wanted.File,
            _ => Wanted.Nothing,
        };
    }
}
