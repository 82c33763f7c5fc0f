using System.Security.Cryptography;

namespace Gateway.Model;

/// <summary>One attempt of one instance; names the owner of a lease and of an intent.</summary>
/// <param name="Value">Random, 128 bits.</param>
public sealed record AttemptId(string Instance, string Value)
{
    public static AttemptId New(string instance) => new(instance, RandomNumberGenerator.GetHexString(32, lowercase: true));

    public override string ToString() => $"{Instance}/{Value}";
}

/// <summary>
/// Stored beside the record by the step that begins a refresh, deleted by the one that commits it. One without a lease was left by an
/// instance that died, is frozen or is cut off from the store.
/// </summary>
/// <param name="Attempt">Random, 128 bits.</param>
/// <param name="FirstSince">When the grant was first presented; earlier than <c>Since</c> when this attempt presents it again.</param>
public sealed record RefreshIntent(string Attempt, string Instance, DateTimeOffset Since, DateTimeOffset FirstSince);

/// <summary>Which instances run, as far as this machine can tell.</summary>
public interface IInstanceRegistry
{
    /// <summary>This instance: random, new at each start.</summary>
    string Id { get; }

    /// <summary>What is known of an instance. <see cref="InstanceState.Unknown"/> for one on another machine.</summary>
    InstanceState StateOf(string instance);

    /// <summary>Deletes the instance's file at a clean stop, when store and journal hold nothing of it.</summary>
    void Retire();
}

/// <summary>What is known of an instance.</summary>
public enum InstanceState
{
    /// <summary>It may run, here or elsewhere.</summary>
    Unknown,

    /// <summary>It runs, perhaps stopped or cut off.</summary>
    Running,

    /// <summary>Its process is gone.</summary>
    Dead,
}
