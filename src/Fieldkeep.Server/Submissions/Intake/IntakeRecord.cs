using System.Buffers.Binary;
using System.Text.Json;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Ledger;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.History;
using Fieldkeep.Server.Submissions.Receiving;

namespace Fieldkeep.Server.Submissions.Intake;

/// <summary>
/// A submission as it stands in the intake journal: what the database is about to get, answers and names sealed with the project's own keys, so that
/// nothing of it opens once those are destroyed. docs/formats/intake-journal.md, “What a record holds”.
/// </summary>
internal sealed record IntakeRecord
{
    private const int CurrentLayout = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public required int Layout { get; init; }

    public required long Project { get; init; }

    /// <summary>The project's entry in the keyring.</summary>
    public required Guid ProjectKey { get; init; }

    public required long Form { get; init; }

    public required long FormVersion { get; init; }

    public required bool IsDraft { get; init; }

    public required string InstanceId { get; init; }

    public required string? DeprecatedId { get; init; }

    public required string? EditOf { get; init; }

    public required KeptActor Submitter { get; init; }

    public required byte[] ContentMac { get; init; }

    public required KeptBlob? XmlBlob { get; init; }

    public required byte[]? Meta { get; init; }

    public required int Size { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required IReadOnlyList<KeptFile> Files { get; init; }

    public required int? EncryptedOrdinal { get; init; }

    public required KeptSplit? Confidential { get; init; }

    public required KeptChange Change { get; init; }

    public required KeptEvent? Event { get; init; }

    public required long? Deployment { get; init; }

    public required bool IsFinalAtOnce { get; init; }

    /// <summary>Whether it was here before, so that only its files count.</summary>
    public bool IsAgain { get; init; }

    /// <summary>When what is kept of rights was read that it was let in by; null when the database was asked.</summary>
    public DateTimeOffset? AllowedAt { get; init; }

    /// <summary>Whether it was set aside and a person gave it back: it is stored whatever it is, an edit or later files too.</summary>
    public bool IsBack { get; init; }

    /// <summary>Writes a submission: u32 length of the JSON, the JSON, and the sealed instance when it is no file.</summary>
    public static byte[] Write(NewSubmission submission) => Write(Of(submission), submission.Xml ?? []);

    /// <summary>Writes a record anew that a person gives back; what cannot be read stays as it is.</summary>
    /// <param name="record">As it was set aside.</param>
    /// <param name="isAccepted">The person also says that the right counts by which it was let in while the database was away.</param>
    public static ReadOnlyMemory<byte> Back(ReadOnlyMemory<byte> record, bool isAccepted)
    {
        try
        {
            var kept = Parse(record.Span, out var xml);
            return kept is not { Layout: CurrentLayout }
                ? record
                : Write(kept with { IsBack = true, AllowedAt = isAccepted ? null : kept.AllowedAt }, xml);
        }
        catch (JsonException)
        {
            return record;
        }
    }

    /// <summary>Reads one back. Where it stands under its form's conditions is found again after it was stored.</summary>
    /// <param name="id">The record's id, which is the submission's.</param>
    /// <param name="record">What was written.</param>
    /// <param name="contents">Opens the names of its files.</param>
    /// <exception cref="JsonException">It was written by another version, or is damaged.</exception>
    /// <exception cref="Vault.VaultException">The project's keys are gone.</exception>
    public static NewSubmission Read(Guid id, ReadOnlySpan<byte> record, SealedContents contents)
    {
        var kept = Parse(record, out var xml);
        return kept is { Layout: CurrentLayout }
            ? kept.ToSubmission(new SubmissionId(id), xml, contents)
            : throw new JsonException($"The record has the layout {kept?.Layout}; this version reads {CurrentLayout}.");
    }

    /// <summary>Gives what stands in a record in the clear: the project that it belongs to, and the files that it names.</summary>
    /// <exception cref="JsonException">As <see cref="Read"/>.</exception>
    public static IntakeRecord Peek(ReadOnlySpan<byte> record) =>
        Parse(record, out _) is { Layout: CurrentLayout } kept ? kept : throw new JsonException("The record has a layout that this version does not read.");

    /// <summary>The files in the blob store that it names.</summary>
    public IEnumerable<BlobId> Blobs()
    {
        var blobs = Files.Select(file => file.Blob).Append(XmlBlob);
        return blobs.OfType<KeptBlob>().Select(blob => blob.ToBlob().Id);
    }

    private static byte[] Write(IntakeRecord kept, ReadOnlySpan<byte> xml)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(kept, Json);
        var record = new byte[sizeof(uint) + json.Length + xml.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)json.Length);
        json.CopyTo(record, sizeof(uint));
        xml.CopyTo(record.AsSpan(sizeof(uint) + json.Length));
        return record;
    }

    private static IntakeRecord? Parse(ReadOnlySpan<byte> record, out ReadOnlySpan<byte> xml)
    {
        var length = record.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(record);
        if (length > record.Length - sizeof(uint))
        {
            throw new JsonException("The record is shorter than it says.");
        }

        xml = record[(sizeof(uint) + (int)length)..];
        return JsonSerializer.Deserialize<IntakeRecord>(record.Slice(sizeof(uint), (int)length), Json);
    }

    private static IntakeRecord Of(NewSubmission submission) => new()
    {
        Layout = CurrentLayout,
        Project = submission.Project.Id.Value,
        ProjectKey = submission.Project.Key,
        Form = submission.Form.Value,
        FormVersion = submission.FormVersion.Value,
        IsDraft = submission.IsDraft,
        InstanceId = submission.InstanceId,
        DeprecatedId = submission.DeprecatedId,
        EditOf = submission.EditOf,
        Submitter = KeptActor.Of(submission.Submitter),
        ContentMac = submission.ContentMac,
        XmlBlob = submission.XmlBlob is { } blob ? KeptBlob.Of(blob) : null,
        Meta = submission.Meta,
        Size = submission.Size,
        ReceivedAt = submission.ReceivedAt,
        Files = [.. submission.Files.Select(KeptFile.Of)],
        EncryptedOrdinal = submission.EncryptedOrdinal,
        Confidential = submission.Confidential is { } split ? KeptSplit.Of(split) : null,
        Change = KeptChange.Of(submission.Change),
        Event = submission.Event is { } told ? KeptEvent.Of(told) : null,
        Deployment = submission.Deployment?.Value,
        IsFinalAtOnce = submission.IsFinalAtOnce,
        IsAgain = submission.IsAgain,
        AllowedAt = submission.AllowedAt,
        IsBack = submission.IsBack,
    };

    private NewSubmission ToSubmission(SubmissionId id, ReadOnlySpan<byte> xml, SealedContents contents)
    {
        var project = new ProjectRef(new ProjectId(Project), ProjectKey);
        return new NewSubmission
        {
            Id = id,
            Project = project,
            Form = new FormId(Form),
            FormVersion = new FormVersionId(FormVersion),
            IsDraft = IsDraft,
            InstanceId = InstanceId,
            DeprecatedId = DeprecatedId,
            EditOf = EditOf,
            Submitter = Submitter.ToActor(),
            ContentMac = ContentMac,
            Xml = XmlBlob is null ? xml.ToArray() : null,
            XmlBlob = XmlBlob?.ToBlob(),
            Meta = Meta,
            Size = Size,
            ReceivedAt = ReceivedAt,
            Files = [.. Files.Select(file => file.ToFile(project, contents))],
            EncryptedOrdinal = EncryptedOrdinal,
            Confidential = Confidential?.ToPart(),
            Change = Change.ToChange(),
            Event = Event?.ToEvent(),
            Deployment = Deployment is { } deployment ? new DeploymentId(deployment) : null,
            IsFinalAtOnce = IsFinalAtOnce,
            IsAgain = IsAgain,
            AllowedAt = AllowedAt,
            IsBack = IsBack,
        };
    }
}

/// <summary>A sealed file in the blob store.</summary>
internal sealed record KeptBlob(byte[] Sha256, long Size)
{
    public static KeptBlob Of(StoredBlob blob) => new(blob.Id.Sha256.ToArray(), blob.Size);

    public StoredBlob ToBlob() => new(new BlobId(Sha256), Size);
}

/// <summary>A file that the instance names; its name is sealed.</summary>
internal sealed record KeptFile(byte[] NameMac, Guid Row, byte[] SealedName, bool IsConfidential, Guid? ReceivedRow, KeptBlob? Blob, byte[]? ContentMac, long Size)
{
    public static KeptFile Of(NamedFile file) => new(
        file.NameMac,
        file.Row,
        file.SealedName,
        file.IsConfidential,
        file.Received?.Row,
        file.Received is { } received ? KeptBlob.Of(received.Blob) : null,
        file.Received?.ContentMac,
        file.Received?.Size ?? 0);

    public NamedFile ToFile(ProjectRef project, SealedContents contents) => new(
        contents.OpenName(project, Row, SealedName, IsConfidential),
        NameMac,
        Row,
        SealedName,
        Blob is { } blob && ReceivedRow is { } row ? new ReceivedFile(row, blob.ToBlob(), ContentMac ?? [], Size) : null,
        IsConfidential);
}

/// <summary>The confidential answers, sealed.</summary>
internal sealed record KeptSplit(
    int Number, byte[] Sealed, byte[] MaskedMac, byte[] ValuesMac, bool IsBeyondRight, Guid? EditedSubmission, int? EditedNumber, bool IsOfCurrent, IReadOnlyList<string> Changed)
{
    public static KeptSplit Of(ConfidentialPart part) => new(
        part.Number,
        part.Sealed,
        part.MaskedMac,
        part.ValuesMac,
        part.IsBeyondRight,
        part.Edited?.Submission.Value,
        part.Edited?.Number,
        part.Edited?.IsCurrent ?? false,
        part.Changed);

    public ConfidentialPart ToPart() => new(
        Number,
        Sealed,
        MaskedMac,
        ValuesMac,
        EditedSubmission is { } edited ? new EditedSplit(new SubmissionId(edited), EditedNumber, IsOfCurrent) : null,
        IsBeyondRight)
    {
        Changed = Changed,
    };
}

/// <summary>The entry of the ledger that was prepared for it: stored later, it has the leaf that its sender was given.</summary>
internal sealed record KeptChange(
    DateTimeOffset At, long Actor, Door Door, string Action, long? Project, string SubjectKind, string SubjectId, Guid Row, byte[] Leaf, byte[] Body)
{
    public static KeptChange Of(PreparedChange change) => new(
        change.At, change.Actor.Value, change.Door, change.Action, change.Project?.Value, change.SubjectKind, change.SubjectId, change.Row, change.Leaf, change.Body);

    public PreparedChange ToChange() => new(
        At, new ActorId(Actor), Door, Action, Project is { } project ? new ProjectId(project) : null, SubjectKind, SubjectId, Row, Leaf, Body);
}

/// <summary>What its sender remarked, sealed.</summary>
internal sealed record KeptEvent(Guid Row, string Action, long Actor, DateTimeOffset At, byte[] Body)
{
    public static KeptEvent Of(PreparedEvent told) => new(told.Row, told.Action, told.Actor.Value, told.At, told.Body);

    public PreparedEvent ToEvent() => new(Row, Action, new ActorId(Actor), At, Body);
}
