using System.Globalization;
using Fieldkeep.Fuzz;

const string Usage = "error: name a target and its options\nhint: script/fuzz xlsform [--inputs 100000] [--seed 1] [--first 0] [--corpus FOLDER]";
var options = new Dictionary<string, string>(StringComparer.Ordinal)
{
    ["--inputs"] = "100000",
    ["--seed"] = "1",
    ["--first"] = "0",
    ["--corpus"] = "",
};
for (var i = 1; i + 1 < args.Length && options.ContainsKey(args[i]); i += 2)
{
    options[args[i]] = args[i + 1];
}

if (args is not ["xlsform", ..]
    || args.Length % 2 == 0
    || args.Where((_, i) => i % 2 == 1).Any(name => !options.ContainsKey(name))
    || !TryNumber("--inputs", out var inputs)
    || !TryNumber("--seed", out var seed)
    || !TryNumber("--first", out var first))
{
    await Console.Error.WriteLineAsync(Usage);
    return 2;
}

// Files of up to half a megabyte: bending is about structure, not size.
var corpus = options["--corpus"].Length == 0
    ? []
    : Directory.EnumerateFiles(options["--corpus"], "*.xls*", SearchOption.AllDirectories)
        .Where(file => !file.EndsWith(".xml", StringComparison.Ordinal) && new FileInfo(file).Length < 512 * 1024)
        .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
var target = new XlsFormTarget(corpus);
var run = new FuzzRun("xlsform", seed, target.Prepare);
run.Run(first, inputs);
foreach (var (outcome, count) in target.Outcomes)
{
    Console.WriteLine($"{outcome}: {count}");
}

return run.Failures == 0 ? 0 : 1;

bool TryNumber(string name, out ulong number) => ulong.TryParse(options[name], NumberStyles.None, CultureInfo.InvariantCulture, out number);
