using Gateway.Model;
using Gateway.Tokens.Renewal;

namespace Gateway.Tests.Tokens.Renewal;

public sealed class LearnedLifetimesTests
{
    private static readonly DateTimeOffset Born = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly OAuthClient Client = Some.Client("https://login.acme-books.example/token");

    private readonly LearnedLifetimes _lifetimes = new();
    private long _generation = 1;

    [Fact]
    public void Assume_NothingSeen_IsTheDefault() => Assert.Equal(Client.DefaultLifetime, _lifetimes.Assume(Client));

    [Theory]
    [InlineData(60, new double[] { 20 })]
    [InlineData(60, new double[] { 20, 20 })]
    [InlineData(20, new double[] { 20, 21, 19 })]
    [InlineData(20, new double[] { 20, 1, 21 })]
    [InlineData(20, new double[] { 20, 1, 1, 21, 22 })]
    [InlineData(60, new double[] { 90, 90, 90 })]
    [InlineData(1, new double[] { 0.1, 0.1, 0.1 })]
    [InlineData(30, new double[] { 20, 20, 20, 30, 30, 30, 30 })]
    public void Assume_IsTheMedianOfTheLastFewBetweenAMinuteAndTheDefault(double minutes, double[] refusedAfter)
    {
        _lifetimes.Assume(Client);
        foreach (var age in refusedAfter)
        {
            Refuse(Client, age, ++_generation);
        }

        Assert.Equal(TimeSpan.FromMinutes(minutes), _lifetimes.Assume(Client));
    }

    [Fact]
    public void Observe_AThousandRequestsThatWaitedForOneRefresh_CountOnce()
    {
        _lifetimes.Assume(Client);
        for (var i = 0; i < 1000; i++)
        {
            Refuse(Client, 20, generation: 2);
        }

        Assert.Equal(Client.DefaultLifetime, _lifetimes.Assume(Client));
    }

    [Fact]
    public void Observe_AnswersThatNameALifetime_TeachNothing()
    {
        for (var i = 0; i < 5; i++)
        {
            Refuse(Client, 20, ++_generation);
        }

        Assert.Equal(Client.DefaultLifetime, _lifetimes.Assume(Client));
    }

    [Fact]
    public void Observe_AnotherTokenEndpoint_IsAnotherMatter()
    {
        var other = Some.Client("https://login.other.example/token");
        _lifetimes.Assume(Client);
        _lifetimes.Assume(other);
        for (var i = 0; i < 5; i++)
        {
            Refuse(other, 20, ++_generation);
        }

        Assert.Equal((Client.DefaultLifetime, TimeSpan.FromMinutes(20)), (_lifetimes.Assume(Client), _lifetimes.Assume(other)));
    }

    private void Refuse(OAuthClient client, double ageInMinutes, long generation)
    {
        var refused = Some.Connection(Born.AddHours(1), generation: generation - 1) with { RefreshedAt = Born };
        _lifetimes.Observe(client, refused, refused with { Generation = generation, RefreshedAt = Born.AddMinutes(ageInMinutes) });
    }
}
