using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Confidential;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Server.Submissions.Receiving;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Odk;
using Fieldkeep.XForms.Confidentiality;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Decryption;

/// <summary>Takes answers that were encrypted on a phone, in the clear; their bytes are wiped right after.</summary>
/// <param name="state">Whether the signature fits.</param>
internal delegate void TakeAnswers(ReadOnlySpan<byte> xml, AnswersState state);

/// <summary>Opens instances that phones encrypted, one by one. What is opened stays in memory, and no longer than it is needed.</summary>
internal sealed class DecryptInstances(
    OpenInstances open, StoredXml stored,
    SubmissionQueries submissions, SealedContents contents, ConfidentialContents confidential, SubmissionLimits limits) : IDisposable
{
    // Answers of a megabyte and more are opened one at a time, as large instances are.
    private const int LargeBytes = 1024 * 1024;

    private readonly SemaphoreSlim _large = new(1);

    /// <summary>Opens the answers of a row and gives them to <paramref name="take"/>: without confidential ones, unless the block is whole.</summary>
    /// <exception cref="Exception">What <see cref="OpenInstances.IsDamage"/> knows: they cannot be opened.</exception>
    public async ValueTask OpenAsync(
        ProjectRef project, SealedBlock block, int at, OdkPrivateKey key, TakeAnswers take, CancellationToken cancellationToken)
    {
        var row = block.Rows[at];
        var files = await submissions.ListFilesAsync(project, row.Id, row.Version, cancellationToken);
        EncryptedInstance? opened = null;
        await open.OpenAsync(
            project, block, at, manifest => opened = EncryptedInstance.Open(manifest, files, key, project, contents), cancellationToken);
        using var instance = opened ?? throw new InvalidOperationException("A submission was opened and not given.");
        // Before the turn of large answers: a film of many gigabytes must not hold up everyone else's.
        await instance.ReadMediaAsync(cancellationToken);
        using var answers = await ReadAnswersAsync(instance, cancellationToken);
        var isWhole = await instance.VerifyAsync(cancellationToken);
        var state = isWhole == false ? AnswersState.Mismatched : AnswersState.Clear;
        var plan = await confidential.PlanOfAsync(row.FormVersion, cancellationToken);
        if (block.IsWhole || plan.IsEmpty)
        {
            take(answers.Xml, state);
        }
        else
        {
            confidential.Mask(project, row.Id, plan, answers.Xml, xml => take(xml, state));
        }
    }

    /// <summary>Opens the instance of a submission whose manifest lies in the database.</summary>
    /// <exception cref="ProblemException"><c>submission.damaged</c>.</exception>
    public async Task<EncryptedInstance> OpenAsync(
        ProjectRef project, SubmissionRow row, OdkPrivateKey key, CancellationToken cancellationToken)
    {
        var manifest = await stored.GetAsync(project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken);
        var files = await submissions.ListFilesAsync(project, row.Id, row.CurrentVersion, cancellationToken);
        try
        {
            return EncryptedInstance.Open(manifest, files, key, project, contents);
        }
        catch (Exception problem) when (problem is VaultException or InstanceException)
        {
            throw SubmissionReadProblems.Damaged(row.InstanceId);
        }
    }

    /// <summary>Names the files of an instance that confidential questions name; all of them where the answers cannot be read.</summary>
    public async Task<IReadOnlySet<string>> ListConfidentialFilesAsync(
        SubmissionRow row, EncryptedInstance instance, CancellationToken cancellationToken)
    {
        var plan = await confidential.PlanOfAsync(row.FormVersionId, cancellationToken);
        if (!plan.Nodes.Any(node => node.IsFile))
        {
            return new HashSet<string>();
        }

        try
        {
            using var answers = await ReadAnswersAsync(instance, cancellationToken);
            using var masked = new PooledBytes();
            return InstanceSplit.Split(answers.Xml, plan, null, null, masked).Files.ToHashSet(StringComparer.Ordinal);
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            return instance.Media.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        }
    }

    /// <summary>Reads the answers, large ones in turn; whoever gets them disposes them, so that the next may be read.</summary>
    /// <exception cref="VaultException">They are damaged, have not come, or are larger than any that this server takes.</exception>
    public async Task<DecryptedAnswers> ReadAnswersAsync(EncryptedInstance instance, CancellationToken cancellationToken)
    {
        var size = instance.Answers.Stored?.Size ?? 0;
        if (size > limits.MaxInstanceBytes)
        {
            throw new VaultException(VaultFailure.TooLarge, "The encrypted answers are larger than any that this server takes.");
        }

        var turn = size > LargeBytes ? _large : null;
        if (turn is not null)
        {
            await turn.WaitAsync(cancellationToken);
        }

        var answers = new DecryptedAnswers(turn);
        try
        {
            await using var content = await instance.OpenAsync(instance.Answers, cancellationToken);
            await answers.ReadAsync(content, cancellationToken);
            instance.Answers.Md5 = content.Md5;
            return answers;
        }
        catch
        {
            answers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _large.Dispose();
}

/// <summary>Answers that were encrypted, in memory. Disposed, they are wiped, and large ones end their turn.</summary>
internal sealed class DecryptedAnswers(SemaphoreSlim? turn) : IDisposable
{
    private const int ReadBytes = 16 * 1024;

    private readonly PooledBytes _xml = new();

    /// <summary>The instance in the clear.</summary>
    public ReadOnlySpan<byte> Xml => _xml.Written.Span;

    /// <summary>Takes in all that is to be read.</summary>
    public async Task ReadAsync(Stream content, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await content.ReadAsync(_xml.GetMemory(ReadBytes), cancellationToken)) > 0)
        {
            _xml.Advance(read);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _xml.Dispose();
        turn?.Release();
    }
}
