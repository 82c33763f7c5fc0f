using System.Security.Cryptography;

using Gateway.Store.Encryption;
using Gateway.Store.Redis;

using Microsoft.Extensions.Options;

namespace Gateway.Store;

/// <summary>Every mistake of the section at once, by configuration key and rule, never by value: most of these values are secrets.</summary>
internal sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Path))
        {
            errors.Add("Store:Path must name a folder.");
        }

        for (var i = 0; i < options.EncryptionKeys.Length; i++)
        {
            if (!EncryptionKeyRing.TryParse(options.EncryptionKeys[i], out _))
            {
                errors.Add($"Store:EncryptionKeys:{i} must be the Base64 of {EncryptionKeyRing.KeySize} bytes.");
            }
        }

        if (!options.IsEmbedded && !RedisConfiguration.TryParse(options.Redis, out _))
        {
            errors.Add("Store:Redis must be a StackExchange.Redis configuration string with at least one endpoint.");
        }

        if (options.CaFile is { } file && !HoldsCertificates(file))
        {
            errors.Add("Store:CaFile must name a readable PEM file with at least one certificate.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool HoldsCertificates(string file)
    {
        try
        {
            return RedisConfiguration.ReadAuthorities(file).Count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }
    }
}
