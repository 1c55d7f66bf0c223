namespace Fieldkeep.Server.Health;

/// <summary>Looks at one thing that must work. A new one is a file in <c>Checks</c>, a line in <see cref="HealthModule"/>, and its words in four languages.</summary>
internal interface ICheck
{
    /// <summary>Its name: a word, such as <c>disk</c>.</summary>
    string Name { get; }

    /// <summary>The pause between two looks; none is shorter than the round of <see cref="WatchChecks"/>.</summary>
    TimeSpan Every => TimeSpan.Zero;

    /// <summary>Whether it asks the database: while that does not answer, it is not looked at and keeps its state.</summary>
    bool NeedsDatabase => false;

    /// <summary>Looks. Whatever it throws, and whatever takes too long, is told as failing.</summary>
    Task<CheckOutcome> LookAsync(CancellationToken cancellationToken);
}
