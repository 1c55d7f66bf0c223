using System.Text.Json;
using Fieldkeep.Server.Access;
using Fieldkeep.Server.Ledger;

namespace Fieldkeep.Server.Past;

/// <summary>How a project was set up at an instant, and who reached it.</summary>
/// <param name="People">Every way in which anybody reached it at that instant.</param>
/// <param name="Unreadable">Entries that could not be read; where there are any, something may be missing.</param>
internal sealed record PastState(
    DateTimeOffset At,
    PastProject Project,
    IReadOnlyList<PastForm> Forms,
    IReadOnlyList<PastDeployment> Deployments,
    IReadOnlyList<PastCondition> Conditions,
    IReadOnlyList<ReachRow> People,
    long Unreadable);

/// <summary>A project's settings.</summary>
internal sealed record PastProject(string Name, string? Description, bool Archived, bool IsDeleted, long? Unit);

/// <summary>A form's settings.</summary>
/// <param name="State"><c>open</c>, <c>closing</c> or <c>closed</c>.</param>
/// <param name="Version">The published version's name; null while there was none.</param>
/// <param name="Draft">The draft's version; null without a draft, empty when the entry does not name it.</param>
internal sealed record PastForm(long Id, string XmlFormId, string State, string? Version, string? Draft, bool IsDeleted);

/// <summary>A deployment's settings, as the entry has them.</summary>
internal sealed record PastDeployment(long Id, long Form, string Name, bool IsActive, JsonElement? Options, JsonElement? Stages);

/// <summary>A condition that roles could be limited by.</summary>
internal sealed record PastCondition(long Id, long Form, string Name, JsonElement? Condition);

/// <summary>Puts a state together from entries, one after the other; the same entries give the same state.</summary>
internal sealed class FoldState
{
    /// <summary>First words of the actions it is put together from.</summary>
    public static readonly string[] Families = ["project", "form", "deployment", "row_condition"];

    private readonly SortedDictionary<long, PastForm> _forms = [];
    private readonly SortedDictionary<long, PastDeployment> _deployments = [];
    private readonly SortedDictionary<long, PastCondition> _conditions = [];

    /// <summary>The project; null before it was made.</summary>
    public PastProject? Project { get; private set; }

    /// <summary>The forms, by number.</summary>
    public IReadOnlyList<PastForm> Forms => [.. _forms.Values];

    /// <summary>The deployments, by number.</summary>
    public IReadOnlyList<PastDeployment> Deployments => [.. _deployments.Values];

    /// <summary>The conditions, by number.</summary>
    public IReadOnlyList<PastCondition> Conditions => [.. _conditions.Values];

    /// <summary>How many entries could not be read.</summary>
    public long Unreadable { get; private set; }

    /// <summary>Takes the next entry.</summary>
    public void Add(PastEntry entry)
    {
        if (!entry.IsReadable)
        {
            Unreadable++;
            return;
        }

        if (!long.TryParse(entry.SubjectId, out var id))
        {
            return;
        }

        var after = entry.After ?? default;
        switch (entry.SubjectKind)
        {
            case "project":
                AddProject(entry.Action, after);
                break;
            case "form":
                AddForm(id, entry.Action, after);
                break;
            case "deployment":
                AddDeployment(id, entry.Action, after);
                break;
            case "row_condition":
                AddCondition(id, entry);
                break;
        }
    }

    private void AddProject(string action, JsonElement after)
    {
        var known = Project ?? new PastProject("", null, false, false, null);
        Project = action switch
        {
            "project.create" => new PastProject(Things.TextOf(after, "name"), WordOf(after, "description"), false, false, Things.NumberOf(after, "unit")),
            "project.update" => known with
            {
                Name = Things.TextOf(after, "name"),
                Description = WordOf(after, "description"),
                Archived = Things.TextOf(after, "archived") == bool.TrueString,
            },
            "project.transfer" => known with { Unit = Things.NumberOf(after, "unit") },
            "project.delete" => known with { IsDeleted = true },
            "project.restore" => known with { IsDeleted = false },
            _ => Project,
        };
    }

    private void AddForm(long id, string action, JsonElement after)
    {
        var known = _forms.GetValueOrDefault(id) ?? new PastForm(id, "", "open", null, null, false);
        var changed = action switch
        {
            "form.upload_draft" => known with { XmlFormId = Things.TextOf(after, "xmlFormId"), Draft = Things.TextOf(after, "version") },
            "form.copy_to_draft" => known with { Draft = known.Version ?? "" },
            "form.publish" => known with { Version = Things.TextOf(after, "version"), Draft = null },
            "form.restore" => known with { IsDeleted = false },
            "form.set_state" or "form.trash" or "form.discard_draft" => known with
            {
                State = Things.TextOf(after, "state"),
                Draft = Things.NumberOf(after, "draft") is null ? null : known.Draft ?? "",
                IsDeleted = Things.TextOf(after, "deletedAt").Length > 0,
            },
            _ => null,
        };
        if (changed is not null)
        {
            _forms[id] = changed;
        }
    }

    private void AddDeployment(long id, string action, JsonElement after)
    {
        if (action == "deployment.delete")
        {
            _deployments.Remove(id);
        }
        else if (action is "deployment.create" or "deployment.change" or "deployment.open" or "deployment.close" or "deployment.replace_stages")
        {
            _deployments[id] = new PastDeployment(
                id,
                Things.NumberOf(after, "form") ?? 0,
                Things.TextOf(after, "name"),
                Things.TextOf(after, "isActive") == bool.TrueString,
                MemberOf(after, "options"),
                MemberOf(after, "stages"));
        }
    }

    private void AddCondition(long id, PastEntry entry)
    {
        _conditions.Remove(id);
        if (entry is { Action: "row_condition.create", After: { } after })
        {
            _conditions[id] = new PastCondition(id, Things.NumberOf(after, "form") ?? 0, Things.TextOf(after, "name"), MemberOf(after, "condition"));
        }
    }

    private static string? WordOf(JsonElement body, string name) => Things.TextOf(body, name) is { Length: > 0 } text ? text : null;

    private static JsonElement? MemberOf(JsonElement body, string name) => body.TryGetProperty(name, out var member) ? member : null;
}
