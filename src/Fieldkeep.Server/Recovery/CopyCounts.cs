using Fieldkeep.Server.Forms.Recovering;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Organisations;
using Fieldkeep.Server.Recoveries;
using Fieldkeep.Server.Submissions.Recovering;

namespace Fieldkeep.Server.Recovery;

/// <summary>Counts what was there and what came along, while a project is copied.</summary>
internal sealed class CopyCounts
{
    private int _forms;
    private int _versionsThere;
    private int _versionsHere;
    private int _submissions;
    private int _submissionVersionsThere;
    private int _submissionVersionsHere;
    private int _filesThere;
    private int _files;
    private int _comments;

    /// <summary>Told how many submissions were dealt with, of how many; null for nobody.</summary>
    public Action<Recovered>? Count { get; init; }

    /// <summary>Submissions that were there.</summary>
    public int SubmissionsThere { get; set; }

    /// <summary>Submissions that were erased since.</summary>
    public int Erased { get; set; }

    /// <summary>Submissions read again and found the same.</summary>
    public int Compared { get; set; }

    /// <summary>What could not come along.</summary>
    public List<string> Missing { get; } = [];

    /// <summary>What does not, by its kind.</summary>
    public List<string> Left { get; } = [];

    /// <summary>Submissions that came along.</summary>
    public int Submissions => _submissions;

    /// <summary>Counts a form.</summary>
    public void AddForm(int versionsThere, PlacedForm placed, string xmlFormId)
    {
        _forms++;
        _versionsThere += versionsThere;
        _versionsHere += placed.Versions.Count + (placed.HasDraft ? 1 : 0);
        Missing.AddRange(placed.MissingFiles.Select(file => $"a file of the form “{xmlFormId}”, {file}"));
    }

    /// <summary>Counts a submission that came along.</summary>
    public void AddSubmission(RecoverableSubmission submission, PlacedSubmission placed)
    {
        _submissions++;
        _submissionVersionsThere += submission.CurrentVersion;
        _submissionVersionsHere += placed.Versions;
        _filesThere += placed.Files + placed.MissingFiles.Count;
        _files += placed.Files;
        _comments += placed.Comments;
        Missing.AddRange(placed.MissingFiles.Select(file => $"a file of submission {submission.InstanceId}, {file}"));
        Count?.Invoke(new Recovered(SubmissionsThere, _submissions));
    }

    /// <summary>Counts one that could not.</summary>
    /// <param name="files">Its files: they stay behind with it.</param>
    public void AddLost(RecoverableSubmission submission, int files, string why)
    {
        _submissionVersionsThere += submission.CurrentVersion;
        _filesThere += files;
        Missing.Add($"submission {submission.InstanceId}: {why}");
    }

    /// <summary>Gives the report.</summary>
    public RecoveryReport Report(Project here, ProjectId from, RecoveryOrder order) => new(here.Id.Value, here.Name, from.Value, order.AsOf, order.Backup)
    {
        Forms = _forms,
        FormVersions = new Recovered(_versionsThere, _versionsHere),
        Submissions = new Recovered(SubmissionsThere, _submissions),
        SubmissionVersions = new Recovered(_submissionVersionsThere, _submissionVersionsHere),
        Files = new Recovered(_filesThere, _files),
        Comments = _comments,
        Compared = Compared,
        Erased = Erased,
        Missing = Missing,
        Left = Left,
    };
}
