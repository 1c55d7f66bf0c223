using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fieldkeep.Server.Kernel;
using Fieldkeep.Server.Submissions.Conditions;
using Fieldkeep.Server.Submissions.Stages;

namespace Fieldkeep.Server.Submissions;

/// <summary>Which submissions of a form someone sees, and with which of those they may do what they ask.</summary>
/// <param name="Seen">Rules of seeing: what no rule lets through does not exist for them.</param>
/// <param name="Acted">Rules of what they ask to do, within what they see; all of it when they ask to see.</param>
internal sealed record RowLimits(RowRules Seen, RowRules Acted)
{
    /// <summary>No limits.</summary>
    public static RowLimits All { get; } = new(RowRules.All, RowRules.All);

    /// <summary>Whether who sent a submission, with which device, and what was said about it stays hidden.</summary>
    public bool HidesProvenance => !Seen.IsAll && Seen.Deployed.HidesProvenance;

    /// <summary>Whether there are none.</summary>
    public bool IsAll => Seen.IsAll && Acted.IsAll;

    /// <summary>A short hash of the rules; the same for the same rules. Tells nothing of conditions but their numbers.</summary>
    public string Hash => IsAll
        ? "all"
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Seen}|{Acted}")))[..16];

    /// <summary>
    /// Refuses a change after which a submission would no longer be one that they may change: it would be out of their sight,
    /// or of somebody else's who relies on it.
    /// </summary>
    /// <param name="submitter">Who sent it first.</param>
    /// <param name="deployment">The deployment it is in; null for none.</param>
    /// <param name="matches">What the conditions of its form would be found to be.</param>
    /// <exception cref="ProblemException"><c>submission.out_of_reach</c>.</exception>
    public void RequireHeld(ActorId submitter, long? deployment, IReadOnlyList<RowMatch> matches)
    {
        if (!Seen.HoldFor(submitter, deployment, matches) || !Acted.HoldFor(submitter, deployment, matches))
        {
            throw SubmissionProblems.OutOfReach();
        }
    }

    /// <summary>Tells whether everything that other limits let through passes these too, whatever the submissions are.</summary>
    public bool Cover(RowLimits other) => Seen.Cover(other.Seen) && Acted.Cover(other.Acted);
}

/// <summary>Rules of which one is enough to let a submission through. No rule lets nothing through.</summary>
/// <param name="IsAll">Whether everything passes.</param>
/// <param name="Own">Lets through what this actor sent first; null for nobody. Never what came through public links.</param>
/// <param name="Conditions">Lets through what one of these conditions was found to hold for.</param>
internal sealed record RowRules(bool IsAll, ActorId? Own, IReadOnlyList<long> Conditions)
{
    // No actor has this number; 0 stands for anonymous senders.
    private const long Nobody = -1;

    /// <summary>Everything.</summary>
    public static RowRules All { get; } = new(true, null, []);

    /// <summary>Nothing.</summary>
    public static RowRules None { get; } = new(false, null, []);

    /// <summary>What someone sent themselves.</summary>
    public static RowRules OwnOf(ActorId actor) => new(false, actor, []);

    /// <summary>Lets through what stands somewhere in a deployment.</summary>
    public DeployedRows Deployed { get; init; } = DeployedRows.None;

    /// <summary>The number to compare senders with.</summary>
    public long OwnNumber => Own is { Value: > 0 } own ? own.Value : Nobody;

    /// <summary>Tells whether a submission would pass. Where it would stand in a deployment is the state machine's to say.</summary>
    public bool HoldFor(ActorId submitter, long? deployment, IReadOnlyList<RowMatch> matches) => IsAll
        || Deployed.HoldFor(submitter, deployment, matches)
        || submitter.Value == OwnNumber
        || matches.Any(match => match.Holds && Conditions.Contains(match.Condition));

    /// <summary>Tells whether everything that other rules let through passes these too, whatever the submissions are.</summary>
    public bool Cover(RowRules other) => IsAll
        || (!other.IsAll && (other.Own is null || other.Own == Own) && other.Conditions.All(Conditions.Contains)
            && (!other.Deployed.IsAny || other.Deployed.ToString() == Deployed.ToString()));

    /// <summary>The rules as text, for their hash.</summary>
    public override string ToString() => IsAll
        ? "all"
        : string.Create(CultureInfo.InvariantCulture, $"own {OwnNumber}; conditions {string.Join(',', Conditions.Order())}; {Deployed}");
}
