using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Pipelines.Sockets.Unofficial;
using StackExchange.Redis;

namespace Gateway.Tests.Compat.Redis;

/// <summary>A member that only a failure path uses would be missed in that failure, if not here.</summary>
public sealed class ReferenceTests
{
    // Enough for any token: the context of a token is not known here. A delegate, for the sake of the constraints.
    private static readonly Type[] Context = Enumerable.Repeat(typeof(EventHandler), 8).ToArray();
    private static readonly Module Client = typeof(ConnectionMultiplexer).Module;

    [Fact]
    public void Every_reference_out_of_the_client_resolves_to_something_public()
    {
        var missing = Tokens().Where(token => Resolve(token) is not { } member || !IsAccessible(member)).Select(Describe);

        Assert.Empty(missing);
    }

    [Fact]
    public void The_references_looked_at_include_those_into_the_sockets_library()
    {
        var resolved = Tokens().Select(Resolve).Where(member => member?.Module.Assembly == typeof(SocketConnection).Assembly);

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

    private static bool IsAccessible(MemberInfo member) => member switch
    {
        Type type => type.IsVisible,
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        FieldInfo field => field.IsPublic || field.IsFamily,
        _ => false,
    };

    private static int[] Tokens()
    {
        using var image = new PEReader(File.OpenRead(Client.Assembly.Location));
        var metadata = image.GetMetadataReader();
        return
        [
            .. metadata.TypeReferences.Select(handle => metadata.GetToken(handle)),
            .. metadata.MemberReferences.Where(handle => IsForeign(metadata, handle)).Select(handle => metadata.GetToken(handle)),
        ];
    }

    // Members of the client's own generic types are referred to in the same manner; they need a context that fits them.
    private static bool IsForeign(MetadataReader metadata, MemberReferenceHandle handle)
    {
        var parent = metadata.GetMemberReference(handle).Parent;
        if (parent.Kind != HandleKind.TypeSpecification)
        {
            return parent.Kind == HandleKind.TypeReference;
        }

        var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        return signature.ReadSignatureTypeCode() == SignatureTypeCode.GenericTypeInstance
            && signature.ReadCompressedInteger() > 0
            && signature.ReadTypeHandle().Kind == HandleKind.TypeReference;
    }

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
