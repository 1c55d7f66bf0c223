using Fieldkeep.Server.Forms;
using Fieldkeep.Server.Keys;
using Fieldkeep.Server.Submissions;
using Fieldkeep.Server.Submissions.Reading;

namespace Fieldkeep.Server.Exports.Decryption;

/// <summary>Knows the keys that phones encrypted submissions to. The caller checked access.</summary>
internal sealed class UsedKeys(SubmissionQueries submissions, FormQueries forms, FormKeys keys)
{
    /// <summary>Gives the keys that some submission of a set needs, the newest first.</summary>
    public async Task<IReadOnlyList<FormKey>> ListAsync(SubmissionSet set, CancellationToken cancellationToken)
    {
        var versions = await submissions.ListEncryptedVersionsAsync(set, cancellationToken);
        if (versions.Count == 0)
        {
            return [];
        }

        var keyOf = await forms.KeysOfAsync(set.Form, cancellationToken);
        var used = versions.Where(keyOf.ContainsKey).Select(version => keyOf[version]).ToHashSet();
        return await keys.ListAsync(set.Project, used, cancellationToken);
    }
}
