using Fieldkeep.Backup.Driven;
using Fieldkeep.Backup.Tests.Support;

namespace Fieldkeep.Backup.Tests.Driven;

/// <summary>Tests of what pgBackRest copies.</summary>
public abstract class DrivenTests(SampleTemplate template) : SampleTests(template)
{
    private protected string Chains => Path.Combine(Sample.Target, Chain.Below);
}
