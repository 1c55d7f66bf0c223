using Fieldkeep.Server.Answers.Segments;
using Fieldkeep.Server.Submissions.Purging;
using Microsoft.Extensions.DependencyInjection;

namespace Fieldkeep.Server.Answers;

/// <summary>Registers the answers room.</summary>
internal static class AnswersModule
{
    /// <summary>Adds segments, what finds in them, and what makes them in the background.</summary>
    public static IServiceCollection AddAnswers(this IServiceCollection services) => services
        .AddSingleton(SegmentStore.Deletion)
        .AddSingleton(new MadeOfAnswers(SegmentStore.EraseAsync))
        .AddSingleton(SegmentColumns.Heads)
        .AddSingleton(SegmentColumns.Bodies)
        .AddSingleton<FormShapes>()
        .AddSingleton<FormLayouts>()
        .AddSingleton<ReadFilter>()
        .AddSingleton<SegmentSealing>()
        .AddSingleton<SegmentStore>()
        .AddSingleton<SubmissionFacts>()
        .AddSingleton<MatchInRows>()
        .AddSingleton<MatchInSegment>()
        .AddSingleton<MatchPlaces>()
        .AddSingleton<MatchRows>()
        .AddSingleton<CountSubmissions>()
        .AddSingleton<KeepRowsAsked>()
        .AddHostedService(provider => provider.GetRequiredService<KeepRowsAsked>())
        .AddSingleton<KeepSplit>()
        .AddHostedService(provider => provider.GetRequiredService<KeepSplit>())
        .AddSingleton<WriteSegment>()
        .AddSingleton<GatherPace>()
        .AddSingleton<GatherForm>()
        .AddSingleton<GatherAnswers>()
        .AddHostedService(provider => provider.GetRequiredService<GatherAnswers>());
}
