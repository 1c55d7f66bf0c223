using System.Buffers.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;

namespace Fieldkeep.Server.Answers.Segments;

/// <summary>Seals and opens what segments keep: one place that knows what each column is bound to. docs/formats/segment.md.</summary>
internal sealed class SegmentSealing(Sealer sealer)
{
    private const string HeadColumn = "answers.segments.head";
    private const string NameDomain = "answers.columns.name";

    /// <summary>Gives a column's keyed name: equal for equal paths of one project, and tells nothing else.</summary>
    public byte[] NameMac(ProjectRef project, string key) => sealer.BlindIndex(project, NameDomain, key)[..SegmentHead.NameBytes];

    /// <summary>Seals a head.</summary>
    public byte[] SealHead(ProjectRef project, Guid segment, SegmentHead head) =>
        sealer.SealBlock(project, HeadColumn, segment, head.Write());

    /// <summary>Opens a head and checks that it is that of this segment.</summary>
    /// <exception cref="Vault.VaultException">It cannot be opened.</exception>
    /// <exception cref="BrokenSegmentException">It is not what it should be.</exception>
    public SegmentHead OpenHead(ProjectRef project, SegmentPlace place, ReadOnlySpan<byte> envelope)
    {
        var head = SegmentHead.Read(sealer.OpenBlock(project, HeadColumn, place.Id, envelope));
        return head.Form == place.FormId && head.After == place.AfterSequence && head.Through == place.ThroughSequence
            ? head
            : throw new BrokenSegmentException("A segment's head is that of another.");
    }

    /// <summary>Seals a column.</summary>
    public byte[] SealColumn(ProjectRef project, Guid segment, ReadOnlySpan<byte> nameMac, ReadOnlySpan<byte> plain) =>
        sealer.SealBlock(project, ColumnOf(nameMac), segment, plain);

    /// <summary>Opens a column.</summary>
    /// <exception cref="Vault.VaultException">It cannot be opened.</exception>
    public byte[] OpenColumn(ProjectRef project, Guid segment, ReadOnlySpan<byte> nameMac, ReadOnlySpan<byte> envelope) =>
        sealer.OpenBlock(project, ColumnOf(nameMac), segment, envelope);

    // The keyed name is bound in, so that two columns of a segment cannot change places.
    private static string ColumnOf(ReadOnlySpan<byte> nameMac) => $"answers.columns.{Base64Url.EncodeToString(nameMac)}";
}

/// <summary>Where a segment lies.</summary>
/// <param name="AfterSequence">It holds every submission of the form with a higher sequence number…</param>
/// <param name="ThroughSequence">…up to this one.</param>
internal sealed record SegmentPlace(Guid Id, long FormId, long AfterSequence, long ThroughSequence, int Rows);
