using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>A member that only a failure path uses would be missed in that failure, if not here.</summary>
public sealed class ReferenceTests
{
    // Enough for any token: the context of a token is not known here. A delegate, for the sake of the constraints.
    private static readonly Type[] Context = Enumerable.Repeat(typeof(EventHandler), 8).ToArray();
    private static readonly Module Client = typeof(ConnectionMultiplexer).Module;

    [Fact]
    public void Every_reference_of_the_client_resolves_to_something_public()
    {
        var missing = Tokens().Where(token => Resolve(token) is not { } member || !IsAccessible(member)).Select(Describe);

        Assert.Empty(missing);
    }

    [Fact]
    public void The_references_looked_at_include_those_into_the_sockets_library()
    {
        var resolved = Tokens().Select(Resolve).Where(member => member?.Module.Assembly.GetName().Name == "Pipelines.Sockets.Unofficial");

        Assert.InRange(resolved.Count(), 80, 500);
    }

    private static MemberInfo? Resolve(int token)
    {
        try
        {
            return Client.ResolveMember(token, Context, Context);
        }
        catch (Exception e) when (e is MissingMemberException or TypeLoadException or BadImageFormatException or IOException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsAccessible(MemberInfo member) => member.Module == Client || member switch
    {
        Type type => type.IsVisible || type.IsArray || type.IsGenericParameter || ContainsOwn(type),
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily,
        _ => false,
    };

    // List<InternalOfTheClient> is not visible to others, and need not be.
    private static bool ContainsOwn(Type type) =>
        type.Module == Client || type.GetGenericArguments().Any(ContainsOwn) || (type.GetElementType() is { } element && ContainsOwn(element));

    private static int[] Tokens()
    {
        using var image = new PEReader(File.OpenRead(Client.Assembly.Location));
        var metadata = image.GetMetadataReader();
        return
        [
            .. metadata.TypeReferences.Select(handle => metadata.GetToken(handle)),
            .. metadata.MemberReferences.Select(handle => metadata.GetToken(handle)),
            .. Rows(metadata, TableIndex.TypeSpec),
            .. Rows(metadata, TableIndex.MethodSpec),
        ];
    }

    private static IEnumerable<int> Rows(MetadataReader metadata, TableIndex table) =>
        Enumerable.Range(1, metadata.GetTableRowCount(table)).Select(row => ((int)table << 24) | row);

    private static string Describe(int token)
    {
        using var image = new PEReader(File.OpenRead(Client.Assembly.Location));
        var metadata = image.GetMetadataReader();
        var name = MetadataTokens.EntityHandle(token) switch
        {
            { Kind: HandleKind.MemberReference } handle => metadata.GetMemberReference((MemberReferenceHandle)handle).Name,
            { Kind: HandleKind.TypeReference } handle => metadata.GetTypeReference((TypeReferenceHandle)handle).Name,
            _ => default,
        };
        return string.Create(CultureInfo.InvariantCulture, $"0x{token:x8} {(name.IsNil ? "" : metadata.GetString(name))}");
    }
}
