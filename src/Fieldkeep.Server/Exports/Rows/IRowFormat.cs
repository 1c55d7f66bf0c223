using Fieldkeep.Server.Submissions.Contents;

namespace Fieldkeep.Server.Exports.Rows;

/// <summary>Writes submissions as text of some format. Each core has its own, so it may keep buffers.</summary>
internal interface IRowFormat : IDisposable
{
    /// <summary>How many tables it writes to.</summary>
    int Tables { get; }

    /// <summary>Writes one submission with what repeats in it.</summary>
    /// <exception cref="XForms.Instances.InstanceException">The answers are no readable instance; the caller takes back the row.</exception>
    void Write(in SealedRow row, ReadOnlySpan<byte> xml, SenderFacts sender, string submitter, FormattedBlock into);

    /// <summary>Writes a row for a submission whose answers cannot be opened.</summary>
    void WriteDamaged(in SealedRow row, string submitter, FormattedBlock into);
}
