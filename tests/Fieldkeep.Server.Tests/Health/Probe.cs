using Fieldkeep.Server.Health;

namespace Fieldkeep.Server.Tests.Health;

/// <summary>A check that sees what it is told to.</summary>
internal sealed class Probe(string name) : ICheck
{
    public string Name => name;

    public CheckOutcome Seen { get; set; } = CheckOutcome.Ok("disk.ok");

    public Func<Task> Act { get; set; } = () => Task.CompletedTask;

    public int Looks { get; private set; }

    public async Task<CheckOutcome> LookAsync(CancellationToken cancellationToken)
    {
        Looks++;
        await Act();
        return Seen;
    }
}
