using Fieldkeep.Server.Exports;
using Xunit;

namespace Fieldkeep.Server.Tests.Exports;

public sealed class MediaNamesTests
{
    [Fact]
    public void Two_submissions_with_files_of_one_name_get_two_entries_and_a_line_that_tells_which_is_whose()
    {
        var names = new MediaNames();

        Assert.Equal("media/1.jpg", names.Take("uuid:a", "1.jpg"));
        Assert.Empty(names.Moved);
        var second = names.Take("uuid:b", "1.jpg");
        var third = names.Take("uuid:b", "1.jpg");

        Assert.Equal(3, new HashSet<string>(StringComparer.Ordinal) { "media/1.jpg", second, third }.Count);
        Assert.Equal("instanceID,name,entry", names.Moved[0]);
        Assert.Equal($"\"uuid:b\",\"1.jpg\",\"{second}\"", names.Moved[1]);
    }
}
