namespace Fieldkeep.Vault.Envelopes;

/// <summary>Says what kind of thing an envelope holds; bound into its key. Values are on disk for ever.</summary>
public enum EnvelopePurpose : byte
{
    /// <summary>No purpose: refused.</summary>
    None = 0,

    /// <summary>One submission's instance or another single row's content.</summary>
    Record = 1,

    /// <summary>Many rows' projection.</summary>
    Block = 2,

    /// <summary>A submission's attachment.</summary>
    Attachment = 3,

    /// <summary>The body of a ledger entry.</summary>
    LedgerEntry = 4,

    /// <summary>An entity's properties.</summary>
    Entity = 5,

    /// <summary>A secret setting of the installation or a project.</summary>
    Setting = 6,

    /// <summary>A frame of the intake journal.</summary>
    Journal = 7,

    /// <summary>A file of a backup.</summary>
    BackupFile = 8,

    /// <summary>A backup's manifest.</summary>
    BackupManifest = 9,

    /// <summary>An export kept for download.</summary>
    Export = 10,

    /// <summary>A form's attached file.</summary>
    FormFile = 11,

    /// <summary>The confidential answers of one version of a submission.</summary>
    Confidential = 12,

    /// <summary>A submission's attachment that a confidential question names.</summary>
    ConfidentialFile = 13,
}
