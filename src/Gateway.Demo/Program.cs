using Gateway.Demo;

await using var demo = await RunningDemo.StartAsync(DemoPorts.Default);
Console.WriteLine(DemoGuide.For(demo));
await demo.WaitForShutdownAsync();
