using System.Buffers;
using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Vault;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Submissions.Confidential;

/// <summary>Takes confidential answers out of instances and puts them back: the one place that opens them. Callers check access first.</summary>
internal sealed class ConfidentialContents(Db db, SealedContents contents, FormCatalogue catalogue)
{
    // Together with the number they were taken out by: the instance may have been read a moment before.
    private const string Sealed = """
        select c.sealed, v.confidential is not distinct from @number as is_same
        from submissions.versions v
        left join submissions.confidential c on c.submission_id = v.submission_id and c.version = v.version
        where v.submission_id = @submission and v.version = @version
        """;

    /// <summary>Splits an instance by a plan; the masked instance goes into <paramref name="masked"/>.</summary>
    /// <param name="id">The submission, which decides where its places are displaced to.</param>
    /// <exception cref="XForms.Instances.InstanceException">The instance is not well-formed.</exception>
    public SplitResult Split(
        ProjectRef project, SubmissionId id, ConfidentialPlan plan, ReadOnlySpan<byte> xml, SplitEdit? edit, IBufferWriter<byte> masked)
    {
        var mask = new PlaceMask(
            id.Value.ToString("N"), (message, mac) => contents.DisplacementOf(project, message).CopyTo(mac));
        return InstanceSplit.Split(xml, plan, mask, edit, masked);
    }

    /// <summary>Splits an instance by a plan and gives what is left to <paramref name="take"/>.</summary>
    public void Mask(ProjectRef project, SubmissionId id, ConfidentialPlan plan, ReadOnlySpan<byte> xml, TakeInstance take)
    {
        using var masked = new PooledBytes();
        Split(project, id, plan, xml, null, masked);
        take(masked.Written.Span);
    }

    /// <summary>Gives the plan of a form version.</summary>
    public async ValueTask<ConfidentialPlan> PlanOfAsync(FormVersionId version, CancellationToken cancellationToken) =>
        (await catalogue.GetDefinitionAsync(version, cancellationToken)).Confidential;

    /// <summary>Gives the number that versions are split by now.</summary>
    public async ValueTask<int> NumberOfAsync(FormVersionId version, CancellationToken cancellationToken) =>
        (await catalogue.GetDefinitionAsync(version, cancellationToken)).ConfidentialNumber;

    /// <summary>Tells whether a form version hides a place: then its other photos must not tell it either.</summary>
    public async ValueTask<bool> HidesPlacesAsync(FormVersionId version, CancellationToken cancellationToken) =>
        HidesPlaces(await catalogue.GetDefinitionAsync(version, cancellationToken));

    /// <summary>Tells whether a form version hides a place.</summary>
    public static bool HidesPlaces(FormDefinition form) => form.Confidential.Nodes.Any(node =>
        form.XForm.Find(node.Path) is QuestionElement { DataType: DataType.Geopoint or DataType.Geotrace or DataType.Geoshape });

    /// <summary>Gives the plan that a stored version must be split by anew before anyone sees it; null when it is as it should be.</summary>
    /// <param name="number">The number it was split by; null when it was not.</param>
    public async ValueTask<ConfidentialPlan?> FindStalePlanAsync(FormVersionId version, int? number, CancellationToken cancellationToken)
    {
        var form = await catalogue.GetDefinitionAsync(version, cancellationToken);
        return number is null
            ? form.Confidential.IsEmpty ? null : form.Confidential
            : number == form.ConfidentialNumber ? null : form.Confidential;
    }

    /// <summary>Gives the instance of a version as everyone may see it who may read the submission; the bytes given are taken over.</summary>
    /// <param name="taken">The sealed answers, read together with the instance.</param>
    /// <exception cref="VaultException">The answers were damaged.</exception>
    public async ValueTask<byte[]> MaskAsync(
        ProjectRef project, StoredVersionRef version, byte[] xml, byte[]? taken, CancellationToken cancellationToken)
    {
        if (await FindStalePlanAsync(version.FormVersion, version.Number, cancellationToken) is not { } plan)
        {
            return xml;
        }

        // Displaced points stay where they are shown.
        var values = version.Number is null || taken is null ? [] : Open(project, version.Submission, version.Version, taken);
        var whole = version.Number is null ? xml : Merge(xml, values);
        try
        {
            using var masked = new PooledBytes();
            Split(project, version.Submission, plan, whole, new SplitEdit(values, EmptyKeeps: false), masked);
            return masked.Written.ToArray();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(whole);
        }
    }

    /// <summary>Puts the confidential answers of a version back into its instance; the bytes given are taken over.</summary>
    /// <exception cref="VaultException">The answers were damaged.</exception>
    public async ValueTask<byte[]> MergeAsync(
        ProjectRef project, StoredVersionRef version, byte[] masked, CancellationToken cancellationToken)
    {
        if (version.Number is null)
        {
            return masked;
        }

        return Merge(masked, await ListAsync(db, project, version, cancellationToken));
    }

    /// <summary>Puts the confidential answers of a version back, which were read together with its instance; the bytes given are taken over.</summary>
    /// <exception cref="VaultException">The answers were damaged.</exception>
    public byte[] Merge(ProjectRef project, StoredVersionRef version, byte[] masked, byte[]? taken) =>
        version.Number is null || taken is null ? masked : Merge(masked, Open(project, version.Submission, version.Version, taken));

    private static byte[] Merge(byte[] masked, IReadOnlyList<ConfidentialValue> values)
    {
        using var whole = new PooledBytes();
        InstanceSplit.Merge(masked, values, whole);
        return whole.Written.ToArray();
    }

    /// <summary>Opens the confidential answers of a version that was split; none for one that was not.</summary>
    /// <exception cref="VaultException">They were damaged.</exception>
    public Task<IReadOnlyList<ConfidentialValue>> ListAsync(
        ProjectRef project, StoredVersionRef version, CancellationToken cancellationToken) =>
        ListAsync(db, project, version, cancellationToken);

    /// <summary>Opens the confidential answers of a version that was split; none for one that was not.</summary>
    /// <exception cref="VaultException">They were damaged.</exception>
    public async Task<IReadOnlyList<ConfidentialValue>> ListAsync(
        Sql sql, ProjectRef project, StoredVersionRef version, CancellationToken cancellationToken)
    {
        if (version.Number is null)
        {
            return [];
        }

        var arguments = new { submission = version.Submission, version = version.Version, number = version.Number };
        var taken = await sql.FindAsync<TakenRow>(Sealed, arguments, cancellationToken);
        return taken is { IsSame: false } ? throw SubmissionProblems.TryAgain()
            : taken?.Sealed is { } envelope ? Open(project, version.Submission, version.Version, envelope)
            : [];
    }

    /// <summary>Opens sealed answers.</summary>
    /// <exception cref="VaultException">They were damaged.</exception>
    public IReadOnlyList<ConfidentialValue> Open(ProjectRef project, SubmissionId id, int version, ReadOnlySpan<byte> envelope)
    {
        var record = contents.OpenValues(project, id, version, envelope);
        try
        {
            return ConfidentialRecord.Read(record);
        }
        catch (InvalidDataException)
        {
            throw new VaultException(VaultFailure.Corrupted, "The record of confidential answers is damaged.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(record);
        }
    }

    private sealed record TakenRow(byte[]? Sealed, bool IsSame);
}

/// <summary>A stored version of a submission, as far as its confidential answers go.</summary>
/// <param name="Number">The number it was split by; null when it was not.</param>
internal readonly record struct StoredVersionRef(SubmissionId Submission, int Version, FormVersionId FormVersion, int? Number);
