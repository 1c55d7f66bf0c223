using Fieldkeep.XForms.Diagnostics;
using Fieldkeep.XForms.XlsForm;
using Fieldkeep.XForms.XPath;

namespace Fieldkeep.XForms.Compilation;

/// <summary>
/// Decides which container each entity declaration goes to: at most one per container, as near as possible to the
/// questions it uses.
/// </summary>
internal sealed class PlaceEntities(TreeContext context, FormTree tree)
{
    private readonly Dictionary<FormNode, EntityRow> _taken = [];

    /// <summary>Places all declarations and adds their nodes; gives the entities version, null without entities.</summary>
    public string? Run(IReadOnlyList<EntityRow> entities, IReadOnlyDictionary<string, List<SaveTo>> saveTos)
    {
        if (entities.Count == 0)
        {
            return null;
        }

        var uses = entities.Select(entity => new EntityUse(entity, FindReferences(entity, saveTos))).ToList();
        foreach (var use in uses)
        {
            use.Requested = Request(use);
        }

        var placed = new List<(EntityUse Use, FormNode Container)>();
        if (uses is [{ Requested: { } only } single] && EntityUse.ScopeOf(only).Kind == NodeKind.Root)
        {
            placed.Add((single, tree.Root));
        }
        else
        {
            Allocate(uses, placed);
        }

        foreach (var (use, container) in placed)
        {
            AddNode(use.Entity, container);
        }

        var isRepeated = placed.Exists(place => EntityUse.ScopeOf(place.Container).Kind == NodeKind.Repeat);
        return entities.Count > 1 || isRepeated ? "2025.1.0" : "2024.1.0";
    }

    private List<EntityReference> FindReferences(
        EntityRow entity, IReadOnlyDictionary<string, List<SaveTo>> saveTos)
    {
        var references = new List<EntityReference>();
        foreach (var saveTo in saveTos.GetValueOrDefault(entity.List) ?? [])
        {
            references.Add(new EntityReference(saveTo.Container, saveTo, saveTo.Row.Name ?? "", saveTo.Row.Number));
        }

        var names = entity.Expressions.SelectMany(Reference.All).Select(reference => reference.Name);
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (tree.FirstByName.TryGetValue(name, out var node) && node.Parent is { } container)
            {
                references.Add(new EntityReference(container, null, name, node.Row));
            }
        }

        return [.. references.OrderBy(reference => reference.Row)];
    }

    /// <summary>Finds the container a declaration asks for; null when its places contradict, which is reported.</summary>
    private FormNode? Request(EntityUse use)
    {
        if (use.References.Count == 0)
        {
            return tree.Root;
        }

        var deepest = use.References.MaxBy(reference => EntityUse.ScopeDepth(EntityUse.ScopeOf(reference.Container)));
        // MaxBy of a list that is not empty is not null.
        var scope = EntityUse.ScopeOf(deepest!.Container);
        var isContradicted = false;
        foreach (var reference in use.References)
        {
            if (!EntityUse.IsOnPath(EntityUse.ScopeOf(reference.Container), scope))
            {
                ReportScope(use, reference, scope);
                isContradicted = true;
            }
        }

        if (isContradicted)
        {
            return null;
        }

        var requested = RequestedBySaveTos(use)
            ?? use.References
                .Where(reference => ReferenceEquals(EntityUse.ScopeOf(reference.Container), scope))
                .MaxBy(reference => reference.Container.Depth)!.Container;
        foreach (var reference in use.References)
        {
            if (reference.SaveTo is not null
                && !ReferenceEquals(EntityUse.ScopeOf(reference.Container), EntityUse.ScopeOf(requested)))
            {
                ReportScope(use, reference, EntityUse.ScopeOf(requested));
                return null;
            }
        }

        return requested;
    }

    private static FormNode? RequestedBySaveTos(EntityUse use)
    {
        var containers = use.SaveToContainers.Distinct().ToList();
        if (containers.Count < 2)
        {
            return containers.FirstOrDefault();
        }

        var common = containers[0];
        foreach (var container in containers)
        {
            while (!EntityUse.IsOnPath(common, container) && common.Parent is { } parent)
            {
                common = parent;
            }
        }

        // A list of two or more has a deepest one.
        var scope = EntityUse.ScopeOf(
            containers.MaxBy(container => EntityUse.ScopeDepth(EntityUse.ScopeOf(container)))!);
        return common.Depth > scope.Depth ? common : scope;
    }

    private void Allocate(List<EntityUse> uses, List<(EntityUse Use, FormNode Container)> placed)
    {
        var scopes = uses
            .Where(use => use.Requested is not null)
            // Requested is not null: filtered above.
            .GroupBy(use => EntityUse.ScopeOf(use.Requested!));
        foreach (var scope in scopes)
        {
            foreach (var use in scope)
            {
                if (Take(use, scope.Key) is { } container)
                {
                    placed.Add((use, container));
                }
            }
        }
    }

    private FormNode? Take(EntityUse use, FormNode scope)
    {
        var firstSaveTo = use.SaveToContainers.FirstOrDefault();
        FormNode? blocking = null;
        for (var container = use.Requested; container is not null; container = container.Parent)
        {
            if (!_taken.ContainsKey(container))
            {
                Reserve(use, container);
                return container;
            }

            blocking ??= container;
            if (firstSaveTo is not null && _taken.ContainsKey(firstSaveTo))
            {
                break;
            }

            if (ReferenceEquals(container, scope))
            {
                break;
            }
        }

        var other = blocking is null ? use.Entity : _taken[blocking];
        context.Diagnostics.Error(
            DiagnosticCode.EntityNoFreeContainer,
            $"There is no place left for the entity list “{use.Entity.List}”: the form, each group and each repeat can " +
            $"hold one, and “{other.List}” (row {other.Row}) has the one it needs. Put their questions into groups of their own.",
            EntitiesCell(use.Entity, null));
        return null;
    }

    private void Reserve(EntityUse use, FormNode container)
    {
        _taken.TryAdd(container, use.Entity);
        foreach (var saveTo in use.SaveToContainers)
        {
            for (var node = saveTo; node is not null && !ReferenceEquals(node, container); node = node.Parent)
            {
                _taken.TryAdd(node, use.Entity);
            }
        }
    }

    private void AddNode(EntityRow entity, FormNode container)
    {
        var node = new FormNode { Kind = NodeKind.Entity, Name = "entity", Row = entity.Row, Entity = entity };
        if (entity.Label is { } label)
        {
            node.Add(new FormNode
            {
                Kind = NodeKind.Question,
                Name = "label",
                Row = entity.Row,
                Type = QuestionTypes.Find("hidden"),
                Bind =
                [
                    KeyValuePair.Create("calculate", LocalText.Of(label)),
                    KeyValuePair.Create("readonly", LocalText.Of("true()")),
                    KeyValuePair.Create("type", LocalText.Of("string")),
                ],
            });
        }

        if (ReferenceEquals(container, tree.Root))
        {
            tree.Meta.Insert(0, node);
            return;
        }

        var meta = new FormNode { Kind = NodeKind.Meta, Name = "meta" };
        meta.Add(node);
        container.Add(meta);
    }

    private void ReportScope(EntityUse use, EntityReference reference, FormNode scope)
    {
        var other = $"outside of “{scope.Name}”, where other parts of the entity list “{use.Entity.List}” are";
        if (reference.SaveTo is { } saveTo)
        {
            context.Error(
                DiagnosticCode.SaveToScope,
                saveTo.Row.Number,
                "bind::entities:saveto",
                $"“{reference.Name}” is saved from a place {other}. Move the question or save it to another list.");
        }
        else
        {
            context.Diagnostics.Error(
                DiagnosticCode.EntityReferenceScope,
                $"${{{reference.Name}}} is {other}. Use a question from the same repeat, or copy the value there.",
                EntitiesCell(use.Entity, "dataset"));
        }
    }

    private SourceCell EntitiesCell(EntityRow entity, string? column) =>
        context.Document.EntitiesTable?.At(entity.Row, column) ?? new SourceCell("entities", entity.Row, column);
}
