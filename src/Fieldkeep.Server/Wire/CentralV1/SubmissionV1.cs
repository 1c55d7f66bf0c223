using Fieldkeep.Server.Submissions;

namespace Fieldkeep.Server.Wire.CentralV1;

/// <summary>Writes submissions in Central's words.</summary>
internal static class SubmissionV1
{
    /// <summary>Gives a submission; with the names of its submitter when <paramref name="submitter"/> is given.</summary>
    public static Dictionary<string, object?> Of(
        SubmissionRow row, SenderFacts sender, string? instanceName, string? submitter, bool isExtended)
    {
        var view = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["instanceId"] = row.InstanceId,
            ["submitterId"] = IdOf(row.SubmitterId.Value),
            ["deviceId"] = sender.DeviceId,
            ["userAgent"] = sender.UserAgent,
            ["reviewState"] = row.ReviewState,
            ["createdAt"] = row.CreatedAt,
            ["updatedAt"] = row.UpdatedAt,
            ["currentVersion"] = new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["instanceId"] = row.CurrentInstanceId,
                ["submitterId"] = IdOf(row.SubmitterId.Value),
                ["deviceId"] = sender.DeviceId,
                ["userAgent"] = sender.UserAgent,
                ["instanceName"] = instanceName,
                ["current"] = true,
                ["createdAt"] = row.CurrentVersion == 1 ? row.CreatedAt : row.UpdatedAt ?? row.CreatedAt,
            },
        };
        if (isExtended)
        {
            view["submitter"] = ActorOf(row.SubmitterId.Value, submitter);
            view["formVersion"] = null;
            view["edits"] = row.CurrentVersion - 1;
        }

        return view;
    }

    /// <summary>Gives one version of a submission.</summary>
    public static Dictionary<string, object?> Of(
        SubmissionVersion version, SenderFacts sender, bool isCurrent, string? submitter, bool isExtended)
    {
        var view = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["instanceId"] = version.InstanceId,
            ["submitterId"] = IdOf(version.SubmitterId.Value),
            ["deviceId"] = sender.DeviceId,
            ["userAgent"] = sender.UserAgent,
            ["instanceName"] = null,
            ["current"] = isCurrent,
            ["createdAt"] = version.CreatedAt,
        };
        if (isExtended)
        {
            view["submitter"] = ActorOf(version.SubmitterId.Value, submitter);
        }

        return view;
    }

    private static long? IdOf(long actor) => actor == 0 ? null : actor;

    private static object? ActorOf(long actor, string? name) =>
        actor == 0 ? null : new { id = actor, displayName = name ?? "" };
}
