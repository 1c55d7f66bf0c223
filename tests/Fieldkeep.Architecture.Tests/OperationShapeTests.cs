using Fieldkeep.Architecture.Tests.Support;
using Xunit;

namespace Fieldkeep.Architecture.Tests;

/// <summary>Says that an operation, a type with a public <c>RunAsync</c> in a room above the ground, has one door and who asks comes first.</summary>
public sealed class OperationShapeTests
{
    private static readonly IReadOnlyList<CompiledType> Operations =
    [
        .. Rooms.Server.Types.Where(type =>
            Rooms.Of(type.FullName) is { } room && room is not ("Kernel" or "Database") && !room.StartsWith("Wire", StringComparison.Ordinal)
            && type.PublicMethods.Any(method => method.Name == "RunAsync")),
    ];

    // A step inside a room is called by its operation, which has asked for access already.
    private static readonly HashSet<string> CalledFromWire =
    [
        .. Rooms.Server.Types.Where(type => type.Namespace.StartsWith("Fieldkeep.Server.Wire", StringComparison.Ordinal))
            .SelectMany(type => type.Uses),
    ];

    [Fact]
    public void Wire_calls_operations() => Assert.Contains(Operations, operation => CalledFromWire.Contains(operation.FullName));

    [Fact]
    public void An_operation_runs_in_one_way_only() =>
        Strays.AssertNone(
            from operation in Operations
            where operation.PublicMethods.Count(method => method.Name == "RunAsync") != 1
            select operation.FullName);

    [Fact]
    public void An_operation_that_wire_calls_takes_the_actor_first_and_the_cancellation_token_last() =>
        Strays.AssertNone(
            from operation in Operations
            where CalledFromWire.Contains(operation.FullName)
            from method in operation.PublicMethods
            where method.Name == "RunAsync"
                && (method.Parameters[0] != "Fieldkeep.Server.Kernel.Actor" || method.Parameters[^1] != "System.Threading.CancellationToken")
            select operation.FullName);
}
