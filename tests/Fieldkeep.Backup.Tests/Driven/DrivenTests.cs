using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Tests.Support;
using Xunit;

namespace Fieldkeep.Backup.Tests.Driven;

/// <summary>Tests of what pgBackRest copies.</summary>
/// <param name="template">What each has a copy of.</param>
/// <param name="isThorough">
/// Whether they are run with <c>script/test --thorough</c> alone: each takes several copies, and all of them together took a minute and a half of every run.
/// </param>
public abstract class DrivenTests(SampleTemplate template, bool isThorough = false) : SampleTests(template)
{
    private protected string Chains => Path.Combine(Sample.Target, Chain.Below);

    /// <inheritdoc/>
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Assert.SkipWhen(isThorough && Environment.GetEnvironmentVariable("FIELDKEEP_THOROUGH") != "1", "script/test --thorough runs it.");
    }
}
