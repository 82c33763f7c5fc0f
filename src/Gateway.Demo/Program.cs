using Gateway.Demo;

await using var demo = await RunningDemo.StartAsync(DemoPorts.Default);
#pragma warning disable RS0030 // The program's own output.
Console.WriteLine(DemoGuide.For(demo));
#pragma warning restore RS0030
await demo.WaitForShutdownAsync();
