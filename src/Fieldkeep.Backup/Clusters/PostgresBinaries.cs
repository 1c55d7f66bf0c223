using System.Globalization;

namespace Fieldkeep.Backup.Clusters;

/// <summary>Finds the programs of a PostgreSQL server on this machine.</summary>
/// <param name="Folder">The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c>.</param>
/// <param name="MajorVersion">15 or newer.</param>
public sealed record PostgresBinaries(string Folder, int MajorVersion)
{
    /// <summary>The oldest PostgreSQL that is supported.</summary>
    public const int OldestMajorVersion = 15;

    /// <summary>The setting that names the folder of the programs.</summary>
    public const string Setting = "FIELDKEEP_POSTGRES_BIN";

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>The full path of one program.</summary>
    public string PathOf(string program) => Path.Combine(Folder, program);

    /// <summary>Finds the newest programs, or those of the major version an existing cluster was made with.</summary>
    /// <param name="clusterFolder">The cluster's data directory; may be absent.</param>
    /// <exception cref="ClusterException">None were found.</exception>
    public static async Task<PostgresBinaries> FindAsync(string clusterFolder, CancellationToken cancellationToken)
    {
        var madeWith = VersionOf(clusterFolder);
        var found = new List<PostgresBinaries>();
        foreach (var folder in Candidates().Where(HasAll).Distinct(StringComparer.Ordinal))
        {
            var major = await MajorOfAsync(folder, cancellationToken);
            if (major >= OldestMajorVersion)
            {
                found.Add(new PostgresBinaries(folder, major));
            }
        }

        // OrderBy is stable: among equal versions the first candidate wins, and the setting is the first.
        return (madeWith is { } version ? found.Where(one => one.MajorVersion == version) : found)
            .OrderByDescending(one => one.MajorVersion)
            .FirstOrDefault()
            ?? throw Missing(madeWith);
    }

    private static int? VersionOf(string clusterFolder)
    {
        try
        {
            return int.Parse(File.ReadAllText(Path.Combine(clusterFolder, "PG_VERSION")).Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } given)
        {
            return [Path.GetFullPath(given)];
        }

        string[] shelves = ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/usr/pgsql"];
        var packaged = shelves.Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Concat(Directory.GetDirectories("/usr", "pgsql-*"))
            .Select(version => Path.Combine(version, "bin"));
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted);
        return packaged.Concat(onPath);
    }

    private static bool HasAll(string folder) => Needed.All(program => File.Exists(Path.Combine(folder, program)));

    private static async Task<int> MajorOfAsync(string folder, CancellationToken cancellationToken)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        var answer = await ToolProcess.RunAsync([Path.Combine(folder, "postgres"), "--version"], cancellationToken);
        var version = answer.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(2) ?? "";
        var digits = new string([.. version.TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, CultureInfo.InvariantCulture, out var major) ? major : 0;
    }

    private static ClusterException Missing(int? madeWith) => madeWith is { } version
        ? new ClusterException(
            ClusterTrouble.NoBinaries,
            $"this data directory was made with PostgreSQL {version}, whose programs are not on this machine",
            $"install PostgreSQL {version} (Debian: apt-get install postgresql-{version}) or name its folder in {Setting}")
        : new ClusterException(
            ClusterTrouble.NoBinaries,
            $"no PostgreSQL server programs of version {OldestMajorVersion} or newer were found",
            $"install PostgreSQL (Debian: apt-get install postgresql), name its folder in {Setting}, or give a database of your own with --database");
}
