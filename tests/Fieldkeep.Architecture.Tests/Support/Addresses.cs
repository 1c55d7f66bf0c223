namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>Finds what the server does at each of its addresses, and which methods that leads to.</summary>
/// <param name="types">The server's types.</param>
internal sealed class Addresses(IReadOnlyList<CompiledType> types)
{
    private const string Wire = "Fieldkeep.Server.Wire.";
    private const string Declarations = Wire + "Shared.Declarations";

    // The framework's own, and what its generator puts in their place while compiling.
    private static readonly string[] Routes = ["Microsoft.AspNetCore.Builder.EndpointRouteBuilderExtensions", "GeneratedRouteBuilderExtensionsCore"];
    private static readonly string[] Verbs = ["MapGet", "MapPost", "MapPut", "MapPatch", "MapDelete", "MapMethods"];

    private readonly Dictionary<string, ILookup<string, CompiledStep>> _steps =
        types.ToDictionary(type => type.FullName, type => type.Steps.ToLookup(step => step.From));

    /// <summary>Every handler, with whether the address says that the policy is asked before it runs.</summary>
    public IReadOnlyList<Handler> Handlers => field ??= [.. types.Where(type => type.FullName.StartsWith(Wire, StringComparison.Ordinal)).SelectMany(HandlersOf)];

    /// <summary>Tells whether a method leads to another for which a test holds; the other's own steps count as theirs, not as this one's.</summary>
    public bool Leads(string type, string method, Func<CompiledStep, bool> isIt)
    {
        var seen = new HashSet<(string, string)>();
        var waiting = new Queue<(string Type, string Method)>([(type, method)]);
        while (waiting.TryDequeue(out var next))
        {
            if (!seen.Add(next) || !_steps.TryGetValue(next.Type, out var steps))
            {
                continue;
            }

            foreach (var step in steps[next.Method].Where(step => step.Owner.Length > 0))
            {
                if (isIt(step))
                {
                    return true;
                }

                waiting.Enqueue((step.Owner, step.Member));
            }
        }

        return false;
    }

    // A mapping method hands a handler to MapGet and its like, and what follows until the next one is about that address.
    private IEnumerable<Handler> HandlersOf(CompiledType type)
    {
        foreach (var method in type.Steps.GroupBy(step => step.From).Where(steps => steps.Any(IsMapping)))
        {
            Handler? open = null;
            foreach (var step in method)
            {
                if (step.IsHandedOn && step.Owner == type.FullName)
                {
                    if (open is { IsMapped: true })
                    {
                        yield return open;
                    }

                    open = new Handler(type.FullName, step.Member, false, false);
                }
                else if (open is not null)
                {
                    open = open with
                    {
                        IsMapped = open.IsMapped || IsMapping(step),
                        IsChecked = open.IsChecked || IsCheck(step) || (step.Owner == type.FullName && _steps[step.Owner][step.Member].Any(IsCheck)),
                    };
                }
            }

            if (open is { IsMapped: true })
            {
                yield return open;
            }
        }
    }

    private static bool IsMapping(CompiledStep step) =>
        Routes.Any(routes => step.Owner.EndsWith(routes, StringComparison.Ordinal)) && Verbs.Any(verb => step.Member.StartsWith(verb, StringComparison.Ordinal));

    private static bool IsCheck(CompiledStep step) => step is { Owner: Declarations, Member: "CheckedHere" };
}

/// <summary>A method that answers an address.</summary>
/// <param name="IsMapped">Whether it was handed to a route.</param>
/// <param name="IsChecked">Whether the policy is asked for the actions that the address declares, before it runs.</param>
internal sealed record Handler(string Type, string Method, bool IsMapped, bool IsChecked)
{
    /// <summary>The type's name and the method's.</summary>
    public string Name => $"{Type[(Type.LastIndexOf('.') + 1)..]}.{Method}";
}
