namespace Fieldkeep.Server.Exports.Spool;

/// <summary>How much exports that wait may take of the disk.</summary>
internal sealed record SpoolLimits
{
    /// <summary>The most bytes all kept exports of one person may have: 8 GiB.</summary>
    public long MostBytesOfOne { get; init; } = 8L * 1024 * 1024 * 1024;

    /// <summary>The most bytes all kept exports may have: 32 GiB.</summary>
    public long MostBytesOfAll { get; init; } = 32L * 1024 * 1024 * 1024;

    /// <summary>Bytes that stay free on the disk, which is the database's first: 512 MiB, the same as for attachments.</summary>
    public long MinFreeBytes { get; init; } = 512L * 1024 * 1024;
}
