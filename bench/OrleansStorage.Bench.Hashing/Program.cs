using OrleansStorage.Bench.Hashing;

// No argument: everything. Or any of: crc, lanes, engine.
Console.WriteLine(Measure.Machine());
if (args.Length == 0 || args.Contains("crc"))
{
    CrcBench.Run();
}

if (args.Length == 0 || args.Contains("lanes"))
{
    Md5LanesBench.Run();
}

if (args.Length == 0 || args.Contains("engine"))
{
    await Md5EngineBench.RunAsync();
}
