using System.Text;

using Gateway.Model;
using Gateway.Store.Encryption;

namespace Gateway.Tests.Store.Encryption;

public sealed class SecretProtectorTests
{
    private const string Plain = "a-refresh-token-that-nobody-may-see";

    private static readonly SealBinding Here = new(new ConnectionId("bokio", "acme"), "refresh_token", 7);

    private static readonly byte[] OldKey = Key(1);
    private static readonly byte[] NewKey = Key(2);

    public static TheoryData<string, string, string, long> Elsewhere => new()
    {
        { "bexio", "acme", "refresh_token", 7 },
        { "bokio", "other", "refresh_token", 7 },
        { "bokio", "acme", "access_token", 7 },
        { "bokio", "acme", "refresh_token", 6 },
        { "bokioa", "cme", "refresh_token", 7 },
        { "bokio", "acmer", "efresh_token", 7 },
    };

    [Fact]
    public void Open_WhatWasSealedHere_GivesItBack() => Assert.Equal(Plain, Open(Sut(NewKey), Seal(Sut(NewKey)), Here));

    [Fact]
    public void Open_Empty_GivesEmpty() => Assert.Empty(Sut(NewKey).Open(Sut(NewKey).Seal([], Here), Here));

    [Fact]
    public void Seal_SameTwice_DiffersAndHidesThePlaintext()
    {
        var (first, second) = (Seal(Sut(NewKey)), Seal(Sut(NewKey)));

        Assert.NotEqual(first, second);
        Assert.DoesNotContain("nobody", Encoding.Latin1.GetString(first), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnyBitFlipped_IsRefused()
    {
        var sut = Sut(NewKey);
        var blob = Seal(sut);
        for (var bit = 0; bit < blob.Length * 8; bit++)
        {
            var flipped = blob.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<StoreUnavailableException>(() => sut.Open(flipped, Here));
        }
    }

    [Fact]
    public void Open_AnyLengthButTheTrueOne_IsRefused()
    {
        var sut = Sut(NewKey);
        var blob = Seal(sut);
        for (var length = 0; length < blob.Length; length++)
        {
            Assert.Throws<StoreUnavailableException>(() => sut.Open(blob.AsSpan(0, length), Here));
        }

        Assert.Throws<StoreUnavailableException>(() => sut.Open([.. blob, 0], Here));
    }

    [Theory]
    [MemberData(nameof(Elsewhere))]
    public void Open_MovedElsewhere_IsRefused(string provider, string name, string field, long generation)
    {
        var sut = Sut(NewKey);

        Assert.Throws<StoreUnavailableException>(
            () => sut.Open(Seal(sut), new SealBinding(new ConnectionId(provider, name), field, generation)));
    }

    [Fact]
    public void Open_UnknownKey_IsReportedWithoutTheSecret()
    {
        var refused = Assert.Throws<StoreUnavailableException>(() => Sut(OldKey).Open(Seal(Sut(NewKey)), Here));

        Assert.Contains("Store:EncryptionKeys", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OldKeyStillInTheRing_GivesItBack() => Assert.Equal(Plain, Open(Sut(NewKey, OldKey), Seal(Sut(OldKey)), Here));

    [Fact]
    public void Seal_SeveralKeys_UsesTheFirst()
    {
        var blob = Seal(Sut(NewKey, OldKey));

        Assert.Equal(Plain, Open(Sut(NewKey), blob, Here));
        Assert.Throws<StoreUnavailableException>(() => Sut(OldKey).Open(blob, Here));
    }

    [Fact]
    public void Seal_FromManyThreads_AlwaysOpens()
    {
        var sut = Sut(NewKey);

        Parallel.For(
            0, 1000, i => Assert.Equal($"{i}", Encoding.UTF8.GetString(sut.Open(sut.Seal(Encoding.UTF8.GetBytes($"{i}"), Here), Here))));
    }

    [Fact]
    public void Blob_HoldsNoPartOfTheKey() =>
        Assert.Equal(-1, Seal(Sut(NewKey)).AsSpan().IndexOf(NewKey.AsSpan(0, 4)));

    private static byte[] Key(byte seed) => [.. Enumerable.Range(0, EncryptionKeyRing.KeySize).Select(i => (byte)((i * 37) + seed))];

    private static SecretProtector Sut(params byte[][] keys) => new(new EncryptionKeyRing(keys));

    private static byte[] Seal(SecretProtector sut) => sut.Seal(Encoding.UTF8.GetBytes(Plain), Here);

    private static string Open(SecretProtector sut, byte[] blob, SealBinding binding) => Encoding.UTF8.GetString(sut.Open(blob, binding));
}
