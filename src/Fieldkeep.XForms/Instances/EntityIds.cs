namespace Fieldkeep.XForms.Instances;

/// <summary>Reads which entities an instance names: the <c>id</c> of each <c>entity</c> element in a <c>meta</c> (ODK Entities).</summary>
public static class EntityIds
{
    /// <summary>Gives the ids, each once, as they are written; empty ones are left out.</summary>
    /// <exception cref="InstanceException">The instance is not well-formed.</exception>
    public static IReadOnlyCollection<string> Read(ReadOnlySpan<byte> xml)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var cursor = new InstanceCursor(xml);
        var metaAt = 0;
        while (true)
        {
            switch (cursor.Read())
            {
                case InstanceNode.Start when cursor.LocalName.SequenceEqual("meta"u8):
                    metaAt = cursor.Depth;
                    break;
                case InstanceNode.Start when metaAt > 0 && cursor.Depth == metaAt + 1 && cursor.LocalName.SequenceEqual("entity"u8):
                    if (cursor.FindAttribute("id"u8)?.Trim() is { Length: > 0 } id)
                    {
                        ids.Add(id);
                    }

                    break;
                case InstanceNode.End when cursor.Depth < metaAt:
                    metaAt = 0;
                    break;
                case InstanceNode.Done:
                    return ids;
            }
        }
    }
}
