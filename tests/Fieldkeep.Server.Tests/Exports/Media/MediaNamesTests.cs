using Fieldkeep.Server.Exports.Media;
using Fieldkeep.Server.Kernel;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports.Media;

public sealed class MediaNamesTests
{
    [Fact]
    public void Two_submissions_with_files_of_one_name_get_two_entries_and_a_line_that_tells_which_is_whose()
    {
        var names = new MediaNames(pattern: null);

        Assert.Equal("media/1.jpg", names.Take(FileOf("uuid:a", "1.jpg")));
        Assert.Empty(names.Moved);
        var second = names.Take(FileOf("uuid:b", "1.jpg"));
        var third = names.Take(FileOf("uuid:b", "1.jpg"));

        Assert.Equal(3, new HashSet<string>(StringComparer.Ordinal) { "media/1.jpg", second, third }.Count);
        Assert.Equal("instanceID,name,entry", names.Moved[0]);
        Assert.Equal($"\"uuid:b\",\"1.jpg\",\"{second}\"", names.Moved[1]);
    }

    [Theory]
    [InlineData("same-names.CSV")]
    [InlineData("DAMAGED-FILES.txt")]
    public void A_phones_file_never_takes_the_place_of_our_lists(string name) =>
        Assert.NotEqual($"media/{name}", new MediaNames(pattern: null).Take(FileOf("uuid:a", name)));

    [Theory]
    [InlineData("{instanceId}/{question}.{ext}", "1.jpg", "media/uuid_a/photo.jpg")]
    [InlineData("{date}_{submitter}_{name}.{ext}", "1.jpg", "media/2026-11-21_Ada_1.jpg")]
    [InlineData("all/{name}", "..", "media/all/_")]
    [InlineData("{name}/x.{ext}", "a\\b:c.jpg", "media/a_b_c/x.jpg")]
    [InlineData("{question}.{ext}", "bare", "media/photo.bin")]
    public void A_pattern_names_files_and_nothing_of_a_name_leaves_its_folder(string pattern, string name, string expected) =>
        Assert.Equal(expected, new MediaNames(pattern).Take(FileOf("uuid:a", name)));

    [Fact]
    public void Files_that_a_pattern_names_alike_are_numbered_and_listed()
    {
        var names = new MediaNames("{question}.{ext}");

        Assert.Equal("media/photo.jpg", names.Take(FileOf("uuid:a", "1.jpg")));
        Assert.Equal("media/photo (2).jpg", names.Take(FileOf("uuid:b", "1.jpg")));
        Assert.Equal("\"uuid:b\",\"1.jpg\",\"media/photo (2).jpg\"", names.Moved[1]);
    }

    [Theory]
    [InlineData("{question}.{ext}")]
    [InlineData(null)]
    public void Very_many_files_named_alike_are_numbered_without_counting_from_the_beginning_each_time(string? pattern)
    {
        const int files = 5_000;
        var names = new MediaNames(pattern);
        var file = FileOf("uuid:a", "1.jpg");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var entries = Enumerable.Range(0, files).Select(_ => names.Take(file)).ToHashSet(StringComparer.OrdinalIgnoreCase);

        // Some names for each; counted anew every time they would be 2,500 for each.
        Assert.Equal(files, entries.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, files * 10_000L);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../{name}")]
    [InlineData("/{name}")]
    [InlineData("{name}//{ext}")]
    [InlineData("{phone}")]
    [InlineData("{name")]
    public void What_is_no_pattern_is_refused(string pattern) =>
        Assert.Equal("export.bad_media_names", Assert.Throws<ProblemException>(() => MediaPattern.Require(pattern)).Code);

    private static ExportedFile FileOf(string instanceId, string name) =>
        new(instanceId, name, "photo", new DateTimeOffset(2026, 11, 21, 6, 0, 0, TimeSpan.Zero), "Ada");
}
