namespace Fieldkeep.Tests.Support;

/// <summary>A folder of one test, closed to other users as <c>mktemp -d</c> makes it, removed at the end.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("fieldkeep-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
