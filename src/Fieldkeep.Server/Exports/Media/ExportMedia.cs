using System.IO.Compression;
using Fieldkeep.Server.Blobs;
using Fieldkeep.Server.Exports.Decryption;
using Fieldkeep.Server.Exports.Formats;
using Fieldkeep.Server.Exports.Rows;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.Server.Submissions.Reading;
using Fieldkeep.Vault;
using Fieldkeep.Vault.Odk;
using Fieldkeep.XForms.Instances;
using Fieldkeep.XForms.Model;
using Fieldkeep.XForms.Tables;

namespace Fieldkeep.Server.Exports.Media;

/// <summary>Writes the files of submissions into an export's <c>media/</c> folder, one at a time.</summary>
internal sealed class ExportMedia(
    ChosenRows chosen, SubmissionQueries submissions, SealedContents contents, StoredXml stored, DecryptInstances decrypt)
{
    private const int CopyBytes = 64 * 1024;

    /// <summary>Writes a zip of nothing but files.</summary>
    public Task WriteZipAsync(
        PreparedExport export, ExportProgress progress, Stream output, CancellationToken cancellationToken) =>
        ForwardZip.WriteAsync(output, zip => WriteAsync(zip, export, progress, cancellationToken), cancellationToken);

    /// <summary>Writes every file that is here, newest submission first.</summary>
    /// <param name="progress">Told of each submission; null when the tables before were.</param>
    public async Task WriteAsync(
        ZipArchive zip, PreparedExport export, ExportProgress? progress, CancellationToken cancellationToken)
    {
        var names = new MediaNames(export.Request.Options.MediaNames);
        var submitters = new SubmitterNames(export.Request.Names);
        var damaged = new List<string>();
        await foreach (var row in chosen.ListAsync(export.Request, cancellationToken))
        {
            // Confidential files are not counted.
            if (row.AttachmentsPresent > 0 || export.Request.Set.IsWhole)
            {
                await submitters.LearnAsync([row.SubmitterId], cancellationToken);
                await WriteFilesAsync(zip, export, row, submitters.Of(row.SubmitterId), names, damaged, cancellationToken);
            }

            progress?.Add(1, 0);
        }

        await WriteListAsync(zip, MediaNames.DamagedList, damaged, cancellationToken);
        await WriteListAsync(zip, MediaNames.SameNamesList, names.Moved, cancellationToken);
    }

    private static async Task WriteListAsync(
        ZipArchive zip, string name, IReadOnlyList<string> lines, CancellationToken cancellationToken)
    {
        if (lines.Count > 0)
        {
            await using var entry = await zip.CreateEntry(name).OpenAsync(cancellationToken);
            await using var list = new StreamWriter(entry);
            await list.WriteAsync(string.Join('\n', lines).AsMemory(), cancellationToken);
        }
    }

    private async Task WriteFilesAsync(
        ZipArchive zip,
        PreparedExport export,
        SubmissionRow row,
        string submitter,
        MediaNames names,
        List<string> damaged,
        CancellationToken cancellationToken)
    {
        var set = export.Request.Set;
        if (row.EncryptedOrdinal is not null && export.Request.Keys?.Find(row.FormVersionId) is { } key)
        {
            await WriteDecryptedAsync(zip, export, row, key, submitter, names, damaged, cancellationToken);
            return;
        }

        if (row.EncryptedOrdinal is not null && export.Request.Options.Format != ExportFormat.MediaZip)
        {
            // As ODK Central has it: beside tables nobody can do anything with them.
            return;
        }

        var questions = names.WantsQuestions ? await QuestionsOfAsync(export, row, cancellationToken) : [];
        var files = set.IsWhole
            ? await submissions.ListAllFilesAsync(set.Project, row.Id, row.CurrentVersion, cancellationToken)
            : await submissions.ListFilesAsync(set.Project, row.Id, row.CurrentVersion, cancellationToken);
        foreach (var file in files)
        {
            if (file.Blob is not { } blob)
            {
                continue;
            }

            var named = new ExportedFile(row.InstanceId, file.Name, questions.GetValueOrDefault(file.Name), row.CreatedAt, submitter);
            if (!await TryWriteAsync(
                zip, names.Take(named), file.Name, () => contents.OpenFileAsync(set.Project, file.RowId, new BlobId(blob), file.IsSealedApart, cancellationToken), cancellationToken))
            {
                damaged.Add($"{row.InstanceId} {file.Name}");
            }
        }
    }

    private async Task WriteDecryptedAsync(
        ZipArchive zip,
        PreparedExport export,
        SubmissionRow row,
        OdkPrivateKey key,
        string submitter,
        MediaNames names,
        List<string> damaged,
        CancellationToken cancellationToken)
    {
        try
        {
            using var instance = await decrypt.OpenAsync(export.Request.Set.Project, row, key, cancellationToken);
            var hidden = export.Request.Set.IsWhole ? new HashSet<string>() : await decrypt.ListConfidentialFilesAsync(row, instance, cancellationToken);
            var questions = names.WantsQuestions ? await QuestionsOfAsync(export, instance, cancellationToken) : [];
            foreach (var file in instance.Media.Where(file => file.Stored?.Blob is not null && !hidden.Contains(file.Name)))
            {
                var named = new ExportedFile(
                    row.InstanceId, file.Name, questions.GetValueOrDefault(file.Name), row.CreatedAt, submitter);
                if (!await TryWriteDecryptedAsync(zip, names.Take(named), instance, file, cancellationToken))
                {
                    damaged.Add($"{row.InstanceId} {file.Name}");
                }
            }

            if (await instance.VerifyAsync(cancellationToken) == false)
            {
                damaged.Add($"{row.InstanceId} (the signature does not fit: a file was cut off, exchanged or damaged)");
            }
        }
        catch (ProblemException)
        {
            damaged.Add($"{row.InstanceId} (cannot be decrypted)");
        }
    }

    private static Task<bool> TryWriteDecryptedAsync(
        ZipArchive zip, string entry, EncryptedInstance instance, EncryptedFile file, CancellationToken cancellationToken)
    {
        OdkFileStream? content = null;
        return TryWriteAsync(zip, entry, file.Name, OpenAsync, cancellationToken, () => file.Md5 = content?.Md5);

        async Task<Stream> OpenAsync() => content = await instance.OpenAsync(file, cancellationToken);
    }

    private async Task<Dictionary<string, string>> QuestionsOfAsync(
        PreparedExport export, EncryptedInstance instance, CancellationToken cancellationToken)
    {
        try
        {
            using var answers = await decrypt.ReadAnswersAsync(instance, cancellationToken);
            return QuestionsOf(export, answers.Xml);
        }
        catch (Exception problem) when (OpenInstances.IsDamage(problem))
        {
            return [];
        }
    }

    // Which question each file answers; nothing when the answers cannot be opened: their files still go along.
    private async Task<Dictionary<string, string>> QuestionsOfAsync(
        PreparedExport export, SubmissionRow row, CancellationToken cancellationToken)
    {
        try
        {
            var set = export.Request.Set;
            var xml = set.IsWhole
                ? await stored.GetWholeAsync(set.Project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken)
                : await stored.GetAsync(set.Project, row.Id, row.CurrentVersion, row.InstanceId, cancellationToken);
            return QuestionsOf(export, xml);
        }
        catch (Exception problem) when (problem is ProblemException or InstanceException)
        {
            return [];
        }
    }

    private static Dictionary<string, string> QuestionsOf(PreparedExport export, ReadOnlySpan<byte> xml)
    {
        var questions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in InstanceTree.Read(xml, export.Shape.Newest).ListAll())
        {
            // A question that only an older version has is not known here; what it names is told by its files.
            if (node.Value is { Length: > 0 } file && (node.Element is null or QuestionElement { DataType: DataType.Binary }))
            {
                questions.TryAdd(file, node.Name);
            }
        }

        return questions;
    }

    private static async Task<bool> TryWriteAsync(
        ZipArchive zip,
        string entry,
        string name,
        Func<Task<Stream>> openAsync,
        CancellationToken cancellationToken,
        Action? atEnd = null)
    {
        try
        {
            await using var content = await openAsync();
            await using var into = await zip.CreateEntry(entry, LevelOf(name)).OpenAsync(cancellationToken);
            await content.CopyToAsync(into, CopyBytes, cancellationToken);
            atEnd?.Invoke();
            return true;
        }
        catch (Exception problem) when (problem is VaultException or FileNotFoundException or DirectoryNotFoundException)
        {
            // What was written of it until the damage stays; the list says that it is not whole.
            return false;
        }
    }

    // Pictures, sound and film are compressed already.
    private static CompressionLevel LevelOf(string name) =>
        Path.GetExtension(name).ToUpperInvariant() is ".CSV" or ".TXT" or ".XML" or ".JSON" or ".WAV"
            ? CompressionLevel.Fastest
            : CompressionLevel.NoCompression;
}
