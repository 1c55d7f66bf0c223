namespace Fieldkeep.Server.Tests.Deployments;

/// <summary>
/// The table of states and events once more, written from the table alone and sharing no code with the server: what the model test holds
/// the server to.
/// </summary>
internal sealed class ReferenceStages
{
    public List<ReferenceStage> Stages { get; init; } = [];

    public bool SamePersonAllowed { get; init; }

    public bool ReapproveOnEdit { get; init; }

    public bool EnumeratorAdminFinal { get; init; }

    /// <summary>Applies one event; false and nothing changed when it is refused.</summary>
    public bool Apply(ReferenceSubmission s, string what, ReferencePerson who, bool hasMessage, int version, int to)
    {
        var k = s.State == "pending" ? Stages.FindIndex(stage => stage.Id == s.Stage) : -1;
        var mine = who.Enumerates && s.Enumerator == who.Id;
        var approverHere = k >= 0 && who.Approves.Contains(Stages[k].Id);
        switch (what, s.State)
        {
            case ("submit", "draft" or "rejected"):
                return (mine || who.Manages) && Begin(s);
            case ("approve", "pending"):
                return (approverHere || who.Manages) && version == s.Version && Approve(s, who, k, approverHere);
            case ("reject", "pending"):
                return (approverHere || who.Manages) && hasMessage && version == s.Version && Go(s, "rejected", 0, []);
            case ("reject", "final"):
                return who.Manages && hasMessage && version == s.Version && Go(s, "rejected", 0, []);
            case ("redraft", "pending" or "rejected"):
                return mine && Go(s, "draft", 0, []);
            case ("redraft", "final"):
                return mine && EnumeratorAdminFinal && Go(s, "draft", 0, []);
            case ("return", "pending"):
                return to >= 0 && to < k && (approverHere || who.Manages) && hasMessage && version == s.Version
                    && Go(s, "pending", Stages[to].Id, s.Approvals.Where(a => Stages.FindIndex(x => x.Id == a.Stage) is var at && at >= 0 && at < to));
            case ("discard", "pending"):
                return s.Enumerator is null && who.Manages && Go(s, "discarded", 0, []);
            case ("restore", "discarded"):
                return who.Manages && Begin(s);
            case ("edit", "draft"):
                return (mine || who.AdministersForm) && Edited(s, who);
            case ("edit", "rejected"):
                return (mine || who.Manages) && Edited(s, who);
            case ("edit", "pending"):
                return (who.Manages || (approverHere && !Stages[k].PreventEditing)) && Edited(s, who) && (approverHere || Begin(s));
            case ("edit", "final"):
                return who.Manages && Edited(s, who) && (!ReapproveOnEdit || Begin(s));
            default:
                return false;
        }
    }

    /// <summary>Says where a submission stands once these are the stages.</summary>
    public static void Relist(ReferenceSubmission s, IReadOnlyList<long> before, IReadOnlyList<long> after)
    {
        while (s.State == "pending" && !after.Contains(s.Stage))
        {
            var next = before.ToList().IndexOf(s.Stage) + 1;
            (s.State, s.Stage) = next < before.Count ? ("pending", before[next]) : ("final", 0);
        }
    }

    private bool Approve(ReferenceSubmission s, ReferencePerson who, int k, bool approverHere)
    {
        var here = s.Approvals.Where(a => a.Stage == s.Stage && a.Version == s.Version).ToList();
        if (here.Exists(a => a.By == who.Id))
        {
            return false;
        }

        var twoEyes = s.Enumerator == who.Id || s.Editor == who.Id || s.Approvals.Exists(a => a.Stage != s.Stage && a.By == who.Id);
        if (twoEyes && !SamePersonAllowed && !who.Manages)
        {
            return false;
        }

        s.Approvals.Add(new ReferenceApproval(s.Stage, who.Id, s.Version, !approverHere || (twoEyes && !SamePersonAllowed)));
        if (here.Count + 1 >= Stages[k].MinApprovals)
        {
            (s.State, s.Stage) = k + 1 == Stages.Count ? ("final", 0) : ("pending", Stages[k + 1].Id);
        }

        return true;
    }

    private bool Begin(ReferenceSubmission s) =>
        Stages.Count == 0 ? Go(s, "final", 0, []) : Go(s, "pending", Stages[0].Id, []);

    private static bool Edited(ReferenceSubmission s, ReferencePerson who)
    {
        s.Version++;
        s.Editor = who.Id;
        return true;
    }

    private static bool Go(ReferenceSubmission s, string state, long stage, IEnumerable<ReferenceApproval> kept)
    {
        s.Approvals = [.. kept];
        (s.State, s.Stage) = (state, stage);
        return true;
    }
}

internal sealed record ReferenceStage(long Id, int MinApprovals, bool PreventEditing);

internal sealed record ReferenceApproval(long Stage, long By, int Version, bool IsOverride);

/// <summary>A person as the table speaks of them.</summary>
internal sealed record ReferencePerson(long Id, bool Enumerates, IReadOnlySet<long> Approves, bool Manages, bool AdministersForm);

/// <summary>A submission as the table speaks of it.</summary>
internal sealed class ReferenceSubmission
{
    public string State { get; set; } = "";

    public long Stage { get; set; }

    public int Version { get; set; } = 1;

    public long? Enumerator { get; init; }

    public long Editor { get; set; }

    public List<ReferenceApproval> Approvals { get; set; } = [];

    public override string ToString() =>
        $"{State} {Stage} v{Version} by {Editor}: {string.Join("; ", Approvals.Select(a => $"{a.Stage}/{a.By}/{a.Version}/{a.IsOverride}"))}";
}
