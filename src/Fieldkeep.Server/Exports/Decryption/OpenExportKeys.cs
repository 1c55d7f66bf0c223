using Fieldkeep.Server.Accounts;
using Fieldkeep.Server.Audit;
using Fieldkeep.Server.Database;
using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Exports.Decryption;

/// <summary>Opens the keys that passphrases came for with an export; a wrong passphrase stands in the audit book. The caller checked access.</summary>
internal sealed class OpenExportKeys(OpenFormKeys keys, FormQueries forms, AttemptLimits limits, AuditLog audit, Db db)
{
    /// <summary>Gives the keys; null when there was no passphrase.</summary>
    /// <exception cref="ProblemException"><c>key.wrong_passphrase</c>, <c>session.too_many_attempts</c>.</exception>
    public async Task<ExportKeys?> OpenAsync(
        Actor actor, SubmissionSet set, Passphrases? passphrases, CancellationToken cancellationToken)
    {
        if (passphrases is null || passphrases.Keys.Count == 0)
        {
            return null;
        }

        // Whoever may export everything still may not try out passphrases.
        await using var attempt = await limits.BeginGuessOfKnownAsync(
            $"key {set.Project.Id} {actor.Id}", actor.Address, cancellationToken);
        var opened = await TryAsync(actor, set, passphrases, cancellationToken);
        attempt.Succeeded();
        try
        {
            return new ExportKeys(opened, await forms.KeysOfAsync(set.Form, cancellationToken));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private async Task<OpenedFormKeys> TryAsync(
        Actor actor, SubmissionSet set, Passphrases passphrases, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.OpenAsync(set.Project, passphrases, cancellationToken);
        }
        catch (ProblemException problem) when (problem.Code == KeyProblems.WrongPassphraseCode)
        {
            // Whoever hangs up is written down too.
            await audit.AppendAsync(
                db,
                actor,
                new AuditEvent(KeyProblems.WrongPassphraseCode, set.Project.Id, "form", set.XmlFormId, $"key {string.Join(", ", passphrases.Keys)}"),
                CancellationToken.None);
            throw;
        }
    }
}
