using System.Security.Cryptography;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Contents;
using Fieldkeep.XForms.Instances;

namespace Fieldkeep.Server.Submissions.Purging;

/// <summary>Reads what a version of a submission answers, for what rewrites a later one. Callers check access first.</summary>
internal sealed class VersionAnswers(StoredXml stored)
{
    private const string InstanceOf = """
        select instance_id from submissions.versions where submission_id = @id and version = @version and encrypted_ordinal is null
        """;

    /// <summary>Reads them: where each stands, below the root without rows, and what it says. Nothing of a version that is not there, or that a phone encrypted.</summary>
    public async Task<ILookup<string, string>> ReadAsync(
        Tx tx, ProjectRef project, SubmissionId submission, int version, CancellationToken cancellationToken)
    {
        if (await tx.FindAsync<string>(InstanceOf, new { id = submission, version }, cancellationToken) is not { } instance)
        {
            return Array.Empty<string>().ToLookup(path => path, StringComparer.Ordinal);
        }

        var whole = await stored.GetWholeAsync(tx, project, submission, version, instance, cancellationToken);
        try
        {
            return InstanceRewriter.Read(whole).ToLookup(answer => answer.Key, answer => answer.Value.Trim(), StringComparer.Ordinal);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(whole);
        }
    }
}
